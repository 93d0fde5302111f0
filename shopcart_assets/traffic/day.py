"""One day of traffic, from the delivered files to the stage's five daily tables. The one place where consent meets sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import TrafficConfig
from shopcart_assets.traffic import drops as files
from shopcart_assets.traffic.consent import consenting_users, without_consent
from shopcart_assets.traffic.ends import IS_ACTION, split, summarize
from shopcart_assets.traffic.gestures import recognize
from shopcart_assets.traffic.intake import Intake, raw_rows, read_day
from shopcart_assets.traffic.pages import find_pages
from shopcart_assets.traffic.rows import FIELDS, GESTURE_TYPES
from shopcart_assets.traffic.sessions import Window, cut

_TODAY = "is_today"


@dataclass(frozen=True)
class Day:
    """The day's partitions of traffic.events, pages, sessions, quarantine and intake."""

    events: pl.DataFrame
    pages: pl.DataFrame
    sessions: pl.DataFrame
    quarantine: pl.DataFrame
    intake: pl.DataFrame


def build_day(drops: Sequence[Path], day: str, consent: pl.DataFrame, config: TrafficConfig) -> Day:
    """Everything about the sessions that began on the day, and about the fate of each row that was delivered for it.

    `consent` is the table traffic.consent. Raises DropError where no drop has the day, or a file is damaged.
    """
    files.require_day(drops, day)
    two_before, before, today, after = (_read(drops, files.shift(day, n), config) for n in (-2, -1, 0, 1))
    share = cut(Window(two_before.rows, before.rows, today.rows, after.rows), day, config.session_gap_minutes)
    doubles = pl.concat([_repeated(today.rows, before.rows), _repeated(after.rows, today.rows)])
    rows = split(recognize(share.rows.join(doubles, on=["file", "line"], how="anti", maintain_order="left")))
    sessions = _judge(summarize(rows), rows, consent)
    judged = rows.join(sessions.select("session_id", "refusal"), on="session_id", maintain_order="left")
    events = judged.filter(IS_ACTION & pl.col("refusal").is_null()).select(FIELDS)
    fates = _fates(today, doubles, share.carried, judged)
    return Day(
        events,
        find_pages(events["page_id"], files.page_files(drops, day)),
        sessions,
        *_account(drops, day, today, fates, consent),
    )


def _read(drops: Sequence[Path], day: str, config: TrafficConfig) -> Intake:
    return read_day(files.event_files(drops, day), day, config.clock_skew_hours)


def _repeated(rows: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Places of the rows whose event id came earlier on the same day, or on the day before."""
    is_again = ~pl.col("event_id").is_first_distinct() | pl.col("event_id").is_in(before["event_id"].unique().implode())
    return rows.filter(is_again).select("file", "line")


def _judge(sessions: pl.DataFrame, rows: pl.DataFrame, consent: pl.DataFrame) -> pl.DataFrame:
    """The table traffic.sessions. One event without consent refuses its session, before any other reason."""
    forbidden = rows.select("session_id", without_consent(rows, consent).alias("status")).drop_nulls("status")
    by_session = forbidden.group_by("session_id", maintain_order=True).first()
    refusal = pl.coalesce("no_consent_" + pl.col("status"), "refusal")
    judged = sessions.join(by_session, on="session_id", how="left", maintain_order="left").with_columns(
        refusal.alias("refusal")
    )
    return judged.with_columns(is_admitted=pl.col("refusal").is_null()).select(
        table("traffic.sessions").schema().names()
    )


def _fates(today: Intake, doubles: pl.DataFrame, carried: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """The fate of each row that was delivered today (file, line, fate); the first that holds."""
    place = ["file", "line"]
    refusal = pl.col("refusal")
    by_session = judged.select(
        *place,
        pl.when(~IS_ACTION)
        .then("fate")
        .when(refusal.is_null())
        .then(pl.lit("kept"))
        .when(refusal.str.starts_with("no_consent_"))
        .then(refusal)
        .otherwise("refused_" + refusal)
        .alias("session_fate"),
    )
    parsed = (
        today.rows.select(*place, "event_type")
        .join(doubles.with_columns(is_double=True), on=place, how="left", maintain_order="left")
        .join(carried.select(*place, is_carried=True), on=place, how="left", maintain_order="left")
        .join(by_session, on=place, how="left", maintain_order="left")
    )
    fate = (
        pl.when("is_double")
        .then(pl.lit("refused_duplicate_event_id"))
        .when(~pl.col("event_type").is_in(GESTURE_TYPES))
        .then("ignored_" + pl.col("event_type"))
        .when("is_carried")
        .then(pl.lit("other_day"))
        .otherwise("session_fate")
    )
    refused = today.refused.select(*place, ("refused_" + pl.col("reason")).alias("fate"))
    return pl.concat([parsed.select(*place, fate.alias("fate")), refused])


def _account(
    drops: Sequence[Path], day: str, today: Intake, fates: pl.DataFrame, consent: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables traffic.quarantine and traffic.intake."""
    refused = fates.filter(pl.col("fate").str.starts_with("refused_")).sort("file", "line")
    places = refused.select("file", "line", reason=pl.col("fate").str.strip_prefix("refused_"))
    may_be_kept = consenting_users(consent)
    quarantine = raw_rows(
        files.event_files(drops, day), places, lambda user_id: user_id is None or user_id in may_be_kept
    )
    counts = fates.group_by("fate").agg(pl.len().cast(pl.Int64()).alias("n_events")).sort("fate")
    read = pl.DataFrame({"fate": ["read"], "n_events": [today.n_read]})
    return quarantine, pl.concat([read, counts])
