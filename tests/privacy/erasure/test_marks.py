"""Which pseudonyms must be gone: a user's own, on a page that stays too; not those that stand in what others did alone."""

import datetime as dt

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.tombstones import Tombstone
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.erasure.marks import placeholders
from shopcart_assets.privacy.erasure.plan import Plan

DAY = "2026-10-01"
STONE = Tombstone("erased-1", dt.datetime(2026, 10, 3, tzinfo=dt.UTC), None)


def test_a_pseudonym_of_the_user_on_a_page_that_stays_is_looked_for(warehouse: Warehouse) -> None:
    found = {
        "own": ["[NAME_0001]", "[NAME_0002]", "[NAME_0003]"],
        "shared": ["[NAME_0002]", "[NAME_0004]"],
        "foreign": ["[NAME_0003]"],
    }
    schema = table("privacy.findings").schema()
    rows = [
        {**dict.fromkeys(schema), "source": "page", "source_id": page, "ordinal": n, "placeholder": one}
        for page, placed in found.items()
        for n, one in enumerate(placed, 1)
    ]
    warehouse.write("privacy.findings", pl.DataFrame(rows, schema), day=DAY)
    plan = Plan("ann_lee", STONE, True, {}, {}, {DAY: ("own",)}, seen={DAY: ("own", "shared")})
    assert placeholders(warehouse, plan) == ["[NAME_0001]", "[NAME_0002]"]
