"""What events say about consent: each event's flag `consent`, and acts such as an event `consent_withdrawn`. One file at a time.

Reads in batches and parses only rows that mention consent. No history is made here. A row that is cut off, or whose time is
missing or more than the clock skew outside its day, grants nothing, but what it forbids counts: it is unset where it tells no
more than that it is about consent, or is too long to be read, and where nobody can tell its time it counts at the end of its day.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary.column import TIMESTAMP
from shopcart_assets.platform.pool import map_batches
from shopcart_assets.traffic.bounds import TooLong, check_parquet, damage_is_named, has, lines
from shopcart_assets.traffic.consent_vocabulary import STATUSES, event_status, said_status
from shopcart_assets.traffic.rows import Refused, moment

CHANNELS = ("consent_file", "consent_event", "event_flag")
STATEMENTS = pl.Schema(
    {
        "user_id": pl.String(),
        "effective_at": TIMESTAMP,
        "status": pl.Enum(STATUSES),
        "source": pl.String(),
        "channel": pl.Enum(CHANNELS),
        "is_known": pl.Boolean(),
    }
)
"""Columns of what was said: `is_known` is false where nobody knows the word, which counts as unset."""

_BATCH_BYTES = 32 * 2**20
_ROW_BYTES = 1_000
"""What a row of a Parquet file is taken for."""
_MENTIONS = (b"consent", b'"opt')  # "opt_out" and its like
# Finds what a line that is cut off still says: {"user_id": "u7", "event_type": "consent_withdrawn", "val
_CLAIMED = re.compile(r'"(user_id|timestamp|event_type|value|consent)"\s*:\s*(?:"([^"]*)"|(true|false)\b)')

Statement = tuple[str, dt.datetime, str, str, str, bool]
"""One row of STATEMENTS."""

Row = bytes | str | Mapping[str, Any] | TooLong
"""One delivered row: a line, a row of a Parquet file, or what is left of a line that is too long."""


@dataclass(frozen=True)
class _Task:
    rows: list[Row]
    day: str
    clock_skew: dt.timedelta


def read_statements(file: Path, day: str, clock_skew: dt.timedelta) -> Iterator[pl.DataFrame]:
    """What the file of events says about consent, in batches (STATEMENTS). Raises DropError where the file is damaged."""
    yield from map_batches(_statements, (_Task(rows, day, clock_skew) for rows in _batches(file)))


def _batches(file: Path) -> Iterator[list[Row]]:
    rows: list[Row] = []
    n_bytes = 0
    for row in _rows(file):
        rows.append(row)
        n_bytes += len(row) if isinstance(row, bytes) else _ROW_BYTES
        if n_bytes > _BATCH_BYTES:
            yield rows
            rows, n_bytes = [], 0
    if rows:
        yield rows


def _statements(task: _Task) -> pl.DataFrame:
    found = [said for row in task.rows if (said := statement(row, task.day, task.clock_skew))]
    return pl.DataFrame(found, schema=STATEMENTS, orient="row")


def carries_consent(file: Path, day: str) -> bool:
    """Whether any row of the file says something about consent. Raises DropError where the file is damaged."""
    return any(statement(row, day, dt.timedelta()) for row in _rows(file))


def statement(row: Row, day: str, clock_skew: dt.timedelta) -> Statement | None:
    """What one delivered row says about consent; None where it says nothing, or nobody can tell of whom."""
    fields, is_whole = _fields(row)
    event_type, user_id, flag = fields.get("event_type"), fields.get("user_id"), fields.get("consent")
    said = [one for one in (fields.get("value"), flag) if one is not None]
    status, is_act = event_status(event_type, said) if isinstance(event_type, str) else (None, False)
    if not (is_act or flag is not None) or not isinstance(user_id, str) or not _can_be_kept(user_id):
        return None
    status = status if is_act else said_status(flag)
    try:
        when = moment(fields, day, clock_skew)
    except Refused:
        when, is_whole = dt.datetime.combine(dt.date.fromisoformat(day), dt.time.max, dt.UTC), False
    counts = "unset" if status is None or (status == "granted" and not is_whole) else status
    channel = "consent_event" if is_act else "event_flag"
    return user_id, when, counts, channel, channel, status is not None


def _can_be_kept(user_id: str) -> bool:
    """False for nobody, and for half a surrogate pair, which no table can hold."""
    try:
        return bool(user_id.encode())
    except UnicodeEncodeError:
        return False


def _fields(row: Row) -> tuple[Mapping[str, Any], bool]:
    """The row's fields and true; of a line that is no JSON the fields that can be made out, and false."""
    if isinstance(row, Mapping):
        return row, True
    if isinstance(row, TooLong):
        return {"consent": "", **_claimed(row.ends.decode(errors="replace"))}, False
    try:
        fields = json.loads(row.decode() if isinstance(row, bytes) else row)
        return (fields if isinstance(fields, dict) else {}), True
    except (ValueError, RecursionError):
        text = row.decode(errors="replace") if isinstance(row, bytes) else row
    claimed = _claimed(text)
    return ({"consent": "", **claimed} if '"consent' in text.lower() else claimed), False


def _claimed(text: str) -> dict[str, Any]:
    return {name: quoted or plain for name, quoted, plain in _CLAIMED.findall(text)}


def _rows(file: Path) -> Iterator[Row]:
    """The rows of the file that mention consent, wherever they mention it."""
    with damage_is_named(file):
        if file.suffix == ".parquet":
            yield from _parquet_rows(file)
            return
        for line in lines(file, _MENTIONS):
            if line.is_about if isinstance(line, TooLong) else has(line, _MENTIONS):
                yield line


def _parquet_rows(file: Path) -> Iterator[Mapping[str, Any]]:
    check_parquet(file)
    events = pl.scan_parquet(file)
    schema = events.collect_schema()
    mentions = [pl.lit(False)]
    if "consent" in schema:
        mentions.append(pl.col("consent").is_not_null())
    if schema.get("event_type") == pl.String():
        mentions.append(pl.col("event_type").str.contains("(?i)consent|^opt"))
    for frame in events.filter(pl.any_horizontal(mentions)).collect_batches(chunk_size=_BATCH_BYTES // _ROW_BYTES):
        yield from frame.iter_rows(named=True)
