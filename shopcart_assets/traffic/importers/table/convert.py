"""Rows of a table as events of the drop contract: each row is an event, refused with a reason, or skipped on purpose. Reads no files.

What is kept here is not refused by the contract later (traffic.rows). Columns are read and judged in Polars; the contract's own
parser, which is slower, judges events whose target is free JSON.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.table.columns import locate
from shopcart_assets.traffic.importers.table.mapping import TableMapping
from shopcart_assets.traffic.importers.table.origins import Origin
from shopcart_assets.traffic.rows import EVENT_TYPE, Refused, parse_fields

_NO_SKEW = dt.timedelta(hours=1)
_NOTHING = pl.lit(None, pl.String())
_WHOLE = ("target",)
_REQUIRED = ("event_id", "user_id", "event_type")
_EVENT_TYPE = f"^(?:{EVENT_TYPE.pattern})$"
_ID_BYTES = 12


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a row: an event, or (then that is empty) the reason why not.

    Without an id in the table, `event_id` is a hash of the rest of the event: equal rows have equal ones.
    """

    line: int
    event: dict[str, Any]
    refusal: str | None = None
    skip: str | None = None


PageId = Callable[[str | None, bytes | None], str | None]
"""The page_id of a row with that page key, or those bytes; None where it has no page."""


def no_page(key: str | None, html: bytes | None) -> None:
    """The PageId of a table without pages."""


def convert(rows: pl.DataFrame, lines: Sequence[int], mapping: TableMapping, page_id: PageId) -> Iterator[Row]:
    """One Row for each row, in their order. Raises DropError where a column cannot be what the mapping says."""
    places = [place for place, _ in mapping.origins()]
    is_free = _WHOLE in places
    try:
        texts = rows.select(**_expressions(rows.schema, mapping))
    except pl.exceptions.PolarsError as error:
        raise DropError(f"the table's columns do not fit the mapping: {' '.join(str(error).split())[:300]}") from None
    for line, (skip, refusal, time, key, html, *values) in zip(lines, texts.iter_rows(), strict=True):
        if skip or refusal:
            yield Row(line, {}, refusal=None if skip else refusal, skip=skip)
            continue
        page = html.encode() if isinstance(html, str) else html
        try:
            event = _event(places, values, time, page_id(key, page))
            if "event_id" not in event:
                event["event_id"] = _hash(time, event.get("page_id"), *values)
            if is_free:
                parse_fields(event, time[:10], _NO_SKEW)
        except Refused as refused:
            yield Row(line, {}, refusal=str(refused))
        else:
            yield Row(line, event)


def check(schema: pl.Schema, mapping: TableMapping) -> None:
    """Raises DropError where the mapping names a column that is not there, or one of a type that cannot be what it says."""
    for place, path in mapping.columns():
        try:
            column = locate(schema, path)
            if place == "page.html":
                column.html()
            elif place == "event.timestamp":
                column.time(mapping.event.timestamp)
            elif place == "event.target":
                column.object_text()
            else:
                column.text()
        except DropError as error:
            raise DropError(f"{place}: {error}") from None


def _expressions(schema: pl.Schema, mapping: TableMapping) -> dict[str, pl.Expr]:
    """The columns that `convert` reads row by row: skip, refusal, time, page key, HTML, then each origin's text."""
    missing, page = mapping.source.missing, mapping.page
    texts, refusals = {}, []
    for place, origin in mapping.origins():
        texts[".".join(place)], reasons = _origin(schema, origin, missing, place)
        refusals += reasons
    skips = []
    for skip in mapping.skip:
        text = locate(schema, skip.column).text(missing)
        skips.append(_reason(text.is_in(list(skip.values)) | (text.is_null() & skip.missing), skip.reason))
    column = locate(schema, mapping.event.timestamp.column)
    time = column.time(mapping.event.timestamp)
    is_inside = time.dt.date().is_between(mapping.days.first, mapping.days.last)
    refusals += [_reason(~column.is_given(missing), "missing_timestamp"), _reason(time.is_null(), "bad_timestamp")]
    refusals.append(_reason(~is_inside, "outside_days"))
    refusals += [_reason(texts[name].is_null(), f"missing_{name}") for name in _REQUIRED if name in texts]
    refusals.append(_reason(~texts["event_type"].str.contains(_EVENT_TYPE), "bad_event_type"))
    return {
        "skip": pl.coalesce(*skips, _NOTHING),
        "refusal": pl.coalesce(*refusals),
        "time": time.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ"),
        "key": locate(schema, page.event_key).text(missing) if page and page.event_key else _NOTHING,
        "html": locate(schema, page.html).html() if page and not page.table else _NOTHING,
        **{f"event.{name}": text for name, text in texts.items()},
    }


def _origin(
    schema: pl.Schema, origin: Origin, missing: Sequence[str], place: tuple[str, ...]
) -> tuple[pl.Expr, list[pl.Expr]]:
    """The origin's text, and the reasons for which it refuses a row."""
    if origin.column is None:
        return pl.lit(origin.constant, pl.String()), []
    column = locate(schema, origin.column)
    text = column.object_text(missing) if place == _WHOLE else column.text(missing)
    refusals = [
        _reason(column.is_bad_json(missing), "bad_json"),
        _reason(column.is_given(missing) & text.is_null(), f"bad_{place[0]}"),
    ]
    if origin.values:
        is_known = text.is_in(list(origin.values))
        if origin.otherwise == "refuse":
            refusals.append(_reason(text.is_not_null() & ~is_known, "unmapped_" + "_".join(place)))
        rest = text if origin.otherwise == "keep" else _NOTHING
        text = pl.when(is_known).then(text.replace(origin.values)).otherwise(rest)
    return text if origin.default is None else text.fill_null(origin.default), refusals


def _reason(condition: pl.Expr, reason: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(reason))


def _event(
    places: Sequence[tuple[str, ...]], values: Sequence[str | None], time: str, page_id: str | None
) -> dict[str, Any]:
    """The event's fields. Raises Refused where the target is no JSON object."""
    event: dict[str, Any] = {"timestamp": time} if page_id is None else {"timestamp": time, "page_id": page_id}
    for place, value in zip(places, values, strict=True):
        if value is None:
            continue
        if place == _WHOLE:
            event["target"] = _object(value)
            continue
        part = event
        for name in place[:-1]:
            part = part.setdefault(name, {})
            if not isinstance(part, dict):
                raise Refused("bad_target")
        part[place[-1]] = value
    return event


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("bad_target") from None
    if not isinstance(found, dict):
        raise Refused("bad_target")
    return found


def _hash(*parts: str | None) -> str:
    """Of what the event says. Parts that run into each other do no harm, since equal hashes are counted (run.Repeats)."""
    return hashlib.blake2b("\0".join(part or "" for part in parts).encode(), digest_size=_ID_BYTES).hexdigest()
