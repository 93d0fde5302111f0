"""Reads a drop's consent file, CSV or Parquet, as statements. Whatever might be a withdrawal is read or stops everything."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from shopcart_assets.platform.files import UNREADABLE
from shopcart_assets.traffic.consent_events import STATEMENTS
from shopcart_assets.traffic.consent_vocabulary import Status, said_status
from shopcart_assets.traffic.errors import DropError
from shopcart_assets.traffic.times import parse_time

_NEEDED = ("user_id", "status", "effective_at")


def read_file(file: Path) -> pl.DataFrame:
    """The file's entries (STATEMENTS): user_id, status, effective_at and, where there is one, source.

    Raises DropError where it is no such table, and on an entry without a user or with a time that cannot be read.
    """
    try:
        raw = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
    except (OSError, *UNREADABLE) as error:
        raise DropError(f"{file} cannot be read as a table ({type(error).__name__}): deliver it again") from None
    missing = [name for name in _NEEDED if name not in raw.columns]
    if missing:
        raise DropError(
            f"{file} lacks the columns {', '.join(missing)}: a consent history has user_id, status, effective_at, source"
        )
    statuses = [_status(said) for said in raw["status"]]
    source = pl.col("source").cast(pl.String()) if "source" in raw.columns else pl.lit(None, pl.String())
    read = raw.select(
        pl.col("user_id").cast(pl.String()).str.strip_chars(),
        _utc(raw, "effective_at"),
        status=pl.Series([status or "unset" for status in statuses], dtype=STATEMENTS["status"]),
        source=source.fill_null("consent_file"),
        channel=pl.lit("consent_file", STATEMENTS["channel"]),
        is_known=pl.Series([status is not None for status in statuses], dtype=pl.Boolean()),
    )
    _refuse_doubt(file, read)
    return read.select(STATEMENTS.names())


def _status(said: object) -> Status | None:
    return said_status(said if isinstance(said, str | bool | Mapping | None) else str(said))


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
