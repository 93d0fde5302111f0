"""Reads a day's files of events, in batches: good rows as a frame, refused ones as place and reason. Knows no sessions, no consent."""

import datetime as dt
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary.traffic import RAW_EVENT_COLUMNS
from shopcart_assets.traffic.drops import DropError, EventFile
from shopcart_assets.traffic.rows import Refused, Row, parse_fields, parse_line

_BATCH_ROWS = 20_000
_PLACE = {"file": pl.String(), "line": pl.Int64()}
ROWS_SCHEMA = pl.Schema({**_PLACE, **{column.name: column.dtype for column in RAW_EVENT_COLUMNS}})
REFUSED_SCHEMA = pl.Schema({**_PLACE, "reason": pl.String()})

# Finds the user even in a line that is cut off: {"event_id": "s1-2", "user_id": "u7", "time
_CLAIMED_USER = re.compile(r'"user_id"\s*:\s*"([^"]*)"')

Delivered = bytes | str | dict[str, Any]
"""One delivered row: a line as bytes or text, or a row of a Parquet file."""


@dataclass(frozen=True)
class Intake:
    """One day's rows in the order of delivery: `rows` (ROWS_SCHEMA) that parse, `refused` (REFUSED_SCHEMA) that do not."""

    rows: pl.DataFrame
    refused: pl.DataFrame

    @property
    def n_read(self) -> int:
        """Delivered rows."""
        return self.rows.height + self.refused.height


@lru_cache(maxsize=4)
def read_day(files: tuple[EventFile, ...], day: str, clock_skew_hours: float) -> Intake:
    """All rows of the files. The last days are kept in memory, since each is read again for its neighbours.

    Raises DropError where a file is damaged.
    """
    clock_skew = dt.timedelta(hours=clock_skew_hours)
    rows, refused = [pl.DataFrame(schema=ROWS_SCHEMA)], [pl.DataFrame(schema=REFUSED_SCHEMA)]
    for file in files:
        for batch in _batched(_delivered(file)):
            good, bad = _parse_batch(file, batch, day, clock_skew)
            rows.append(pl.DataFrame(good, schema=ROWS_SCHEMA, orient="row"))
            refused.append(pl.DataFrame(bad, schema=REFUSED_SCHEMA, orient="row"))
    return Intake(pl.concat(rows), pl.concat(refused))


def raw_rows(files: Iterable[EventFile], places: pl.DataFrame, may_keep: Callable[[str | None], bool]) -> pl.DataFrame:
    """`places` (file, line, reason) with the column `raw`: the row as it was delivered.

    `raw` is null where the row is not text, or where `may_keep` refuses the user whom it names (None: it names nobody).
    """
    wanted: dict[str, set[int]] = {}
    for name, line in places.select("file", "line").iter_rows():
        wanted.setdefault(name, set()).add(line)
    found = [
        (file.name, line, _raw_text(row, may_keep))
        for file in files
        if file.name in wanted
        for line, row in _delivered(file)
        if line in wanted[file.name]
    ]
    raw = pl.DataFrame(found, schema={**_PLACE, "raw": pl.String()}, orient="row")
    return places.join(raw, on=["file", "line"], how="left", maintain_order="left")


def _parse_batch(
    file: EventFile, batch: Iterable[tuple[int, Delivered]], day: str, clock_skew: dt.timedelta
) -> tuple[list[tuple[Any, ...]], list[tuple[str, int, str]]]:
    good: list[tuple[Any, ...]] = []
    bad: list[tuple[str, int, str]] = []
    for line, row in batch:
        try:
            good.append((file.name, line, *_parse(row, day, clock_skew)))
        except Refused as refusal:
            bad.append((file.name, line, str(refusal)))
    return good, bad


def _parse(row: Delivered, day: str, clock_skew: dt.timedelta) -> Row:
    return parse_fields(row, day, clock_skew) if isinstance(row, Mapping) else parse_line(row, day, clock_skew)


def _raw_text(row: Delivered, may_keep: Callable[[str | None], bool]) -> str | None:
    try:
        text = row if isinstance(row, str) else row.decode() if isinstance(row, bytes) else json.dumps(row, default=str)
        text.encode()
    except UnicodeError:
        return None
    claimed = _CLAIMED_USER.search(text)
    return text if may_keep(claimed.group(1) if claimed else None) else None


def _delivered(file: EventFile) -> Iterator[tuple[int, Delivered]]:
    """Every row of the file with its line (or row) number, from 1. Empty lines are no rows."""
    try:
        yield from (
            (number, row)
            for number, row in enumerate(_open(file), start=1)
            if not isinstance(row, bytes | str) or row.strip()
        )
    except (OSError, EOFError, zlib.error, pl.exceptions.PolarsError) as error:
        raise DropError(f"{file.path} is cut off or damaged ({type(error).__name__}): deliver it again") from None


def _open(file: EventFile) -> Iterator[Delivered]:
    match file.path.suffix:
        case ".parquet":
            for frame in pl.scan_parquet(file.path).collect_batches(chunk_size=_BATCH_ROWS):
                yield from frame.iter_rows(named=True)
        case ".zst":
            for frame in pl.scan_lines(file.path).collect_batches(chunk_size=_BATCH_ROWS):
                yield from frame["line"]
        case suffix:
            with gzip.open(file.path) if suffix == ".gz" else file.path.open("rb") as lines:
                yield from (line.rstrip(b"\r\n") for line in lines)


def _batched(rows: Iterator[tuple[int, Delivered]]) -> Iterator[list[tuple[int, Delivered]]]:
    while batch := list(islice(rows, _BATCH_ROWS)):
        yield batch
