"""`--preview`: what a mapping makes of a table's first rows, as text for a terminal. Writes nothing."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from shopcart_assets.traffic.importers.table import convert, run
from shopcart_assets.traffic.importers.table.mapping import TableMapping
from shopcart_assets.traffic.importers.table.source import Table

SHOWN_ROWS = 10
SAMPLE_ROWS = 10_000
SAMPLE_PAGES = 1_000
"""Rows that are read where each may hold a page."""

_COLUMNS = (
    "timestamp",
    "user_id",
    "session_id",
    "event_type",
    "value",
    "target",
    "rationale",
    "url",
    "page",
    "consent",
)
_NARROWEST = 12
_LONGEST = 400

# What it means that the mapping leaves a field out.
_MISSING = {
    "event_id": "made from each row's content",
    "session_id": "sessions are cut by user and pause",
    "url": "nobody knows on which address an event happened",
    "value": "nobody knows what was typed",
    "target": "nobody knows what was clicked: later stages cannot name an action's element",
    "rationale": "nobody said why they did it: the generator human has nothing",
    "page": "no pages: there are sessions, but no contexts to predict an action from",
    "consent": "nobody is admitted without --consent-ground",
}


def preview(source: str, mapping_file: Path, width: int) -> str:
    """What became of the first rows, at most `width` characters wide. Raises DropError where the mapping does not fit.

    Pages of a joined table are not read: an event shows its page's key.
    """
    mapping, table = run.open_mapped(source, mapping_file)
    used = run.columns(table, mapping)
    sample = islice(
        _rows(table, mapping, used), SAMPLE_ROWS if run.batch_rows(mapping) > SAMPLE_PAGES else SAMPLE_PAGES
    )
    events: list[dict[str, Any]] = []
    counts, n_read = Counter[str](), 0
    for row in sample:
        n_read += 1
        if row.event and len(events) < SHOWN_ROWS:
            events.append(row.event)
        counts[_fate(row)] += 1
    lines = [*_table(events, width), "", f"of the first {n_read:,} rows:"]
    lines += [f"  {n:>9,}  {fate}" for fate, n in sorted(counts.items())]
    lines += ["", "contract fields that the mapping leaves out:"]
    lines += [f"  {name}: {_MISSING[name]}" for name in _missing(mapping)] or ["  none"]
    unused = [_printable(name) for name in table.schema if name not in used]
    lines += ["", f"columns that the mapping does not use: {', '.join(unused) or 'none'}"]
    return "\n".join(line if len(line) <= width else f"{line[: width - 1]}…" for line in lines)


def _rows(table: Table, mapping: TableMapping, used: Sequence[str]) -> Iterator[convert.Row]:
    for batch in table.batches(used, min(run.batch_rows(mapping), SAMPLE_ROWS)):
        yield from (convert.Row(line, {}, refusal=reason) for line, reason in batch.broken)
        yield from convert.convert(batch.rows, batch.lines, mapping, _page)


def _page(key: str | None, html: bytes | None) -> str | None:
    return f"{len(html):,} bytes" if html is not None else key


def _fate(row: convert.Row) -> str:
    """What the row counts as.

    >>> _fate(convert.Row(1, {}, refusal="missing_user_id"))
    'refused: missing_user_id'
    """
    if row.event:
        return f"event: {row.event['event_type'].lower()}"
    return f"skipped: {row.skip}" if row.skip else f"refused: {row.refusal}"


def _missing(mapping: TableMapping) -> list[str]:
    event = mapping.event
    mapped = {name for name in _MISSING if getattr(event, name, None)}
    return [
        name for name in _MISSING if name not in mapped and not (name == "page" and (mapping.page or event.page_id))
    ]


def _table(events: Sequence[Mapping[str, Any]], width: int) -> list[str]:
    """The events as aligned columns, without those that are empty; the widest ones are cut to fit."""
    cells = [{**event, "page": event.get("page_id")} for event in events]
    names = [name for name in _COLUMNS if any(cell.get(name) for cell in cells)]
    rows = [names, *([_shown(cell.get(name)) for name in names] for cell in cells)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + 2 * len(widths) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return ["  ".join(_fit(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value or "")
    return _printable(text[:_LONGEST])


def _printable(text: str) -> str:
    r"""Control characters and the like as escapes: a log must not move the terminal's cursor.

    >>> print(_printable("\x1b[2J\u202eü"))
    \x1b[2J\u202eü
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _fit(text: str, size: int) -> str:
    return text.ljust(size) if len(text) <= size else f"{text[: size - 1]}…"
