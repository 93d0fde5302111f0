"""What events say about consent: each event's flag `consent`, and acts such as an event `consent_withdrawn`. One file at a time.

Reads in batches and parses only rows that mention consent. No history is made here. A row that is cut off, or whose time is
missing or more than the clock skew outside its day, grants nothing, but what it forbids counts: it is unset where it tells no
more than that it is about consent, and where nobody can tell its time it counts at the end of its day.
"""

import datetime as dt
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary.column import TIMESTAMP
from shopcart_assets.platform.files import UNREADABLE
from shopcart_assets.platform.pool import map_batches
from shopcart_assets.traffic.consent_vocabulary import STATUSES, event_status, said_status
from shopcart_assets.traffic.errors import DropError
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

_BATCH_ROWS = 50_000
_MENTIONS = ("consent", '"opt')  # "opt_out" and its like
# Finds what a line that is cut off still says: {"user_id": "u7", "event_type": "consent_withdrawn", "val
_CLAIMED = re.compile(r'"(user_id|timestamp|event_type|value|consent)"\s*:\s*(?:"([^"]*)"|(true|false)\b)')

Statement = tuple[str, dt.datetime, str, str, str, bool]
"""One row of STATEMENTS."""

Row = bytes | str | Mapping[str, Any]
"""One delivered row: a line, or a row of a Parquet file."""


@dataclass(frozen=True)
class _Task:
    rows: list[Row]
    day: str
    clock_skew: dt.timedelta


def read_statements(file: Path, day: str, clock_skew: dt.timedelta) -> Iterator[pl.DataFrame]:
    """What the file of events says about consent, in batches (STATEMENTS). Raises DropError where the file is damaged."""
    rows = _rows(file)
    tasks = (_Task(batch, day, clock_skew) for batch in iter(lambda: list(islice(rows, _BATCH_ROWS)), []))
    yield from map_batches(_statements, tasks)


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
    try:
        fields = json.loads(row.decode() if isinstance(row, bytes) else row)
        return (fields if isinstance(fields, dict) else {}), True
    except (ValueError, RecursionError):
        text = row.decode(errors="replace") if isinstance(row, bytes) else row
    claimed: dict[str, Any] = {name: quoted or plain for name, quoted, plain in _CLAIMED.findall(text)}
    return ({"consent": "", **claimed} if '"consent' in text.lower() else claimed), False


def _rows(file: Path) -> Iterator[Row]:
    """The rows of the file that mention consent, wherever they mention it."""
    try:
        match file.suffix:
            case ".parquet":
                yield from _parquet_rows(file)
            case ".zst":
                pattern = "(?i)" + "|".join(_MENTIONS)
                lines = pl.scan_lines(file).filter(pl.col("line").str.contains(pattern))
                for frame in lines.collect_batches(chunk_size=_BATCH_ROWS):
                    yield from frame["line"]
            case suffix:
                mentions = [text.encode() for text in _MENTIONS]
                with gzip.open(file) if suffix == ".gz" else file.open("rb") as opened:
                    for line in opened:
                        lower = line.lower()
                        if any(text in lower for text in mentions):
                            yield line
    except (OSError, EOFError, zlib.error, *UNREADABLE) as error:
        raise DropError(f"{file} is cut off or damaged ({type(error).__name__}): deliver it again") from None


def _parquet_rows(file: Path) -> Iterator[Mapping[str, Any]]:
    events = pl.scan_parquet(file)
    schema = events.collect_schema()
    mentions = [pl.lit(False)]
    if "consent" in schema:
        mentions.append(pl.col("consent").is_not_null())
    if schema.get("event_type") == pl.String():
        mentions.append(pl.col("event_type").str.contains("(?i)consent|^opt"))
    for frame in events.filter(pl.any_horizontal(mentions)).collect_batches(chunk_size=_BATCH_ROWS):
        yield from frame.iter_rows(named=True)
