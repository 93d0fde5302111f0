"""Partitions land whole, are read by many, and are what SQL sees."""

import multiprocessing
import os
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import TABLES, Column, DictionaryError, Table
from shopcart_assets.platform.lake import LakeError, open_lake
from shopcart_assets.platform.view_text import SqlError
from shopcart_assets.platform.warehouse import MissingPartition, Warehouse

DAY = "2026-10-01"


def intake(n: int) -> pl.DataFrame:
    return pl.DataFrame({"fate": [f"ignored_{i}" for i in range(n)], "n_events": list(range(n))})


def test_what_was_written_is_read_with_its_partition(warehouse: Warehouse) -> None:
    written = warehouse.write("traffic.intake", intake(3), day=DAY)
    assert (written.n_rows, written.partition) == (3, {"day": DAY})
    assert warehouse.read("traffic.intake", day=DAY).equals(intake(3).with_columns(pl.lit(DAY).alias("day")))


def test_columns_that_nobody_looks_at_are_left_out(warehouse: Warehouse) -> None:
    assert warehouse.read_but("traffic.intake", ["fate", "of_another_table"]).columns == ["n_events", "day"]
    warehouse.write("traffic.intake", intake(3), day=DAY)
    warehouse.write("traffic.intake", intake(1), day="2026-10-02")
    assert warehouse.read_but("traffic.intake", ["fate", "of_another_table"]).rows() == [
        *((n, DAY) for n in range(3)),
        (0, "2026-10-02"),
    ]
    with pytest.raises(MissingPartition):
        warehouse.read_but("traffic.intake", ["fate"], day="2026-10-03")


def test_rewriting_a_partition_replaces_it_and_no_other(warehouse: Warehouse) -> None:
    warehouse.write("traffic.intake", intake(3), day=DAY)
    warehouse.write("traffic.intake", intake(5), day="2026-10-02")
    warehouse.write("traffic.intake", intake(1), day=DAY)
    assert warehouse.read("traffic.intake").group_by("day").len().sort("day")["len"].to_list() == [1, 5]
    assert warehouse.partitions("traffic.intake") == [{"day": DAY}, {"day": "2026-10-02"}]


def test_a_day_without_rows_is_a_typed_file(warehouse: Warehouse) -> None:
    warehouse.write("traffic.intake", intake(0), day=DAY)
    assert warehouse.exists("traffic.intake", day=DAY)
    assert warehouse.read("traffic.intake", day=DAY).schema["n_events"] == pl.Int64()


def test_a_column_that_is_younger_than_every_file_is_null(warehouse: Warehouse) -> None:
    written = warehouse.write("traffic.intake", intake(2), day=DAY)
    file = Path(warehouse.lake.uri(f"{written.table.replace('.', '/')}/day={DAY}/part.parquet"))
    intake(2).drop("n_events").write_parquet(file)
    warehouse.views.refresh()
    read = warehouse.views.query("select day, fate, n_events from traffic.intake where day = '2026-10-01'")
    assert read.rows() == [(DAY, "ignored_0", None), (DAY, "ignored_1", None)]
    assert warehouse.read("traffic.intake", day=DAY)["n_events"].to_list() == [None, None]


