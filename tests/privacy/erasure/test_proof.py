"""What the proof would find, planted: ids as whole words in any text, pseudonyms in any form, in tables, objects and files."""

import datetime as dt
import io
import json
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.tombstones import Tombstone
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.erasure.plan import Plan
from shopcart_assets.privacy.erasure.proof import Needles, left_in_files, left_in_tables

DAY = "2026-10-01"
STONE = Tombstone("erased-1", dt.datetime(2026, 10, 3, tzinfo=dt.UTC), None)
PLAN = Plan("ann_lee", STONE, True, {DAY: ("s-0001", "s2")}, {}, {}, ("[NAME_00AF]",))

FOUND = (
    "ann_lee",
    "x ann_lee.",
    '{"about": ["s-0001"]}',
    "s-0001-07",
    "[NAME_00AF]",
    "cards.name_00af.buy",
    "NAME_00af",
)
NOT_FOUND = ("joann_lee2", "s-00012", "s2", "[NAME_00AE]", "name_00af1", "Ann Lee", "")


@pytest.mark.parametrize("text", [*FOUND, *NOT_FOUND])
def test_words_and_pseudonyms_in_a_text_and_in_bytes(text: str) -> None:
    needles, is_found = Needles.of(PLAN), text in FOUND
    frame = pl.DataFrame({"text": [text, None]})
    assert frame.select(needles.in_text(pl.col("text"))).to_series().to_list() == [is_found, False]
    assert needles.in_bytes(text.encode()) is is_found
    assert needles.in_file(io.BytesIO(b"-" * (16 * 2**20 - 3) + b" " + text.encode())) is is_found
    assert Needles.of(Plan("b", STONE, True, {}, {}, {})).in_bytes(text.encode()) is False


def test_a_database_s_file_may_have_any_byte_beside_an_id() -> None:
    needles = Needles.of(PLAN)
    assert needles.in_bytes(b"7ann_lee7", inside_words=True) and not needles.in_bytes(b"7ann_lee7")


@pytest.mark.parametrize("table", [name for name, one in TABLES.items() if not one.no_person])
def test_a_planted_row_is_found_in_every_table_that_leads_to_persons(warehouse: Warehouse, table: str) -> None:
    schema, keys = (
        TABLES[table].schema(),
        {"day": DAY, "generator": "g", "policy": "p", "experiment": "e", "round": "2026-W48"},
    )
    partition = {name: keys[name] for name in TABLES[table].partitioned_by}
    for column, dtype in schema.items():
        if dtype not in (pl.String(), pl.Binary()):
            continue
        value = "see ann_lee" if dtype == pl.String() else b"see ann_lee"
        rows = pl.DataFrame([dict.fromkeys(schema), dict.fromkeys(schema) | {column: value}], schema)
        warehouse.write(table, rows, **partition)
        left = left_in_tables(warehouse, PLAN)
        assert {name: n for name, n in left.items() if n} == {table: 1}, column


def test_files_and_objects_beside_the_tables_are_searched(warehouse: Warehouse, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with warehouse.lake.put("ledger/ab/abc.json") as path:
        path.write_text(json.dumps({"about": ["s-0001"]}))
    with warehouse.lake.put("ledger/ab/other.json") as path:
        path.write_text(json.dumps({"about": ["s-0002"]}))
    for name in (
        "consent/k/0.parquet",
        "work/complete/x/requests.jsonl",
        "dagster/storage/index.db",
        "report/report.html",
    ):
        (state / name).parent.mkdir(parents=True)
        (state / name).write_bytes(b"..ann_lee..")
    pl.DataFrame({"user_id": ["ann_lee"] * 3, "n": [1, 2, 3]}).write_parquet(state / "consent/k/0.parquet")
    pl.DataFrame({"user_id": ["bob_ray"]}).write_parquet(state / "consent/k/1.parquet")
    assert set(left_in_files(warehouse.lake, state, PLAN)) == {
        "ledger/ab/abc.json",
        "consent/k/0.parquet",
        "work/complete/x/requests.jsonl",
        "dagster/storage/index.db",
        "report/report.html",
    }
