"""One day of traffic, from the delivered files to the stage's five daily tables. The one place where consent meets sessions.

A day is built share by share: each share has all rows of some of the day's sessions, so that memory is bounded by a share, not
by the day. Only what must be counted over the whole day (event ids that came twice) is read for the whole day, and only that.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import TrafficConfig
from shopcart_assets.platform.tombstones import Tombstones
from shopcart_assets.traffic import drops as files
from shopcart_assets.traffic.consent import consenting_users, without_consent
from shopcart_assets.traffic.delivered import QUARANTINE_SCHEMA, raw_rows
from shopcart_assets.traffic.ends import IS_ACTION, split, summarize
from shopcart_assets.traffic.forgotten import FATE, erased_among, is_shut_out, shut_out
from shopcart_assets.traffic.gestures import recognize
from shopcart_assets.traffic.intake import N_BUCKETS, Intake, read_day
from shopcart_assets.traffic.pages import find_pages
from shopcart_assets.traffic.rows import FIELDS, GESTURE_TYPES
from shopcart_assets.traffic.sessions import Window, cut
from shopcart_assets.traffic.spool import Spool

_ROWS_PER_SHARE = 250_000
_IDS_PER_SHARE = 2_000_000


@dataclass(frozen=True)
class Day:
    """The day's partitions of traffic.events, pages, sessions, quarantine and intake. Those on disk go with this object."""

    events: Spool
    pages: Spool
    sessions: pl.DataFrame
    quarantine: Spool
    intake: pl.DataFrame


@dataclass(frozen=True)
class _Share:
    """What the rows of some sessions became: `fates` (file, line, fate) of those that were delivered today."""

    events: pl.DataFrame
    sessions: pl.DataFrame
    fates: pl.DataFrame


def build_day(
    drops: Sequence[Path],
    day: str,
    consent: pl.DataFrame,
    config: TrafficConfig,
    scratch: Path,
    tombstones: Tombstones | None = None,
) -> Day:
    """Everything about the sessions that began on the day, and about the fate of each row that was delivered for it.

    `consent` is the table traffic.consent; `scratch` a folder on this machine for what does not fit into memory. No row of who
    was erased (`tombstones`) comes in again, not even as a refused session. Raises DropError where no drop has the day, or a
    file is damaged.
    """
    files.require_day(drops, day)
    delivered = {one: files.event_files(drops, one) for one in (files.shift(day, n) for n in (-2, -1, 0, 1))}
    window = tuple(read_day(found, one, config.clock_skew_hours, scratch) for one, found in delivered.items())
    _, before, today, after = window
    shut = _shut_out(window, consent, tombstones)
    doubles = pl.concat([_repeated(today, before), _repeated(after, today)])
    events = Spool(scratch, pl.Schema({name: table("traffic.events").schema()[name] for name in FIELDS}))
    sessions, refused = [table("traffic.sessions").empty()], [today.refused]
    counts = [pl.DataFrame({"fate": "refused_" + today.refused["reason"]}).group_by("fate").len("n_events")]
    for buckets in _shares(today.n_rows + after.n_rows, _ROWS_PER_SHARE):
        share = _build_share(window, buckets, doubles, shut, day, consent, config)
        events.add(share.events)
        sessions.append(share.sessions)
        counts.append(share.fates.group_by("fate").len("n_events"))
        refused.append(_refused(share.fates))
    pages = _pages(drops, day, events, scratch)
    quarantine = _quarantine(delivered[day], pl.concat(refused), consent, scratch, tombstones)
    return Day(
        events, pages, pl.concat(sessions).sort("started_at", "session_id"), quarantine, _intake(today.n_read, counts)
    )


