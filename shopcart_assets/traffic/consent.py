"""Who allowed what, and when: one history of consent from all that is said, and whether an event may be used.

A doubt always counts against the use: of two statuses at the same moment the one that forbids more counts, and a refusal that is
on record, in a consent file or as an act, is lifted by a yes on record only, not by a flag that a recorder goes on to stamp.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.tombstones import Tombstones
from shopcart_assets.traffic.consent_events import STATEMENTS
from shopcart_assets.traffic.consent_files import read_file
from shopcart_assets.traffic.consent_spool import spooled
from shopcart_assets.traffic.consent_vocabulary import RETRACTIONS
from shopcart_assets.traffic.drops import consent_file
from shopcart_assets.traffic.forgotten import erased_among, is_shut_out, proofs, shut_out

_STATEMENTS_AT_ONCE = 5_000_000


@dataclass(frozen=True)
class Consent:
    """`history` is the table traffic.consent; `said` counts what it was made of, by channel: n_statements, n_unknown_words."""

    history: pl.DataFrame
    said: pl.DataFrame


def read_consent(
    drops: Sequence[Path], clock_skew: dt.timedelta, spool: Path, tombstones: Tombstones | None = None
) -> Consent:
    """What the drops' consent files and all their events say, as one history.

    Of who was erased it keeps the proof only, and what was said from a new consent on. What events say is kept in the folder `spool` and put in order some users at a time, so memory does not grow with the drops.
    Raises DropError on a damaged file, and on an entry of a consent file that has no user or no time, since it might be a
    withdrawal.
    """
    entries = [read_file(file) for drop in drops if (file := consent_file(drop))]
    said = pl.concat(
        [
            pl.LazyFrame(schema=STATEMENTS),
            *(frame.lazy() for frame in entries),
            *map(pl.scan_parquet, spooled(drops, clock_skew, spool, tombstones)),
        ]
    )
    counts = (
        said.group_by("channel")
        .agg(n_statements=pl.len(), n_unknown_words=pl.col("is_known").not_().sum())
        .sort("channel")
        .collect(engine="streaming")
    )
    n_shares = 1 + int(counts["n_statements"].sum()) // _STATEMENTS_AT_ONCE
    share = pl.col("user_id").hash(seed=0) % n_shares
    shares = [
        changes(_without_erased(said.filter(share == number).collect(engine="streaming"), tombstones))
        for number in range(n_shares)
    ]
    proven = proofs(tombstones.all() if tombstones else [])
    return Consent(pl.concat([*shares, proven]).sort("user_id", "effective_at"), counts)


def _without_erased(statements: pl.DataFrame, tombstones: Tombstones | None) -> pl.DataFrame:
    """The statements that count: of an erased user those from a new consent on, which no flag of a recorder is."""
    erased = erased_among(statements["user_id"], tombstones)
    grants = statements.filter((pl.col("status") == "granted") & (pl.col("channel") != "event_flag"))
    return statements.filter(~is_shut_out(statements, shut_out(erased, grants), "effective_at"))


def changes(statements: pl.DataFrame) -> pl.DataFrame:
    """The table traffic.consent of these statements (STATEMENTS, in any order): where each user's status changes."""
    # An Enum sorts as it is written, the most forbidding first.
    ordered = statements.sort("user_id", "effective_at", "status", "source", nulls_last=True)
    counting = ordered.filter(~_is_overruled(ordered))
    by_moment = counting.unique(("user_id", "effective_at"), keep="first", maintain_order=True)
    before = pl.col("status").shift().over("user_id")
    changed = by_moment.filter(pl.col("status").ne_missing(before))
    return changed.with_columns(pl.col("status").cast(pl.String())).select(table("traffic.consent").schema().names())


def consent_history(drops: Sequence[Path], clock_skew: dt.timedelta = dt.timedelta(hours=24)) -> pl.DataFrame:
    """The table traffic.consent, with nothing kept. See `read_consent`."""
    with TemporaryDirectory() as spool:
        return read_consent(drops, clock_skew, Path(spool)).history


def without_consent(events: pl.DataFrame, history: pl.DataFrame) -> pl.Series:
    """For each event (user_id, timestamp) the status that forbids its use, or null where it may be used.

    It may be used when the latest status at its time is `granted` and neither `denied` nor `withdrawn` came since.
    """
    sorted_history = history.select("user_id", "status", "effective_at").sort("effective_at")
    status = (
        events.select("user_id", "timestamp")
        .with_row_index("row")
        .sort("timestamp")
        .join_asof(sorted_history, left_on="timestamp", right_on="effective_at", by="user_id", check_sortedness=False)
        .with_columns(pl.col("status").fill_null("unset"))
    )
    retracted = sorted_history.filter(pl.col("status").is_in(RETRACTIONS)).group_by("user_id").last()
    judged = status.join(retracted, on="user_id", how="left", suffix="_retracted").with_columns(
        pl.when(pl.col("status") != "granted")
        .then(pl.col("status"))
        .when(pl.col("effective_at_retracted") > pl.col("timestamp"))
        .then(pl.col("status_retracted"))
        .alias("forbidden_by")
    )
    return judged.sort("row")["forbidden_by"]


def consenting_users(history: pl.DataFrame) -> frozenset[str]:
    """The users whose last status is `granted`."""
    last = history.sort("effective_at").group_by("user_id").last()
    return frozenset(last.filter(pl.col("status") == "granted")["user_id"])


def _is_overruled(ordered: pl.DataFrame) -> pl.Series:
    """For each statement whether it is a mere flag that says yes, and what is on record at its time is a refusal."""
    is_flag = pl.col("channel") == "event_flag"
    on_record = (
        ordered.filter(~is_flag & pl.col("status").is_in(["granted", *RETRACTIONS]))
        .unique(("user_id", "effective_at"), keep="first", maintain_order=True)
        .select("user_id", "effective_at", on_record="status")
        .sort("effective_at")
    )
    judged = (
        ordered.select("user_id", "effective_at", "status", "channel")
        .with_row_index("row")
        .sort("effective_at")
        .join_asof(on_record, on="effective_at", by="user_id", check_sortedness=False)
        .sort("row")
    )
    refused = pl.col("on_record").is_in(RETRACTIONS).fill_null(False)
    return judged.select(is_flag & (pl.col("status") == "granted") & refused).to_series()
