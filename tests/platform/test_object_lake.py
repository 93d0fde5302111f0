"""The lake on a real S3 server: tables by SQL, replaced while they are read, larger than memory should hold, and out of reach."""

import multiprocessing
import socket
from itertools import count
from pathlib import Path

import duckdb
import polars as pl
import pytest

from shopcart_assets.platform import object_lake, views
from shopcart_assets.platform.lake import LakeError, open_lake
from shopcart_assets.platform.view_text import SqlError
from shopcart_assets.platform.warehouse import Warehouse
from tests.object_store import SECRET

DAY = "2026-10-01"
SUMS = "select count(*)::bigint as n, sum(n_events)::bigint as s, count(distinct fate) as fates from traffic.intake"


def opened(url: str, folder: Path) -> Warehouse:
    return Warehouse(open_lake(url, folder / "uploads"), folder / "warehouse.duckdb")


@pytest.fixture
def warehouse(s3: str, tmp_path: Path) -> Warehouse:
    return opened(s3, tmp_path)


def intake(n: int, value: int = 1) -> pl.DataFrame:
    return pl.DataFrame({"fate": [f"{value}_{i}" for i in range(n)], "n_events": [value] * n})


def test_what_is_written_is_read_and_asked_by_sql_without_building_the_views_again(warehouse: Warehouse) -> None:
    warehouse.write("traffic.intake", intake(2), day=DAY)
    built_at = warehouse.views.path.stat().st_mtime_ns
    warehouse.write("traffic.intake", intake(3), day="2026-10-02")
    assert warehouse.read("traffic.intake")["day"].value_counts(sort=True).rows() == [("2026-10-02", 3), (DAY, 2)]
    asked = warehouse.views.query("select day, count(*) as n from traffic.intake group by day order by day")
    assert asked.rows() == [(DAY, 2), ("2026-10-02", 3)]
    assert warehouse.views.path.stat().st_mtime_ns == built_at
    for day in (DAY, "2026-10-02"):
        warehouse.delete("traffic.intake", day=day)
    assert warehouse.views.query(SUMS)["n"].to_list() == [0]


def test_a_question_whose_partition_is_replaced_is_asked_again_and_never_mixes_two(warehouse: Warehouse) -> None:
    warehouse.write("traffic.intake", intake(2000, 1), day=DAY)
    asked: list[int] = []

    def question(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
        relation = connection.sql(SUMS)
        if not asked:
            warehouse.write("traffic.intake", intake(3000, 2), day=DAY)
        asked.append(1)
        try:
            (row,) = relation.fetchall()
        except duckdb.Error as error:
            raise SqlError(str(error)) from error
        return row

    assert warehouse.views.ask(question) == (3000, 6000, 3000)
    assert len(asked) == 2


def test_what_is_replaced_each_time_ends_in_one_line_that_says_so(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.write("traffic.intake", intake(2000, 0), day=DAY)
    values = count(1)

    def question(connection: duckdb.DuckDBPyConnection) -> None:
        relation = connection.sql(SUMS)
        warehouse.write("traffic.intake", intake(2000, next(values)), day=DAY)
        relation.fetchall()

    monkeypatch.setattr(views, "_PAUSES_SECONDS", (0, 0, None))
    with pytest.raises(SqlError, match=rf"^s3://.*/day={DAY}/part.parquet was replaced while it was read: ask again"):
        warehouse.views.ask(question)


def _rewrite(url: str, folder: Path, times: int) -> None:
    writer = opened(url, folder)
    for i in range(times):
        writer.write("traffic.intake", intake(5000 + i % 2, i % 2), day=DAY)


def test_readers_never_see_half_a_partition_while_it_is_rewritten(s3: str, tmp_path: Path) -> None:
    reader = opened(s3, tmp_path)
    _rewrite(s3, tmp_path, 1)
    writer = multiprocessing.get_context("spawn").Process(target=_rewrite, args=(s3, tmp_path / "other", 30))
    writer.start()
    seen = set()
    while writer.is_alive():
        seen.add(reader.views.query(SUMS).rows()[0])
    assert writer.exitcode == 0
    assert seen <= {(5000, 0, 5000), (5001, 5001, 5001)}


def test_an_object_that_memory_should_not_hold_is_a_file_that_leaves_nothing(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.write("traffic.intake", intake(2000), day=DAY)
    key = f"traffic/intake/day={DAY}/part.parquet"
    whole = warehouse.lake.open(key).read()
    monkeypatch.setattr(object_lake, "_SMALL_BYTES", 10)
    with warehouse.lake.open(key) as file:
        assert file.fileno() > 0 and file.read() == whole
    assert warehouse.read("traffic.intake", day=DAY).height == 2000
    doubled = warehouse.rewrite("traffic.intake", lambda rows: rows.with_columns(pl.col("n_events") * 2), day=DAY)
    assert doubled.n_rows == 2000 and warehouse.read("traffic.intake")["n_events"].sum() == 4000
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_store_that_refuses_or_does_not_answer_is_one_line_without_the_secret(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = open_lake(f"{s3[:-5]}-gone/shop", tmp_path)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        monkeypatch.setattr(object_lake, "_RETRY", {"max_retries": 1})
        silent = open_lake(s3, tmp_path)
        for lake in (missing, silent):
            with pytest.raises(LakeError, match=f"SHOPCART_LAKE={lake.url}: .*; look at AWS_ENDPOINT_URL") as refused:
                lake.keys("traffic/")
            assert "\n" not in str(refused.value) and SECRET not in str(refused.value)
            with pytest.raises(LakeError), lake.put("traffic/x") as path:
                path.write_text("x")
