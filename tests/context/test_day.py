"""A day in batches: the same rows whatever the batches, the engine and where the rows wait."""

from functools import partial
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.context.day import SimplifiedDay, simplify_day
from shopcart_assets.platform import page_batches
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.engine import LocalEngine
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.traffic.spool import Spool
from tests.context.days import BUYS, FADES, LEAVES, PAGES, events

EVENTS = events(a=BUYS, b=LEAVES, c=FADES)
MANY = pl.concat([PAGES, *(PAGES.with_columns(page_id=pl.col("page_id") + f"-{n}") for n in range(4))])


def tables(day: SimplifiedDay) -> dict[str, pl.DataFrame]:
    return {name: rows.collect() for name, rows in day.tables(EVENTS).items()}


def test_a_day_s_tables_do_not_depend_on_batches_engine_and_spool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tables(simplify_day([MANY], EVENTS, 5_500))
    assert whole["context.contexts"]["page_id"].to_list() == MANY["page_id"].to_list()
    monkeypatch.setattr(page_batches.gathered, "__defaults__", (100,))
    by_row = [MANY.slice(at, 1) for at in range(MANY.height)]
    spooled = partial(Spool, tmp_path)
    cut = simplify_day(by_row, EVENTS, 5_500, LocalEngine(2), spooled)
    assert len(list((tmp_path).glob("*/*.parquet"))) > 8, "the day was not cut into batches"
    for name, rows in tables(cut).items():
        assert rows.equals(whole[name]) and rows.schema == TABLES[name].schema(), name


def test_the_lake_s_files_are_equal_byte_by_byte(tmp_path: Path, warehouse: Warehouse) -> None:
    files = []
    for cut in (MANY.height, 3):
        frames = [MANY.slice(at, cut) for at in range(0, MANY.height, cut)]
        day = simplify_day(frames, EVENTS, 5_500, frames=partial(Spool, tmp_path))
        for name, rows in day.tables(EVENTS).items():
            warehouse.write(name, rows, day="2026-10-01")
        files.append({path: path.read_bytes() for path in sorted(Path(warehouse.lake.url).rglob("part.parquet"))})
    assert files[0] == files[1] and len(files[0]) == 6


def test_a_day_without_pages_gives_typed_empty_frames() -> None:
    for name, rows in tables(simplify_day([], EVENTS, 5_500)).items():
        assert rows.schema == TABLES[name].schema()
