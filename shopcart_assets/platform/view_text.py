"""What stands in `sql/<schema>/<view>.sql`, one select a file: its header, what it reads, its answer. No lake and no views file."""

import hashlib
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from shopcart_assets.platform.dictionary import STAGES, TABLES

SQL_FOLDER = Path(__file__).parents[2] / "sql"
_QUALIFIED = re.compile(rf"\b(?:{'|'.join(STAGES)})\.[a-z][a-z0-9_]*")


class SqlError(ValueError):
    """A query or a view's file that DuckDB refuses; the message is DuckDB's own."""


def header(name: str) -> str:
    """What the file of a view says about it: its comment, as one line."""
    lines = _text(name).splitlines()
    return " ".join(line.removeprefix("--").strip() for line in lines if line.startswith("--"))


def reads(name: str) -> list[str]:
    """The tables and views that a view is made of: every `schema.name` of its text, sorted. Comments do not count."""
    code = "\n".join(line for line in _text(name).splitlines() if not line.lstrip().startswith("--"))
    return sorted(set(_QUALIFIED.findall(code)))


def answer(view: str, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The rows of a view of `sql/` over these tables, which no lake holds: all that its text reads, by name. Raises SqlError."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        for name, frame in tables.items():
            path = Path(folder) / f"{name}.parquet"
            frame.write_parquet(path)
            connection.execute(f"create schema if not exists {name.split('.')[0]}")
            connection.execute(f"create view {name} as from read_parquet({quote(str(path))})")
        return TABLES[view].conform(rows(connection, _text(view)))


def rows(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object] | None = None
) -> pl.DataFrame:
    """The rows of one statement; `parameters` are the values of its `$name`s. Raises SqlError."""
    try:
        relation = connection.sql(sql, params=parameters)
        found, columns = relation.fetchall(), relation.columns
    except duckdb.Error as error:
        raise SqlError(str(error)) from error
    return pl.DataFrame(found, schema=columns, orient="row", infer_schema_length=None)


def quote(text: str) -> str:
    """The text as a literal of SQL, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def made_from() -> str:
    """A hash of what the views are made from: `sql/`, the dictionary, the code. Times would not do: clocks are set back."""
    here = Path(__file__)
    code = [*here.parent.glob("dictionary/*.py"), *here.parent.glob("view*.py")]
    sources = sorted([*SQL_FOLDER.glob("*/*.sql"), *code])
    parts = (part for file in sources for part in (file.name.encode(), file.read_bytes()))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _text(name: str) -> str:
    return (SQL_FOLDER / f"{name.replace('.', '/')}.sql").read_text()