def _pages(drops: Sequence[Path], day: str, events: Spool, scratch: Path) -> Spool:
    """The table traffic.pages: of the day's events, some ids at a time."""
    pages = Spool(scratch, table("traffic.pages").schema())
    page_files, ids = files.page_files(drops, day), events.scan().select("page_id")
    n_shares = -(-int(ids.select(pl.len()).collect().item()) // _IDS_PER_SHARE)
    for number in range(n_shares):
        share = ids.filter(pl.col("page_id").hash(seed=2) % n_shares == number).unique()
        find_pages(share.collect(engine="streaming")["page_id"].sort(), page_files, pages)
    return pages


def _shut_out(window: Sequence[Intake], consent: pl.DataFrame, tombstones: Tombstones | None) -> pl.DataFrame:
    """The erased users among the window's, and until when their rows stay out (forgotten.shut_out)."""
    if tombstones is None or not tombstones.keys():
        return shut_out(erased_among(consent["user_id"].clear(), None), consent)
    users = pl.concat([intake.rows.select("user_id") for intake in window]).unique().collect()["user_id"]
    return shut_out(erased_among(users, tombstones), consent.filter(pl.col("status") == "granted"))


def _shares(n_rows: int, rows_per_share: int) -> Iterator[tuple[int, int]]:
    """Ranges of buckets, both ends in, with about so many rows each."""
    n_shares = max(1, min(N_BUCKETS, -(-n_rows // rows_per_share)))
    bounds = [number * N_BUCKETS // n_shares for number in range(n_shares + 1)]
    return ((low, high - 1) for low, high in itertools.pairwise(bounds))


def _build_share(
    window: Sequence[Intake],
    buckets: tuple[int, int],
    doubles: pl.DataFrame,
    shut: pl.DataFrame,
    day: str,
    consent: pl.DataFrame,
    config: TrafficConfig,
) -> _Share:
    two_before, before, today, after = (
        intake.rows.filter(pl.col("bucket").is_between(*buckets)).drop("bucket", "order") for intake in window
    )
    # Of the days before only what tells whether a session goes on from there.
    ids = ("file", "line", "user_id", "session_id", "timestamp")
    frames = pl.collect_all([two_before.select(ids), before.select(ids), today, after])
    is_shut = [is_shut_out(frame, shut, "timestamp") for frame in frames]
    open_rows = [frame.filter(~is_out) for frame, is_out in zip(frames, is_shut, strict=True)]
    share = cut(Window(*open_rows), day, config.session_gap_minutes)
    rows = split(recognize(share.rows.join(doubles, on=["file", "line"], how="anti", maintain_order="left")))
    sessions = _judge(summarize(rows), rows, consent)
    judged = rows.join(sessions.select("session_id", "refusal"), on="session_id", maintain_order="left")
    events = judged.filter(IS_ACTION & pl.col("refusal").is_null()).select(FIELDS)
    return _Share(events, sessions, _fates(frames[2], is_shut[2], doubles, share.carried, judged))


def _repeated(delivery: Intake, before: Intake) -> pl.DataFrame:
    """Places (file, line) of the rows whose event id came earlier on the same day, or on the day before."""
    found = [pl.DataFrame(schema={"file": pl.String(), "line": pl.Int64()})]
    n_shares = -(-(delivery.n_rows + before.n_rows) // _IDS_PER_SHARE)
    for number in range(n_shares):
        is_share = pl.col("event_id").hash(seed=1) % n_shares == number
        ids = delivery.rows.select("order", "event_id").filter(is_share)
        earlier = before.rows.select("event_id").filter(is_share).unique()
        again = pl.concat(
            [
                ids.filter(pl.col("order") != pl.col("order").min().over("event_id")),
                ids.join(earlier, on="event_id", how="semi"),
            ]
        )
        orders = again.select(pl.col("order").unique()).collect()["order"]
        if len(orders):
            found.append(delivery.rows.filter(pl.col("order").is_in(orders.implode())).select("file", "line").collect())
    return pl.concat(found)


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


def _fates(
    today: pl.DataFrame, is_shut: pl.Series, doubles: pl.DataFrame, carried: pl.DataFrame, judged: pl.DataFrame
) -> pl.DataFrame:
    """The fate of each row of `today` (file, line, fate); the first that holds. `is_shut`: whether it is kept out for good."""
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
        today.select(*place, "event_type", is_shut.alias("is_shut"))
        .join(doubles.with_columns(is_double=True), on=place, how="left", maintain_order="left")
        .join(carried.select(*place, is_carried=True), on=place, how="left", maintain_order="left")
        .join(by_session, on=place, how="left", maintain_order="left")
    )
    fate = (
        pl.when("is_shut")
        .then(pl.lit(FATE))
        .when("is_double")
        .then(pl.lit("refused_duplicate_event_id"))
        .when(~pl.col("event_type").is_in(GESTURE_TYPES))
        .then("ignored_" + pl.col("event_type"))
        .when("is_carried")
        .then(pl.lit("other_day"))
        .otherwise("session_fate")
    )
    return parsed.select(*place, fate.alias("fate"))


def _refused(fates: pl.DataFrame) -> pl.DataFrame:
    """Place and reason of the rows that go to the quarantine."""
    refused = fates.filter(pl.col("fate").str.starts_with("refused_"))
    return refused.select("file", "line", reason=pl.col("fate").str.strip_prefix("refused_"))


def _quarantine(
    delivered: Sequence[files.EventFile],
    refused: pl.DataFrame,
    consent: pl.DataFrame,
    scratch: Path,
    tombstones: Tombstones | None,
) -> Spool:
    """The table traffic.quarantine, in the order of delivery. No raw row is kept of who was erased, as its time is
    not known, and, once anybody was, none that names nobody.
    """
    consenting = consenting_users(consent)
    may_be_kept = consenting - set(tombstones.among(consenting) if tombstones else ())
    spool = Spool(scratch, QUARANTINE_SCHEMA)
    keeps_unnamed = not (tombstones and tombstones.keys())
    spool.extend(
        raw_rows(
            delivered,
            refused,
            lambda user_id: keeps_unnamed if user_id is None else user_id in may_be_kept,
        )
    )
    return spool


def _intake(n_read: int, counts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The table traffic.intake: rows read, then the number of each fate."""
    by_fate = pl.concat(counts, how="vertical_relaxed").group_by("fate").agg(pl.col("n_events").sum().cast(pl.Int64()))
    return pl.concat([pl.DataFrame({"fate": ["read"], "n_events": [n_read]}), by_fate.sort("fate")])
