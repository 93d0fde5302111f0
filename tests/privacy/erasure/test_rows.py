"""No table is forgotten: a row of the user goes from each that the dictionary has, and another user's row stays as it is."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import TABLES, Table
from shopcart_assets.platform.tombstones import Tombstone
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.erasure.plan import Plan
from shopcart_assets.privacy.erasure.proof import left_in_tables
from shopcart_assets.privacy.erasure.rows import erase_rows, named_in_text, removals

DAY = "2026-10-01"
AT = dt.datetime(2026, 10, 3, tzinfo=dt.UTC)
STONE = Tombstone("erased-1", AT, None)
PLAN = Plan("ann_lee", STONE, True, {DAY: ("s_ann",)}, {DAY: ("e_ann",)}, {DAY: ("p_ann",)})
OF_PERSONS = [table for table in TABLES.values() if table.persons()]


def _row(table: Table, name: str) -> dict[str, Any]:
    user = {"ann": "ann_lee", "bob": "bob_ray"}[name]
    ids = {"user_id": user, "session_id": f"s_{name}", "event_id": f"e_{name}", "page_id": f"p_{name}"}
    row: dict[str, Any] = dict.fromkeys(table.schema())
    for column, held in table.persons().items():
        row[column] = ids[held[-1]] if held else f'{{"user_id": "{user}", "cut o'
    return row | ({"effective_at": AT} if "effective_at" in row else {})


@pytest.mark.parametrize("table", OF_PERSONS, ids=lambda table: table.name)
def test_the_user_s_row_goes_and_another_s_stays(warehouse: Warehouse, table: Table) -> None:
    keys = {"day": DAY, "generator": "g", "policy": "p", "experiment": "e", "round": "2026-W48"}
    partition = {name: keys[name] for name in table.partitioned_by}
    rows = pl.DataFrame([_row(table, "ann"), _row(table, "bob")], table.schema())
    warehouse.write(table.name, rows, **partition)
    before = warehouse.read(table.name)
    (one,) = removals(warehouse, PLAN)
    assert (one.table, one.n_rows) == (table.name, 1)
    erase_rows(warehouse, PLAN)
    assert list(removals(warehouse, PLAN)) == [] and not any(left_in_tables(warehouse, PLAN).values())
    after = warehouse.read(table.name)
    if table.name == "traffic.quarantine":
        assert after["raw"].to_list() == [None, before["raw"][1]]
    else:
        assert after.join(before, on=after.columns, how="semi", nulls_equal=True).equals(before.slice(1))
        assert after.height == 1 + (table.name == "traffic.consent")


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ('"user_id": "u.7", "x"', True),
        ("u.7", True),
        ("see u.7@2026-10-01.1", True),
        ("uX7", False),
        ("u.78", False),
        (r'"user_id": "caf\u00e9"', True),
        ('"user_id": "café"', True),
    ],
)
def test_an_id_is_found_as_a_whole_word_in_whatever_way_it_is_written(text: str, is_named: bool) -> None:
    assert pl.Series([text]).str.contains(named_in_text(["u.7", "café"])).to_list() == [is_named]
