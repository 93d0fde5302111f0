"""The answer of a query in the format that was asked for. No tables and no meaning here: bytes to a stream."""

import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from itertools import count
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, Literal

import duckdb

from shopcart_assets.platform.view_text import SqlError
from shopcart_assets.platform.views import Views

Format = Literal["table", "csv", "json", "parquet"]
FORMATS: tuple[Format, ...] = ("table", "csv", "json", "parquet")
_SHOWN_ROWS = 200


def export(
    views: Views,
    sql: str,
    form: Format,
    stream: BinaryIO,
    width: int = 160,
    parameters: Mapping[str, object] | None = None,
    meanwhile: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> None:
    """Writes the rows of one statement to `stream`; a table is cut to `width` characters and 200 rows, the others are whole.

    `parameters` are the values of the statement's `$name`s. `meanwhile` is open while rows are read, and not when they are
    written. Raises SqlError with DuckDB's own message. Ctrl-C asks DuckDB to end the query.
    """

    def ask(connection: duckdb.DuckDBPyConnection) -> None:
        relation = connection.sql(sql, params=parameters)
        if relation is None:
            raise SqlError("this statement has no rows to show; ask with select, describe or show")
        _write(relation, form, stream, width, meanwhile)

    views.ask(lambda connection: _interruptibly(connection, ask))


def _interruptibly(connection: duckdb.DuckDBPyConnection, ask: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
    """DuckDB looks for signals in some of its calls only; a thread that waits does always."""
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(ask, connection).result()
        except KeyboardInterrupt:
            next_in_line = thread.submit(bool)
            while not next_in_line.done():  # a query that is only beginning does not hear of it
                connection.interrupt()
                wait([next_in_line], timeout=0.05)
            raise
        except duckdb.Error as error:
            raise SqlError(str(error)) from error


def _write(
    relation: duckdb.DuckDBPyRelation,
    form: Format,
    stream: BinaryIO,
    width: int,
    meanwhile: Callable[[], AbstractContextManager[object]],
) -> None:
    """All rows are read before the first is written, so that asking again writes none twice."""
    if form == "json":
        names = _distinct(relation.columns)
        with meanwhile():
            rows = [dict(zip(names, map(_plain, row), strict=True)) for row in relation.fetchall()]
        stream.write(json.dumps(rows, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n")
    elif form == "table":
        with meanwhile():
            shown = relation.limit(_SHOWN_ROWS + 1).fetchall()
        more = f"… more than {_SHOWN_ROWS} rows: ask with --format csv, or add a limit\n" if shown[_SHOWN_ROWS:] else ""
        stream.write(f"{boxed(relation.columns, shown[:_SHOWN_ROWS], width)}\n{more}".encode())
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows"
            with meanwhile():
                relation.write_csv(str(path), header=True) if form == "csv" else relation.write_parquet(str(path))
            with path.open("rb") as file:
                copyfileobj(file, stream)


def _distinct(columns: Sequence[str]) -> list[str]:
    """Names of an object's fields: of two equal ones the second gets a number, as DuckDB does in CSV and Parquet.

    >>> _distinct(["a", "a", "a_1", "a"])
    ['a', 'a_1', 'a_1_1', 'a_2']
    """
    names: list[str] = []
    for column in columns:
        more = (f"{column}_{n}" for n in count(1))
        names.append(column if column not in names else next(name for name in more if name not in names))
    return names


def _plain(value: object) -> object:
    """What JSON can say, with numbers as numbers: a value that is not finite is null, bytes are text with escapes, others their text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() | Decimal():
            return float(value) if math.isfinite(value) else None
        case list() | tuple():
            return [_plain(one) for one in value]
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case bytes():
            return value.decode(errors="backslashreplace")
        case _:
            return str(value)


def boxed(columns: Sequence[str], rows: Sequence[tuple[object, ...]], width: int) -> str:
    """Rows as aligned columns; numbers to the right, control characters made harmless, the widest columns cut to fit."""
    shown = [[_cell(value) for value in row] for row in rows]
    numeric = [all(isinstance(row[i], int | float | None) for row in rows) and bool(rows) for i in range(len(columns))]
    widths = [max(len(cell) for cell in cells) for cells in zip(columns, *shown, strict=True)]
    while sum(widths) + 2 * len(widths) > width and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    lines = [[_fit(cell, widths[i], numeric[i]) for i, cell in enumerate(row)] for row in [columns, *shown]]
    lines.insert(1, ["─" * size for size in widths])
    return "\n".join("  ".join(line).rstrip() for line in lines) + f"\n({len(shown)} rows)"


def _cell(value: object) -> str:
    text = "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
    return "".join(char if char.isprintable() else " " for char in text)


def _fit(text: str, size: int, right: bool) -> str:
    text = text if len(text) <= size else text[: size - 1] + "…"
    return text.rjust(size) if right else text.ljust(size)
