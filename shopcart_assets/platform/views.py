"""The SQL face of the lake: a small DuckDB file that holds schemas, views and comments, and no data.

Generated from the dictionary and from `sql/<schema>/<view>.sql`. Built aside and swapped in, so open readers keep theirs.
"""

import fcntl
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb
import polars as pl

from shopcart_assets.platform.dictionary import PARTITION_COLUMNS, STAGES, TABLES, Table
from shopcart_assets.platform.lake import Lake, ObjectLake

SQL_FOLDER = Path(__file__).parents[2] / "sql"
_DICTIONARY = Path(__file__).with_name("dictionary")
_OLDEST_READER = "v1.0.0"
"""The oldest DuckDB that opens the file. Other tools bring their own, which is often older than the one that writes here."""
_QUALIFIED = re.compile(rf"\b(?:{'|'.join(STAGES)})\.[a-z][a-z0-9_]*")

_DUCKDB_TYPES = {
    pl.String(): "varchar",
    pl.List(pl.String()): "varchar[]",
    pl.Int64(): "bigint",
    pl.Float64(): "double",
    pl.Boolean(): "boolean",
    pl.Binary(): "blob",
    pl.Datetime("us", "UTC"): "timestamp with time zone",
}


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
            connection.execute(f"create view {name} as from read_parquet({_quote(str(path))})")
        return TABLES[view].conform(_rows(connection, _text(view)))


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    try:
        relation = connection.sql(sql)
        rows, columns = relation.fetchall(), relation.columns
    except duckdb.Error as error:
        raise SqlError(str(error)) from error
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)


def _text(name: str) -> str:
    return (SQL_FOLDER / f"{name.replace('.', '/')}.sql").read_text()


def _made_from_at() -> float:
    """When the newest of what the views are made from was written: `sql/`, the dictionary, this module. An upgrade is newer."""
    sources = [*SQL_FOLDER.glob("*/*.sql"), *_DICTIONARY.glob("*.py"), Path(__file__)]
    return max(file.stat().st_mtime for file in sources)


class Views:
    """The views file of one lake."""

    def __init__(self, lake: Lake, path: Path) -> None:
        self.lake = lake
        self.path = path

    def refresh(self) -> Path:
        """Builds the file anew and swaps it in. Only one process builds at a time, so none puts back an older state."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with _locked(self.path.with_name(f".{self.path.name}.lock")):
            scratch.unlink(missing_ok=True)
            try:
                with duckdb.connect(
                    str(scratch), config={"storage_compatibility_version": _OLDEST_READER}
                ) as connection:
                    self._register(connection)
                    self._create(connection)
                scratch.replace(self.path)
            finally:
                scratch.unlink(missing_ok=True)
        return self.path

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection, for as many processes at once as like. Times are shown in UTC.

        A file that is older than the views' own text is built anew first.
        """
        if not self.path.exists() or self.path.stat().st_mtime < _made_from_at():
            self.refresh()
        with duckdb.connect(str(self.path), read_only=True) as connection:
            self._register(connection)
            connection.execute("set timezone = 'UTC'")
            yield connection

    def query(self, sql: str) -> pl.DataFrame:
        """The rows of one statement. Raises SqlError."""
        with self.connect() as connection:
            return _rows(connection, sql)

    def _register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """DuckDB's own s3 reader is a download; the lake's client serves it as a file system instead."""
        if isinstance(self.lake, ObjectLake):
            from obstore.fsspec import FsspecStore

            connection.register_filesystem(FsspecStore("s3"))

    def _create(self, connection: duckdb.DuckDBPyConnection) -> None:
        # One transaction: some six hundred statements that each reach the disk by themselves take ten times as long.
        connection.begin()
        for stage in STAGES:
            connection.execute(f"create schema if not exists {stage}")
        for table in (one for one in TABLES.values() if not one.is_view):
            connection.execute(_table_view(connection, table, self.lake))
            _comment(connection, table)
        connection.execute(_dictionary_view())
        _create_sql_views(connection, sorted(SQL_FOLDER.glob("*/*.sql")))
        for table in (one for one in TABLES.values() if one.is_view):
            _comment(connection, table)
        connection.commit()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _table_view(connection: duckdb.DuckDBPyConnection, table: Table, lake: Lake) -> str:
    """`create view` over the table's files, null where a column is younger than all of them; without files, a typed view without rows."""
    types = dict.fromkeys(table.partitioned_by, "varchar")
    types |= {name: _DUCKDB_TYPES[dtype] for name, dtype in table.schema().items()}
    folder = table.name.replace(".", "/")
    files = lake.keys(folder + "/")
    if not files:
        nulls = ", ".join(f'null::{dtype} as "{name}"' for name, dtype in types.items())
        return f"create view {table.name} as select {nulls} where false"
    if lake.can_glob:
        files = ["/".join((folder, *(f"{name}=*" for name in table.partitioned_by), "part.parquet"))]
    listed = ", ".join(_quote(lake.uri(file)) for file in files)
    stored = f"read_parquet([{listed}], hive_partitioning = true, hive_types_autocast = false, union_by_name = true)"
    # Found out beforehand: a union with typed nulls would do, but opens files once more, and meets them half replaced.
    there = {name for name, *_ in connection.execute(f"describe select * from {stored}").fetchall()}
    columns = ", ".join(f'"{name}"' if name in there else f'null::{types[name]} as "{name}"' for name in types)
    return f"create view {table.name} as select {columns} from {stored}"


def _comment(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    told = " ".join((table.description, header(table.name))) if table.is_view else table.description
    connection.execute(f"comment on view {table.name} is {_quote(told)}")
    described = {name: PARTITION_COLUMNS[name] for name in table.partitioned_by}
    described |= {column.name: column.description for column in table.columns}
    for name, description in described.items():
        connection.execute(f'comment on column {table.name}."{name}" is {_quote(description)}')


def _dictionary_view() -> str:
    """`select * from dictionary`: every table and column with its meaning, and every view of `sql/` with its header."""
    return """
        create view dictionary as
        select v.schema_name || '.' || v.view_name as "table", column_name as "column", lower(data_type) as "type",
               c.comment as description, v.comment as table_description
        from duckdb_views() v join duckdb_columns() c
          on c.schema_name = v.schema_name and c.table_name = v.view_name
        where not v.internal and v.schema_name <> 'main'
        order by "table", c.column_index
    """


def _create_sql_views(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> None:
    """Each file is one select. A view may stand on other views, which come first: one error would end the transaction."""
    by_name = {f"{file.parent.name}.{file.stem}": file for file in files if file.parent.name in STAGES}
    try:
        order = list(
            TopologicalSorter({name: sorted(by_name.keys() & set(reads(name))) for name in by_name}).static_order()
        )
    except CycleError as error:
        raise SqlError(f"views that read each other: {', '.join(error.args[1])}") from error
    for name in order:
        try:
            connection.execute(f"create view {name} as {by_name[name].read_text()}")
        except duckdb.Error as error:
            raise SqlError(f"{by_name[name]}: {error}") from error
        connection.execute(f"comment on view {name} is {_quote(header(name))}")
