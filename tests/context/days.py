"""A small day of scrubbed pages and events, for the tests of this stage."""

import datetime as dt
import json
from typing import Any

import polars as pl

from shopcart_assets.context.day import SimplifiedDay, simplify_day
from shopcart_assets.platform.dictionary import TABLES

CARD = "<li data-eid=card{0}><h3><a href=/p/{0} data-eid=title{0}>Mug {0}</a></h3>$5</li>"
RESULTS = (
    "<title>mugs</title><form><input type=search data-eid=q><button data-eid=go>Go</button></form><ul>"
    + "".join(map(CARD.format, "abc"))
    + "</ul>"
)
PRODUCT = "<h1>Mug a</h1><p data-eid=text>nice</p><button data-eid=buy>Buy now</button>"
PAGES = pl.DataFrame(
    {
        "page_id": ["results", "product"],
        "url": ["/s", "/p"],
        "html": [RESULTS, PRODUCT],
        "format": ["raw", None],
        "n_findings": [0, 0],
    },
    schema=TABLES["privacy.pages"].schema(),
)


def event(
    kind: str, page_id: str | None = None, eid: str | None = None, value: str | None = None, **more: Any
) -> dict[str, Any]:
    target = json.dumps({"node_id": eid}) if eid else None
    return {
        "event_type": kind,
        "page_id": page_id,
        "target": target,
        "value": value,
        "url": "/",
        "optimal": None,
    } | more


def events(**sessions: list[dict[str, Any]]) -> pl.DataFrame:
    """privacy.events of these sessions, each session's events a minute apart."""
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    rows = [
        one
        | {
            "event_id": f"{name}-{at}",
            "user_id": f"u-{name}",
            "session_id": name,
            "timestamp": start + dt.timedelta(minutes=at),
        }
        for name, session in sessions.items()
        for at, one in enumerate(session)
    ]
    return TABLES["privacy.events"].conform(pl.DataFrame(rows, schema=TABLES["privacy.events"].schema()))


SEARCH = event("submit", value="mug")
BUYS = [
    SEARCH,
    event("click", "results", "titlea"),
    event("click", "product", "buy"),
    event("click", "product", "text"),
    event("close", "product"),
]
LEAVES = [SEARCH, event("submit", "results", "q", "red mug"), event("close", "results")]
FADES = [SEARCH, event("click", "results", "titleb")]


def simplified(pages: pl.DataFrame, of: pl.DataFrame, token_budget: int = 5_500) -> SimplifiedDay:
    """The day's pages in one frame, by the events of `events`."""
    return simplify_day([pages], of, token_budget)


def rows(day: SimplifiedDay, name: str) -> pl.DataFrame:
    """The rows of one of the stage's tables of pages, as they are written."""
    return TABLES[f"context.{name}"].conform(day.pages[f"context.{name}"].scan().collect())
