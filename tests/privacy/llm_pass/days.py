"""Small days for the tests: pages and events of a few users, scrubbed with the pass."""

import datetime as dt
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.llm import LLM, Ledger
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.day import ScrubbedDay, scrub_day
from shopcart_assets.privacy.llm_pass.run import LLMPass
from shopcart_assets.privacy.pseudonyms import Pseudonyms

SECRET = b"secret"
URL = "https://shop.example/s?k=mugs"
_START = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)


def raw_day(pages: dict[str, str], *events: dict[str, Any], **page: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    """As traffic.events and traffic.pages; an event is user u's, in session s, unless it says otherwise."""
    shared = {"user_id": "u", "session_id": "s", "event_type": "click", "url": URL}
    rows = [
        shared | {"event_id": f"e{n}", "timestamp": _START + dt.timedelta(minutes=n)} | event
        for n, event in enumerate(events)
    ]
    raw = [{"page_id": name, "url": URL, "html": body.encode(), "format": "raw"} | page for name, body in pages.items()]
    return (
        pl.DataFrame(rows, schema=table("traffic.events").schema()),
        pl.DataFrame(raw, schema=table("traffic.pages").schema()),
    )


def passing(warehouse: Warehouse, llm: LLM, min_users: int = 5) -> LLMPass:
    """The pass with a ledger in the test's lake."""
    return LLMPass(llm, "fake", "fake-1", Ledger(warehouse.lake), SECRET, min_users)


def scrubbed(raw: tuple[pl.DataFrame, pl.DataFrame], llm_pass: LLMPass | None = None) -> ScrubbedDay:
    """The day after all passes."""
    return scrub_day(*raw, SECRET, llm_pass=llm_pass)


def name_of(value: str, user_id: str = "u") -> str:
    """The user's placeholder for a name."""
    return Pseudonyms(SECRET, user_id).placeholder("name", value)


def page(day: ScrubbedDay, page_id: str = "p") -> str:
    """A page as it came out."""
    return str(day.pages.filter(pl.col("page_id") == page_id)["html"][0])


def event(day: ScrubbedDay, event_id: str = "e0") -> dict[str, Any]:
    """An event as it came out."""
    return day.events.filter(pl.col("event_id") == event_id).row(0, named=True)