def test_views_of_another_text_are_built_anew_whatever_the_clock_says(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.write("traffic.intake", intake(2), day=DAY)
    for seconds in (0, 2_000_000_000, 4_000_000_000):
        os.utime(warehouse.views.path, (seconds, seconds))
        warehouse.views.query("select 1")
        assert warehouse.views.path.stat().st_mtime == seconds, "what was made from this text is left alone"
    monkeypatch.setattr("shopcart_assets.platform.views.made_from", lambda: "an upgrade")
    assert warehouse.views.query("select count(*) as n from traffic.intake")["n"][0] == 2
    assert warehouse.views.path.stat().st_mtime < 4_000_000_000


def test_damaged_views_are_built_anew(warehouse: Warehouse) -> None:
    warehouse.write("traffic.intake", intake(2), day=DAY)
    warehouse.views.path.write_bytes(warehouse.views.path.read_bytes()[:5_000])
    assert warehouse.views.query("select count(*) as n from traffic.intake")["n"][0] == 2


def test_what_a_killed_process_put_in_place_is_shown_once_it_is_written_again(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.views.refresh()
    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(warehouse.views, "refresh", _die)
        warehouse.write("traffic.intake", intake(2), day=DAY)
    asked = "select count(*) as n from traffic.intake"
    assert warehouse.exists("traffic.intake", day=DAY) and warehouse.views.query(asked)["n"][0] == 0
    warehouse.write("traffic.intake", intake(2), day=DAY)
    assert warehouse.views.query(asked)["n"][0] == 2
    assert [path.name for path in warehouse.views.path.parent.glob(".*owed*")] == []


def _die() -> None:
    raise KeyboardInterrupt


def test_a_missing_partition_says_what_to_do(warehouse: Warehouse) -> None:
    with pytest.raises(
        MissingPartition, match=r"traffic\.intake has no partition day=2026-10-01: materialize it first"
    ):
        warehouse.read("traffic.intake", day=DAY)
    assert warehouse.read("traffic.intake").is_empty()


def test_columns_are_the_dictionarys_and_values_stay_out_of_the_error(warehouse: Warehouse) -> None:
    with pytest.raises(DictionaryError, match=r"missing columns \['n_events'\], columns not in the dictionary \['n'\]"):
        warehouse.write("traffic.intake", intake(1).rename({"n_events": "n"}), day=DAY)
    with pytest.raises(DictionaryError) as error:
        warehouse.write("traffic.intake", pl.DataFrame({"fate": ["read"], "n_events": ["ada@example.org"]}), day=DAY)
    assert "ada@example.org" not in str(error.value) and "n_events" in str(error.value)


def test_every_table_can_be_asked_by_sql_before_it_has_data(warehouse: Warehouse) -> None:
    for name, table in TABLES.items():
        frame = warehouse.views.query(f"select * from {name}")
        assert frame.columns == [*table.partitioned_by, *table.schema().names()]


def test_a_lake_of_an_older_version_is_still_asked_and_written(warehouse: Warehouse) -> None:
    path = Path(warehouse.lake.url) / "evaluation/verdicts/policy=old/part.parquet"
    path.parent.mkdir(parents=True)
    pl.DataFrame({"session_id": ["s"], "is_exact": [True]}).write_parquet(path)
    warehouse.write("traffic.intake", intake(1), day=DAY)
    found = warehouse.views.query("select policy, session_id, is_exact, rank from evaluation.verdicts")
    assert found.rows() == [("old", "s", True, None)]


def test_sql_sees_the_first_partition_at_once_with_comments(warehouse: Warehouse) -> None:
    warehouse.write("traffic.intake", intake(4), day=DAY)
    assert warehouse.views.query("select day, sum(n_events)::bigint as n from traffic.intake group by day").rows() == [
        (DAY, 6)
    ]
    described = warehouse.views.query(
        """select description from dictionary where "table" = 'traffic.intake' and "column" = 'n_events'"""
    )
    assert described.rows() == [("events",)]
    with pytest.raises(SqlError, match="no_such_table"):
        warehouse.views.query("select * from no_such_table")


def test_a_tool_with_an_older_duckdb_opens_the_file(warehouse: Warehouse) -> None:
    with warehouse.views.connect() as connection:
        (tags,) = connection.execute("select tags from duckdb_databases() where path is not null").fetchall()[0]
    assert tags["storage_version"].startswith("v1.0.0")


def _rewrite(folder: str, times: int) -> None:
    writer = Warehouse(open_lake(folder, Path(folder)), Path(folder) / "warehouse.duckdb")
    for i in range(times):
        writer.write("traffic.intake", intake(50 + i % 2), day=DAY)


def test_readers_never_see_half_a_partition_while_it_is_rewritten(warehouse: Warehouse) -> None:
    _rewrite(warehouse.lake.url, 1)
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_rewrite, args=(warehouse.lake.url, 60)) for _ in range(2)]
    for writer in writers:
        writer.start()
    counts = set()
    while any(writer.is_alive() for writer in writers):
        counts.add(warehouse.views.query("select count(*)::bigint as n from traffic.intake")["n"][0])
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert counts <= {50, 51}


