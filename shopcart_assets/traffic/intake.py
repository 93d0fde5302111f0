"""Reads a day's files of events, in batches: good rows and refused ones, both on disk. Knows no sessions, no consent.

The spool is laid out for what comes after it: all rows of a session have one `bucket`, and each part is sorted by it, so that
some of a day's sessions can be read without reading the rest of the day.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary.traffic import RAW_EVENT_COLUMNS
from shopcart_assets.platform.pool import map_batches
from shopcart_assets.traffic.bounds import TooLong
from shopcart_assets.traffic.delivered import PLACE, Batch, Delivered, batches
from shopcart_assets.traffic.drops import EventFile
from shopcart_assets.traffic.rows import Refused, Row, parse_fields, parse_line
from shopcart_assets.traffic.spool import Spool

ROWS_SCHEMA = pl.Schema({**PLACE, **{column.name: column.dtype for column in RAW_EVENT_COLUMNS}})
REFUSED_SCHEMA = pl.Schema({**PLACE, "reason": pl.String()})

N_BUCKETS = 256
_LAYOUT = {"order": pl.Int64(), "bucket": pl.UInt8()}
_PART_ROWS_PER_GROUP = 512
_LINES_PER_BATCH = 1_000_000
"""More than a batch can have: `order` is batch and row in one number."""


@dataclass(frozen=True)
class Intake:
    """One day's delivery. `rows`: ROWS_SCHEMA, `order` (rises in the order of delivery), `bucket`; `refused`: REFUSED_SCHEMA."""

    n_rows: int
    refused: pl.DataFrame
    spool: Spool

    @property
    def n_read(self) -> int:
        """Delivered rows."""
        return self.n_rows + self.refused.height

    @property
    def rows(self) -> pl.LazyFrame:
        """The rows that parse, in the order of their buckets inside a batch."""
        return self.spool.scan()


@dataclass(frozen=True)
class _Task:
    batch: Batch
    day: str
    clock_skew: dt.timedelta
    part: Path


@lru_cache(maxsize=4)
def read_day(files: tuple[EventFile, ...], day: str, clock_skew_hours: float, scratch: Path) -> Intake:
    """All rows of the files, parsed by as many processes as there are cores and kept in the folder `scratch`.

    The last days stay there for a while, since each is read again for its neighbours. Raises DropError where a file is damaged.
    """
    spool = Spool(scratch, pl.Schema({**ROWS_SCHEMA, **_LAYOUT}))
    skew = dt.timedelta(hours=clock_skew_hours)
    tasks: Iterator[_Task] = (_Task(batch, day, skew, spool.next_part()) for batch in batches(files))
    n_rows, refused = 0, [pl.DataFrame(schema=REFUSED_SCHEMA)]
    for n_good, bad in map_batches(_parse_batch, tasks):
        n_rows += n_good
        refused.append(pl.DataFrame(bad, schema=REFUSED_SCHEMA, orient="row"))
    return Intake(n_rows, pl.concat(refused), spool)


def _parse_batch(task: _Task) -> tuple[int, list[tuple[str, int, str]]]:
    """Writes the rows that parse as the task's part; returns their number, and place and reason of the others."""
    batch = task.batch
    good: list[tuple[Any, ...]] = []
    bad: list[tuple[str, int, str]] = []
    for number, (line, row) in enumerate(batch.rows, start=batch.order * _LINES_PER_BATCH):
        try:
            good.append((batch.file, line, *_parse(row, task.day, task.clock_skew), number))
        except Refused as refusal:
            bad.append((batch.file, line, str(refusal)))
    if good:
        rows = pl.DataFrame(good, schema={**ROWS_SCHEMA, "order": pl.Int64()}, orient="row")
        _with_bucket(rows).write_parquet(task.part, compression="lz4", row_group_size=_PART_ROWS_PER_GROUP)
    return len(good), bad


def _with_bucket(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows sorted by `bucket`: one for all rows of a session id, or of a user where there is none."""
    bucket = (pl.coalesce("session_id", "user_id").hash(seed=0) % N_BUCKETS).cast(pl.UInt8())
    return rows.with_columns(bucket.alias("bucket")).sort("bucket", maintain_order=True)


def _parse(row: Delivered, day: str, clock_skew: dt.timedelta) -> Row:
    if isinstance(row, TooLong):
        raise Refused("too_long")
    return parse_fields(row, day, clock_skew) if isinstance(row, Mapping) else parse_line(row, day, clock_skew)
