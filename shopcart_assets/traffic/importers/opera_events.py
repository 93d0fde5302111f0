"""One row of OPeRA's action table in the words of the contract: types, times, users, and the fields that are kept beside it.

An `input` into a search box is a `submit`: that is where the person searched; any other `input` stays one. No files, no counts.
"""

import datetime as dt
from collections.abc import Mapping

from shopcart_assets.platform.dictionary.traffic import EVENT_COLUMNS
from shopcart_assets.traffic.times import parse_time

PAGES = {"simplified_html": "page_id", "simplified_html_new_page": "new_page_id"}
"""Columns that hold a page -> the event's field that names it."""

_EVENT_TYPES = {
    "click": "click",
    "input": "input",
    "terminate": "close",
    "scroll": "scroll",
    "navigation": "navigate",
    "tab_activate": "tab_activate",
    "tabactivate": "tab_activate",
}
# What an event says in a field of the contract; the rest is kept beside it, as the recorder's own fields.
_IN_CONTRACT = frozenset(
    ("session_id", "action_id", "timestamp", "action_type", "url", "input_text", "semantic_id", "rationale")
)
_TAKEN = frozenset((*(column.name for column in EVENT_COLUMNS), "split", "new_page_id"))
_TICK = dt.timedelta(microseconds=1)


class Unusable(ValueError):
    """A row that cannot be an event; the text is its reason, one word."""


def event_type_of(action_type: str, semantic_id: str | None) -> str:
    """The contract's event type for an action; a type that the card does not know stays, in lower case.

    >>> event_type_of("input", "nav_bar.search_input"), event_type_of("input", "cart.quantity"), event_type_of("terminate", None)
    ('submit', 'input', 'close')
    """
    known = action_type.strip().lower()
    is_search = "search" in (semantic_id or "").rpartition(".")[2]
    return "submit" if known == "input" and is_search else _EVENT_TYPES.get(known, known)


def needed(values: Mapping[str, str], name: str) -> str:
    """The value of this column. Raises Unusable where the row has none."""
    if name not in values:
        raise Unusable(f"missing_{name}")
    return values[name]


def beside(values: Mapping[str, str]) -> dict[str, str]:
    """The row's other fields, as they are. OPeRA's `target` and whatever else is a word of the contract goes by another name."""
    others = {name: text for name, text in values.items() if name not in _IN_CONTRACT and name not in PAGES}
    return {f"opera_{name}" if name in _TAKEN else name: text for name, text in others.items()}


def user_in(session_id: str) -> str | None:
    """The user in `{user_id}_{start}_{end}`.

    >>> user_in("7f0c_2025-04-03T01:06:11.330000Z_2025-04-03T01:08:28.535000Z"), user_in("s1")
    ('7f0c', None)
    """
    user_id, *times = session_id.rsplit("_", 2)
    return user_id if user_id and len(times) == 2 and all(map(parse_time, times)) else None


def unused(moment: dt.datetime, times: set[dt.datetime]) -> dt.datetime:
    """The time, a microsecond later for each earlier row of the session at the same time, so that their order is kept."""
    while moment in times:
        moment += _TICK
    times.add(moment)
    return moment


def utc(moment: dt.datetime) -> str:
    """The time as the contract writes it."""
    return moment.isoformat().replace("+00:00", "Z")
