"""The statements that make the views file: a view over each table's Parquet, those of `sql/`, the dictionary, all comments."""

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb
import polars as pl

from shopcart_assets.platform.dictionary import PARTITION_COLUMNS, STAGES, TABLES, Table
from shopcart_assets.platform.lake import Lake, LakeError
from shopcart_assets.platform.view_text import SQL_FOLDER, SqlError, header, made_from, quote, reads

_DUCKDB_TYPES = {
    pl.String(): "varchar",
    pl.List(pl.String()): "varchar[]",
    pl.Int64(): "bigint",
    pl.Float64(): "double",
    pl.Boolean(): "boolean",
    pl.Binary(): "blob",
    pl.Datetime("us", "UTC"): "timestamp with time zone",
}


def create_empty(connection: duckdb.DuckDBPyConnection) -> None:
    """Every view over a lake in which nothing is written, with comments. Raises SqlError for a bad file of `sql/`."""
    # One transaction: some six hundred statements that each reach the disk by themselves take ten times as long.
    connection.begin()
    for stage in STAGES:
        connection.execute(f"create schema {stage}")
    for table in (one for one in TABLES.values() if not one.is_view):
        connection.execute(f"create view {table.name} as {_without_rows(table)}")
        _comment(connection, table)
    connection.execute(_dictionary_view())
    connection.execute(f"comment on view dictionary is {quote(made_from())}")
    _create_sql_views(connection, sorted(SQL_FOLDER.glob("*/*.sql")))
    for table in (one for one in TABLES.values() if one.is_view):
        _comment(connection, table)
    connection.commit()


def show_written(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Views over the files of all tables that are written now, in place of empty ones. Raises LakeError for a damaged partition."""
    written = {".".join(key.split("/")[:2]) for stage in STAGES for key in lake.keys(f"{stage}/")}
    connection.begin()
    for table in (one for one in TABLES.values() if not one.is_view and one.name in written):
        connection.execute(f"create or replace view {table.name} as {_of_files(connection, table, lake)}")
        _comment(connection, table)
    connection.commit()


def _types(table: Table) -> dict[str, str]:
    """DuckDB's types of the table's columns, those of its partitions first."""
    partitions = dict.fromkeys(table.partitioned_by, "varchar")
    return partitions | {name: _DUCKDB_TYPES[dtype] for name, dtype in table.schema().items()}


def _without_rows(table: Table) -> str:
    nulls = ", ".join(f'null::{dtype} as "{name}"' for name, dtype in _types(table).items())
    return f"select {nulls} where false"


def _of_files(connection: duckdb.DuckDBPyConnection, table: Table, lake: Lake) -> str:
    """A select over the table's files, null where a column is younger than all of them."""
    types = _types(table)
    folder = table.name.replace(".", "/")
    files = "/".join((folder, *(f"{name}=*" for name in table.partitioned_by), "part.parquet"))
    stored = f"read_parquet({quote(lake.uri(files))}, hive_partitioning = true, hive_types_autocast = false, union_by_name = true)"
    # Found out beforehand: a union with typed nulls would do, but opens files once more, and meets them half replaced.
    try:
        there = {name for name, *_ in connection.execute(f"describe select * from {stored}").fetchall()}
    except duckdb.InvalidInputException as error:
        raise LakeError(f"a partition of {table.name} is damaged: materialize it again ({error})") from error
    columns = ", ".join(f'"{name}"' if name in there else f'null::{types[name]} as "{name}"' for name in types)
    return f"select {columns} from {stored}"


def _comment(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    told = " ".join((table.description, header(table.name))) if table.is_view else table.description
    connection.execute(f"comment on view {table.name} is {quote(told)}")
    described = {name: PARTITION_COLUMNS[name] for name in table.partitioned_by}
    described |= {column.name: column.description for column in table.columns}
    for name, description in described.items():
        connection.execute(f'comment on column {table.name}."{name}" is {quote(description)}')


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
        connection.execute(f"comment on view {name} is {quote(header(name))}")
