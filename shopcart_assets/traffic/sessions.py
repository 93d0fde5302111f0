"""Cuts a log into sessions, so that every event lies in exactly one session of exactly one day. No consent, no files.
What the events mean is told by `gestures`, and where a session ends before its log does by `ends`.

The day of an event is the folder that it was delivered in. A **block** is what one day's folder holds of a session: the rows with
one session id, or, where the log has none, a user's rows without a pause longer than the gap. A block **continues** a block of the
day before when both have the same session id, or when they are a user's last and first blocks and the pause between them is no
longer than the gap.

A session is a block that continues nothing, with the next day's block that continues it. So a session lies in at most two days:
what goes on under the same id into a third day is a session of its own there, named `<id>@<day>`. Whether a block begins a session of
its day is decided by that day and the two before it alone, hence any day can be built alone, and no two days claim one event. The price: an id that returns
after a day's pause names two sessions, so what names a session is its day and its id together.

The log's own id is believed: one id is one session however long its pauses are, and two ids are two sessions at the same time. Where
the log has no ids, a session is its user's, in all tabs and windows, since the person who turns to another tab goes on shopping.
"""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from shopcart_assets.traffic.drops import shift

_ORDER = ("timestamp", "file", "line")


@dataclass(frozen=True)
class Window:
    """The rows (intake.ROWS_SCHEMA) of a day, of the two days before it and of the day after it."""

    two_before: pl.DataFrame
    before: pl.DataFrame
    today: pl.DataFrame
    after: pl.DataFrame


@dataclass(frozen=True)
class Cut:
    """A day's share of the log, both with the column `session_id` filled and in the order of time.

    `rows` are those of the sessions that began on the day, delivered today or on the day after; `carried` those of today's
    delivery that belong to sessions of the day before.
    """

    rows: pl.DataFrame
    carried: pl.DataFrame


def cut(window: Window, day: str, gap_minutes: float) -> Cut:
    """The sessions that began on the day; every row of `window.today` is in `rows` or in `carried`."""
    gap = dt.timedelta(minutes=gap_minutes)
    folders = (window.two_before, window.before, window.today, window.after)
    blocks = (_with_blocks(rows, shift(day, n), gap) for n, rows in enumerate(folders, start=-2))
    two_before, before, today, after = blocks
    into_before = _links(two_before, before, gap)
    into_today = _links(before, today, gap)
    into_after = _links(today, after, gap)
    carried = into_today.join(into_before, left_on="previous", right_on="block", how="anti")
    extended = into_after.join(into_today, left_on="previous", right_on="block", how="anti")
    own = today.join(carried, on="block", how="anti")
    renamed = (
        pl.when(pl.col("block").is_in(into_today["block"].implode()))
        .then(pl.col("block") + f"@{day}")
        .otherwise("block")
    )
    tail = after.join(extended, on="block").with_columns(pl.col("previous").alias("session_id"))
    rows = pl.concat([own.with_columns(renamed.alias("session_id")), tail.select(own.columns)])
    named = today.join(carried, on="block").with_columns(pl.col("previous").alias("session_id"))
    return Cut(*(frame.select(window.today.columns).sort(_ORDER) for frame in (rows, named)))


def _with_blocks(rows: pl.DataFrame, day: str, gap: dt.timedelta) -> pl.DataFrame:
    """One day's rows with the column `block`: the session id, or `<user>@<day>.<n>` for the user's n-th block of the day."""
    has_id = pl.col("session_id").is_not_null()
    unnamed = rows.filter(~has_id).sort("user_id", *_ORDER)
    ordinal = (pl.col("timestamp").diff() > gap).fill_null(True).cum_sum().over("user_id")
    made = pl.col("user_id") + f"@{day}." + ordinal.cast(pl.String())
    return pl.concat([rows.filter(has_id).with_columns(block="session_id"), unnamed.with_columns(made.alias("block"))])


def _links(earlier: pl.DataFrame, later: pl.DataFrame, gap: dt.timedelta) -> pl.DataFrame:
    """The blocks of `later` that continue one of `earlier`: columns block, previous."""
    by_id = _named(later).join(_named(earlier), on="block").with_columns(previous="block")
    last = _spans(earlier).sort("end").group_by("user_id").last()
    first = _spans(later).sort("start").group_by("user_id").first()
    by_gap = first.join(last, on="user_id", suffix="_before").filter(pl.col("start") - pl.col("end_before") <= gap)
    return pl.concat([by_id, by_gap.select("block", previous="block_before")])


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("session_id").is_not_null()).select("block").unique()


def _spans(rows: pl.DataFrame) -> pl.DataFrame:
    """Begin and end of each block that was made by the gap."""
    made = rows.filter(pl.col("session_id").is_null())
    return made.group_by("user_id", "block").agg(
        pl.col("timestamp").min().alias("start"), pl.col("timestamp").max().alias("end")
    )
