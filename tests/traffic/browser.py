"""Events as a browser's recorder sends them, and what the stage makes of them without files."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from shopcart_assets.traffic.ends import split
from shopcart_assets.traffic.gestures import recognize
from shopcart_assets.traffic.intake import ROWS_SCHEMA
from shopcart_assets.traffic.sessions import Window, cut

NOON = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
PAGE = "https://shop.example/s?k=mugs"
BOX = {"node_id": "7", "tag": "input", "attributes": {"type": "search", "name": "k"}}
SEARCH = {"node_id": "8", "tag": "button", "text": "Go"}
PRODUCT = {"node_id": "9", "tag": "a", "text": "Red mug", "href": "/red-mug"}
BUY = {"node_id": "10", "tag": "button", "text": "Add to cart"}
AREA = {"node_id": "11", "tag": "div", "text": "24 results"}
SIGN_IN = {"node_id": "12", "tag": "a", "text": "Hello, sign in", "href": "/ap/signin?to=cart"}
ENTER = {"key": "Enter"}

Event = dict[str, Any]


def event(kind: str, target: Event | None = None, value: str | None = None, /, **more: Any) -> Event:
    """One event; `after` are the seconds since the one before (2), `extra` what the recorder adds; else fields of the contract."""
    return {"event_type": kind, "target": target, "value": value, "after": 2.0, "extra": {}} | more


def rows_of(events: Sequence[Event]) -> pl.DataFrame:
    """The events as rows of one file, ids e0, e1, ...; of user `u` and session `s` where they name none."""
    rows, clock = [], NOON
    for number, one in enumerate(events):
        clock += dt.timedelta(seconds=one["after"])
        given = {"file": "f", "line": number, "event_id": f"e{number}", "user_id": "u", "session_id": "s", "url": PAGE}
        told = {
            "target": None if one["target"] is None else json.dumps(one["target"]),
            "extra": json.dumps(one["extra"]),
        }
        rows.append(given | {"timestamp": clock} | {name: one[name] for name in one if name != "after"} | told)
    return pl.DataFrame([[row.get(name) for name in ROWS_SCHEMA] for row in rows], schema=ROWS_SCHEMA, orient="row")


def told(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of one delivered day, with their sessions and fates."""
    none = rows.clear()
    return split(recognize(cut(Window(none, none, rows, none), "2026-10-01", 78).rows))


def actions(rows: pl.DataFrame) -> list[tuple[str, str, str | None]]:
    """Of told rows the actions: event id, type, value."""
    return told(rows).filter(pl.col("fate").is_null()).select("event_id", "event_type", "value").rows()


def fates(rows: pl.DataFrame) -> dict[str, str | None]:
    """Of told rows the fate by event id, for those that are no action."""
    return dict(told(rows).filter(pl.col("fate").is_not_null()).select("event_id", "fate").iter_rows())
