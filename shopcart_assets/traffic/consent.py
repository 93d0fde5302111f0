"""Who allowed what, and when: consent histories, and whether an event may be used. A doubt always counts against its use."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.traffic.drops import DropError, consent_file
from shopcart_assets.traffic.times import parse_time

STATUSES = ("granted", "denied", "withdrawn", "expired", "unset")
RETRACTIONS = ("denied", "withdrawn")
"""Statuses that also forbid the use of what was recorded before them."""

_NEEDED = ("user_id", "status", "effective_at")


def consent_history(drops: Sequence[Path]) -> pl.DataFrame:
    """The table traffic.consent: all drops' histories, each entry once.

    An unknown status counts as unset; of two statuses at the same moment the one that forbids counts. Raises DropError on an
    entry without a user or with a time that cannot be read, since it might be a withdrawal.
    """
    schema = table("traffic.consent").schema()
    history = pl.concat([_read(consent_file(drop)) for drop in drops] or [pl.DataFrame(schema=schema)]).select(
        schema.names()
    )
    return (
        history.sort("user_id", "effective_at", pl.col("status") == "granted")
        .unique(("user_id", "effective_at"), keep="first")
        .sort("user_id", "effective_at")
    )


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


def _read(file: Path) -> pl.DataFrame:
    try:
        raw = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DropError(f"{file} cannot be read as a table ({type(error).__name__}): deliver it again") from None
    missing = [name for name in _NEEDED if name not in raw.columns]
    if missing:
        raise DropError(
            f"{file} lacks the columns {', '.join(missing)}: a consent history has user_id, status, effective_at, source"
        )
    source = pl.col("source").cast(pl.String()) if "source" in raw.columns else pl.lit(None, pl.String())
    read = raw.select(
        pl.col("user_id").cast(pl.String()).str.strip_chars(),
        _status(pl.col("status").cast(pl.String())).alias("status"),
        _utc(raw, "effective_at"),
        source.alias("source"),
    )
    _refuse_doubt(file, read)
    return read


def _status(raw: pl.Expr) -> pl.Expr:
    status = raw.str.strip_chars().str.to_lowercase()
    return pl.when(status.is_in(STATUSES)).then(status).otherwise(pl.lit("unset"))


def _utc(raw: pl.DataFrame, name: str) -> pl.Expr:
    """The column as UTC times; text without a zone is UTC, unreadable text is null."""
    dtype, column = raw.schema[name], pl.col(name)
    if isinstance(dtype, pl.Datetime):
        zoned = column.dt.replace_time_zone("UTC") if dtype.time_zone is None else column.dt.convert_time_zone("UTC")
        return zoned.cast(pl.Datetime("us", "UTC"))
    return column.cast(pl.String()).map_elements(parse_time, return_dtype=pl.Datetime("us", "UTC"))


def _refuse_doubt(file: Path, read: pl.DataFrame) -> None:
    numbered = read.with_row_index("line", offset=2 if file.suffix == ".csv" else 1)
    for name, problem in (("user_id", "no user_id"), ("effective_at", "an effective_at that is not an ISO 8601 time")):
        bad = numbered.filter(pl.col(name).is_null() | (pl.col(name).cast(pl.String()) == ""))
        if not bad.is_empty():
            raise DropError(f"{file} line {bad['line'][0]} has {problem}: correct it, for it might be a withdrawal")
