"""The faults that the sample drop is planted with, so that one sees what the traffic stage refuses. One of each, on the first day.

All are extra rows beside whole sessions, but for the page whose bytes are left out: the session that ends on it stays incomplete.
"""

import json
from collections.abc import Mapping
from typing import Any

from shopcart_assets.traffic.sample_shop.recorder import Recording, Row, format_time, parse_time

PLANTED: Mapping[str, int] = {
    "refused_not_json": 1,
    "refused_duplicate_event_id": 1,
    "refused_clock_skew": 1,
    "ignored_hover": 1,
}
"""How often each fate appears in traffic.intake of the first day because of what `plant` adds."""

_SKEW_YEARS = 7


def plant(rows: list[Row]) -> str:
    """The day's rows as JSON lines with the faults among them; the last line is cut off, as by a recorder that crashed."""
    victim = next(row for row in rows if row["target"])
    lines = [to_line(row) for row in rows]
    at = rows.index(victim) + 1
    faulty = [
        victim,
        _renamed(victim, "hover", event_type="hover"),
        _renamed(victim, "skewed", timestamp=_years_ago(victim)),
    ]
    lines[at:at] = [to_line(row) for row in faulty]
    cut = to_line(_renamed(victim, "cut"))
    return "".join(lines) + cut[: len(cut) // 2]


def lose_page(recording: Recording) -> str:
    """Leaves out the bytes of the page that the session's last event names; returns its id."""
    page_id = recording.rows[-1]["page_id"]
    del recording.pages[page_id]
    return str(page_id)


def to_line(row: Row) -> str:
    """One row of events.jsonl."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def _renamed(row: Row, suffix: str, **changed: Any) -> Row:
    return {**row, "event_id": f"{row['event_id']}-{suffix}", **changed}


def _years_ago(row: Row) -> str:
    moment = parse_time(row["timestamp"])
    return format_time(moment.replace(year=moment.year - _SKEW_YEARS))
