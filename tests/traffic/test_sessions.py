"""Cutting a log into sessions: no event is lost or used twice, however the log lies over the days."""

import datetime as dt
from collections import Counter
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.traffic.intake import ROWS_SCHEMA
from shopcart_assets.traffic.sessions import Cut, Window, cut

MIDNIGHT = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
Log = list[tuple[int, float, str, str | None, str]]
"""Events as (folder's day from 0, hours after the first midnight, user, session id, type)."""


def _frame(log: Log) -> pl.DataFrame:
    rows = [
        {
            "file": f"day{folder}",
            "line": line,
            "event_id": f"e{line}",
            "user_id": user,
            "session_id": session_id,
            "timestamp": MIDNIGHT + dt.timedelta(hours=hours),
            "event_type": event_type,
        }
        for line, (folder, hours, user, session_id, event_type) in enumerate(log)
    ]
    return (
        pl.DataFrame(rows, schema_overrides=ROWS_SCHEMA).select(
            pl.col(name) if name in (rows[0] if rows else {}) else pl.lit(None, dtype).alias(name)
            for name, dtype in ROWS_SCHEMA.items()
        )
        if rows
        else pl.DataFrame(schema=ROWS_SCHEMA)
    )


def _cut(log: Log, day: int, gap_minutes: float = 78) -> Cut:
    frame = _frame(log)
    folders = [frame.filter(pl.col("file") == f"day{day + n}") for n in (-2, -1, 0, 1)]
    return cut(Window(*folders), f"2026-10-{day + 1:02d}", gap_minutes)


def _ids(log: Log, day: int) -> dict[str, list[str]]:
    rows = _cut(log, day).rows
    return {
        name: rows.filter(pl.col("session_id") == name)["event_id"].to_list() for name in rows["session_id"].unique()
    }


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.floats(0, 144, allow_nan=False),
        st.sampled_from("ab"),
        st.sampled_from([None, None, "s1", "s2"]),
        st.sampled_from(["click", "submit", "close", "scroll"]),
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(EVENTS)
def test_every_event_lies_in_exactly_one_session_of_one_day(log: Log) -> None:
    """Times and folders are independent here: late events, gaps of any length, ids that return for days."""
    cuts = {day: _cut(log, day) for day in range(6)}
    claimed = Counter(event_id for one in cuts.values() for event_id in one.rows["event_id"])
    assert claimed == Counter({f"e{n}": 1 for n in range(len(log))})
    names = [set(cuts[day].rows["session_id"]) for day in range(6)]
    assert not any(one & following for one, following in pairwise(names))
    for day, one in cuts.items():
        delivered_today = [f"e{n}" for n, event in enumerate(log) if event[0] == day]
        own_today = one.rows.filter(pl.col("file") == f"day{day}")["event_id"].to_list()
        assert Counter(own_today + one.carried["event_id"].to_list()) == Counter(delivered_today)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.5, 47.5), min_size=1, max_size=25))
def test_splitting_one_log_over_days_changes_no_session(hours: list[float]) -> None:
    """A user's log over two days gives the sessions that it gives in one piece, as long as each touches at most one midnight."""
    times = sorted(hours)
    whole = _ids([(0, at, "a", None, "click") for at in times], 0)
    split: Log = [(int(at // 24), at, "a", None, "click") for at in times]
    found = _ids(split, 0) | _ids(split, 1)
    assert sorted(map(tuple, found.values())) == sorted(map(tuple, whole.values()))


def test_a_session_by_id_goes_on_after_midnight_however_long_the_pause() -> None:
    log: Log = [(0, 20, "a", "s", "submit"), (1, 30, "a", "s", "click")]
    assert _ids(log, 0) == {"s": ["e0", "e1"]} and _ids(log, 1) == {}


def test_without_ids_the_gap_decides() -> None:
    log: Log = [
        (0, 23.9, "a", None, "submit"),
        (1, 24.1, "a", None, "click"),
        (1, 25.5, "a", None, "click"),
        (1, 24.2, "b", None, "click"),
    ]
    assert list(_ids(log, 0).values()) == [["e0", "e1"]]
    assert sorted(_ids(log, 1).values()) == [["e2"], ["e3"]]
    assert list(_ids(log, 0)) == ["a@2026-10-01.1"]


def test_an_id_that_returns_on_a_third_day_is_a_session_of_its_own_there() -> None:
    log: Log = [(day, 24 * day + 1, "a", "s", "click") for day in range(4)]
    assert [_ids(log, day) for day in range(4)] == [
        {"s": ["e0", "e1"]},
        {},
        {"s@2026-10-03": ["e2"]},
        {"s@2026-10-04": ["e3"]},
    ]