def test_a_full_disk_is_one_clear_line_and_the_old_partition_stays(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.write("traffic.intake", intake(3), day=DAY)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(LakeError, match="no space left under .*: free some and run again"):
        warehouse.write("traffic.intake", intake(9), day=DAY)
    assert warehouse.read("traffic.intake", day=DAY).height == 3
    assert list(Path(warehouse.lake.url).rglob(".part*")) == []


def test_a_lazy_frame_is_streamed_into_the_same_rows_and_a_wrong_one_is_refused(warehouse: Warehouse) -> None:
    warehouse.write("traffic.intake", intake(3), day=DAY)
    before = warehouse.read("traffic.intake", day=DAY)
    assert warehouse.write("traffic.intake", intake(3).lazy(), day=DAY).n_rows == 3
    assert warehouse.read("traffic.intake", day=DAY).equals(before)
    for wrong in (intake(3).lazy().with_columns(pl.col("n_events").cast(pl.Int8())), intake(3).lazy().drop("fate")):
        with pytest.raises(DictionaryError):
            warehouse.write("traffic.intake", wrong, day=DAY)


def test_a_partition_is_rewritten_from_its_own_rows_and_deleted(warehouse: Warehouse) -> None:
    warehouse.write("traffic.intake", intake(5), day=DAY)
    written = warehouse.rewrite("traffic.intake", lambda rows: rows.filter(pl.col("n_events") > 2), day=DAY)
    assert (written.n_rows, warehouse.read_columns("traffic.intake", ["n_events"], day=DAY).rows()) == (2, [(3,), (4,)])
    with pytest.raises(FileNotFoundError):
        warehouse.rewrite("traffic.intake", lambda rows: rows, day="2026-10-02")
    warehouse.delete("traffic.intake", day=DAY)
    warehouse.delete("traffic.intake", day=DAY)
    assert not warehouse.exists("traffic.intake", day=DAY)
    assert warehouse.views.query("select count(*) as n from traffic.intake")["n"].to_list() == [0]


def test_pages_come_a_few_at_a_time_in_order(warehouse: Warehouse) -> None:
    page_ids = [f"{n:03d}" for n in range(40)]
    frame = pl.DataFrame({"page_id": page_ids, "url": "u", "html": b"<p>", "format": "raw"})
    warehouse.write("traffic.pages", frame.lazy(), day=DAY)
    frames = list(warehouse.pages("traffic.pages", day=DAY))
    assert [one.height for one in frames] == [16, 16, 8] and pl.concat(frames)["page_id"].to_list() == page_ids
    with pytest.raises(FileNotFoundError):
        next(warehouse.pages("traffic.pages", day="2026-10-02"))


def test_a_view_is_read_like_a_table_and_never_written(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = tuple(Column(name, dtype, name) for name, dtype in {"day": pl.String(), "n": pl.Int64()}.items())
    view = Table("traffic.funnel", "One row for each fate.", columns, no_person="counts", is_view=True)
    warehouse.write("traffic.intake", intake(3), day=DAY)
    monkeypatch.setattr("shopcart_assets.platform.warehouse.lookup", lambda _: view)
    monkeypatch.setattr(warehouse.views, "query", lambda _: pl.DataFrame({"day": [DAY, "x"], "n": [1, 2]}))
    assert warehouse.read("traffic.funnel", day=DAY).rows() == [(DAY, 1)]
    assert warehouse.partitions("traffic.funnel") == []
    with pytest.raises(DictionaryError, match="is a view"):
        warehouse.write("traffic.funnel", view.empty())
