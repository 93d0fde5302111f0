"""Answers of queries in every form: nothing lost, and readable by what reads such files."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import polars as pl
import pytest

from shopcart_assets.platform.export import FORMATS, Format, boxed, export
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.view_text import SqlError
from shopcart_assets.platform.warehouse import Warehouse

EVERYTHING = """
    select 1.5 as "decimal", 'nan'::double as "nan", '-inf'::double as "inf", true as "bool", [1, null] as "list",
           {'day': date '2026-01-02'} as "struct", '\\xC3\\xA4\\xFF'::blob as "blob", null as "null", 'ä,"b' || chr(10) as "text",
           1 as "same", 2 as "same", (2::hugeint ^ 60)::hugeint as "huge"
"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """One empty lake for all: nothing here writes."""
    folder = tmp_path_factory.mktemp("export")
    return Warehouse(open_lake(str(folder / "lake"), folder), folder / "warehouse.duckdb")


def asked(warehouse: Warehouse, sql: str, form: Format) -> bytes:
    stream = io.BytesIO()
    export(warehouse.views, sql, form, stream)
    return stream.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_what_goes_on_meanwhile_has_ended_when_rows_are_written(warehouse: Warehouse, form: Format) -> None:
    stream, seen = io.BytesIO(), list[bytes]()

    @contextmanager
    def meanwhile() -> Iterator[None]:
        seen.append(b"begun")
        yield
        seen.append(stream.getvalue())

    export(warehouse.views, "select 1 as one", form, stream, meanwhile=meanwhile)
    assert seen == [b"begun", b""] and stream.getvalue()


def test_json_is_json_for_every_type_and_no_column_is_lost(warehouse: Warehouse) -> None:
    def refuse(constant: str) -> Any:
        raise AssertionError(f"{constant} is not JSON")

    rows = json.loads(asked(warehouse, EVERYTHING, "json"), parse_constant=refuse)
    assert rows == [
        {
            "decimal": 1.5,
            "nan": None,
            "inf": None,
            "bool": True,
            "list": [1, None],
            "struct": {"day": "2026-01-02"},
            "blob": "ä\\xff",
            "null": None,
            "text": 'ä,"b\n',
            "same": 1,
            "same_1": 2,
            "huge": 2**60,
        }
    ]


def test_csv_and_parquet_are_read_back(warehouse: Warehouse) -> None:
    sql = """select 'ä,"b' || chr(10) as text, 0.1::double as x, null::bigint as n, 1 as same, 2 as same"""
    expected = [('ä,"b\n', 0.1, None, 1, 2)]
    for form in ("csv", "parquet"):
        frame = {"csv": pl.read_csv, "parquet": pl.read_parquet}[form](io.BytesIO(asked(warehouse, sql, form)))  # type: ignore[operator]
        assert frame.rows() == expected
        assert frame.columns == ["text", "x", "n", "same", "same_1"]


@pytest.mark.parametrize("form", ["table", "csv", "json", "parquet"])
def test_no_rows_are_still_an_answer(warehouse: Warehouse, form: Format) -> None:
    answer = asked(warehouse, "from evaluation.leaderboard", form)
    assert answer and (form != "json" or json.loads(answer) == [])
    assert form != "parquet" or pl.read_parquet(io.BytesIO(answer)).is_empty()


def test_a_table_says_where_it_was_cut(warehouse: Warehouse) -> None:
    assert (
        asked(warehouse, "from range(201)", "table")
        .decode()
        .endswith("(200 rows)\n… more than 200 rows: ask with --format csv, or add a limit\n")
    )
    assert asked(warehouse, "from range(201)", "csv").decode().count("\n") == 202


def test_a_table_shows_no_control_characters_and_fits() -> None:
    shown = boxed(["a", "b"], [("\x1b[31mred\n" * 9, 1.23456789)], 40)
    assert "\x1b" not in shown and max(map(len, shown.splitlines())) <= 40 and "1.235" in shown


def test_several_statements_at_once_answer_the_last_and_nothing_is_refused_in_silence(warehouse: Warehouse) -> None:
    assert json.loads(asked(warehouse, "select 1 as a; select 2 as a;", "json")) == [{"a": 2}]
    for sql in ("", "-- nothing", "create table traffic.mine (a int)"):
        with pytest.raises(SqlError):
            asked(warehouse, sql, "csv")
    with warehouse.views.connect() as connection, pytest.raises(duckdb.Error):
        connection.sql("from traffic.mine")
