"""What was made from a user's sessions: pseudonyms, also on a page that stays but not in what others did alone; checkpoints."""

import datetime as dt
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.tombstones import Tombstone
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.erasure.marks import marks, placeholders
from shopcart_assets.privacy.erasure.plan import Mark, Plan, Removal

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


def test_every_arm_that_learned_from_the_user_is_marked(warehouse: Warehouse, tmp_path: Path) -> None:
    schema = table("training.checkpoints").schema()
    for arm in ("action_only", "reasoning", "think"):
        run = dict.fromkeys(schema) | {"arm": arm, "generator": None if arm == "action_only" else "g"}
        warehouse.write("training.checkpoints", pl.DataFrame([run], schema), experiment=arm)
    name, partition = "dataset.conversations_reasoning", {"day": DAY, "generator": "g"}
    schema = table(name).schema()
    told = dict.fromkeys(schema) | {"session_id": "s1", "user_id": "ann_lee", "split": "train"}
    warehouse.write(name, pl.DataFrame([told], schema), **partition)
    plan = Plan("ann_lee", STONE, True, {DAY: ("s1",)}, {}, {})
    found = list(marks(warehouse, tmp_path, plan, [Removal(name, f"day={DAY}/generator=g/", 1)]))
    assert found == [Mark("checkpoint", "reasoning", None, 1), Mark("checkpoint", "think", None, 1)]
