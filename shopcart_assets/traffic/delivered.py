"""The rows of event files as they were delivered, with their places; nothing is parsed here."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from shopcart_assets.traffic.bounds import MOST_ROW_BYTES, TooLong, check_parquet, damage_is_named, lines
from shopcart_assets.traffic.drops import DropError, EventFile

PLACE = {"file": pl.String(), "line": pl.Int64()}
QUARANTINE_SCHEMA = pl.Schema({**PLACE, "reason": pl.String(), "raw": pl.String()})

_BATCH_ROWS = 20_000
_BATCH_BYTES = 32 * 2**20
_ROW_BYTES = 1_000
"""What a row of a Parquet file is taken for beside its texts."""

# Finds the user even in a line that is cut off: {"event_id": "s1-2", "user_id": "u7", "time
CLAIMED_USER = re.compile(r'"user_id"\s*:\s*"([^"]*)"')

Delivered = bytes | str | dict[str, Any] | TooLong
"""One delivered row: a line as bytes or text, a row of a Parquet file, or what is left of one that is too long."""


@dataclass(frozen=True)
class Batch:
    """Rows of one file that follow each other: (line or row number from 1, row). `order` rises with each batch of a delivery."""

    file: str
    order: int
    rows: list[tuple[int, Delivered]]


def batches(files: Sequence[EventFile]) -> Iterator[Batch]:
    """All rows of the files, cut where a batch is long or heavy. Raises DropError where a file is damaged."""
    order = 0
    for file in files:
        rows: list[tuple[int, Delivered]] = []
        n_bytes = 0
        for number, row in delivered(file):
            rows.append((number, row))
            n_bytes += _weight(row)
            if len(rows) == _BATCH_ROWS or n_bytes > _BATCH_BYTES:
                yield Batch(file.name, order, rows)
                order, rows, n_bytes = order + 1, [], 0
        if rows:
            yield Batch(file.name, order, rows)
            order += 1


def delivered(file: EventFile) -> Iterator[tuple[int, Delivered]]:
    """Every row of the file with its line (or row) number, from 1. Empty lines are no rows.

    Raises DropError where the file is damaged, or has changed by the time when its last row is asked for.
    """
    try:
        with damage_is_named(file.path):
            yield from (
                (number, row)
                for number, row in enumerate(_open(file), start=1)
                if not isinstance(row, bytes | str) or row.strip()
            )
    except DropError:
        file.require_unchanged()
        raise
    file.require_unchanged()


def raw_rows(
    files: Iterable[EventFile], places: pl.DataFrame, may_keep: Callable[[str | None], bool]
) -> Iterator[pl.DataFrame]:
    """`places` (file, line, reason) with the column `raw`: the row as it was delivered; frames of QUARANTINE_SCHEMA.

    `raw` is null where the row is not text or too long, or where `may_keep` refuses the user whom it names (None: it names nobody).
    """
    reasons: dict[str, dict[int, str]] = {}
    for name, line, reason in places.select("file", "line", "reason").iter_rows():
        reasons.setdefault(name, {})[line] = reason
    for batch in batches([file for file in files if file.name in reasons]):
        wanted = reasons[batch.file]
        found = [
            (batch.file, line, wanted[line], _raw_text(row, may_keep)) for line, row in batch.rows if line in wanted
        ]
        if found:
            yield pl.DataFrame(found, schema=QUARANTINE_SCHEMA, orient="row")


def _raw_text(row: Delivered, may_keep: Callable[[str | None], bool]) -> str | None:
    if isinstance(row, TooLong):
        return None
    try:
        text = row if isinstance(row, str) else row.decode() if isinstance(row, bytes) else json.dumps(row, default=str)
        text.encode()
    except UnicodeError:
        return None
    claimed = CLAIMED_USER.search(text)
    return text if may_keep(claimed.group(1) if claimed else None) else None


def _open(file: EventFile) -> Iterator[Delivered]:
    if file.path.suffix != ".parquet":
        yield from lines(file.path)
        return
    check_parquet(file.path)
    for frame in pl.scan_parquet(file.path).collect_batches(chunk_size=_BATCH_ROWS):
        none = pl.repeat(0, pl.len(), dtype=pl.UInt32()).alias("")
        text_bytes = frame.select(none, pl.col(pl.String).str.len_bytes()).sum_horizontal()
        # So many rows at a time become Python's objects.
        n_rows = max(1, min(512, _BATCH_BYTES // (1 + max(text_bytes, default=0))))
        rows = frame.iter_rows(named=True, buffer_size=n_rows)
        yield from (TooLong() if n > MOST_ROW_BYTES else row for n, row in zip(text_bytes, rows, strict=True))


def _weight(row: Delivered) -> int:
    match row:
        case bytes() | str():
            return len(row)
        case TooLong():
            return len(row.ends)
        case _:
            return _ROW_BYTES + sum(len(value) for value in row.values() if isinstance(value, str))
