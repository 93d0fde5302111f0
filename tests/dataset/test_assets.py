"""The stage's assets on a small lake, and its checks."""

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.dataset.checks import CHECKS
from shopcart_assets.dataset.definitions import ASSETS
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.dictionary import TABLES
from tests.dataset.test_admit import BUY, LEAVE, LOOK, SEARCH, actions

DAY, GENERATOR = "2026-10-01", "tiny-random"


def filled(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the table's other columns null."""
    schema = TABLES[table].schema()
    return frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns
    )


@pytest.fixture
def day(platform: Platform) -> pl.DataFrame:
    sessions = {f"s{i}": [SEARCH, LOOK, BUY if i % 3 else LEAVE] for i in range(12)}
    frame = actions(**sessions, bad=[LOOK, LEAVE]).with_columns(user_id=pl.col("session_id"))
    contexts = pl.DataFrame({"page_id": ["p1", "p2"], "html": ["<html>one</html>", "<html>two</html>"]})
    rationales = frame.select("session_id", "step", pl.lit("I look.").alias("rationale"))
    platform.warehouse.write("context.actions", filled("context.actions", frame), day=DAY)
    platform.warehouse.write("context.contexts", filled("context.contexts", contexts), day=DAY)
    platform.warehouse.write(
        "reasoning.rationales", filled("reasoning.rationales", rationales), day=DAY, generator=GENERATOR
    )
    platform.warehouse.write(
        "reasoning.quarantine", TABLES["reasoning.quarantine"].empty(), day=DAY, generator=GENERATOR
    )
    return frame


def run(platform: Platform) -> list[dg.AssetCheckEvaluation]:
    reasoned = [one for one in CHECKS if {key.asset_key for key in one.check_keys} == {ASSETS[1].key}]
    of_days = [one for one in CHECKS if one not in reasoned]
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("generators", [GENERATOR])
        first = dg.materialize(
            [ASSETS[0], *of_days], resources={"platform": platform}, partition_key=DAY, instance=instance
        )
        key = dg.MultiPartitionKey({"day": DAY, "generator": GENERATOR})
        second = dg.materialize(
            [ASSETS[1], *reasoned], resources={"platform": platform}, partition_key=key, instance=instance
        )
    return [*first.get_asset_check_evaluations(), *second.get_asset_check_evaluations()]


def test_a_day_becomes_a_benchmark_and_all_checks_hold(platform: Platform, day: pl.DataFrame) -> None:
    evaluations = run(platform)
    assert [one.check_name for one in evaluations if not one.passed] == []
    assert len(evaluations) == len(CHECKS)
    read = platform.warehouse.read
    assert read("dataset.refused")["session_id"].to_list() == ["bad"]
    sides = read("dataset.splits")["split"].value_counts()
    assert sides["count"].sum() == 12 and sides.height == 2
    assert read("dataset.conversations_reasoning", day=DAY, generator=GENERATOR).height == 12
    assert read("dataset.cases").height == 2 * (read("dataset.splits")["split"] == "test").sum()


def test_equal_inputs_give_byte_equal_tables(platform: Platform, day: pl.DataFrame) -> None:
    tables = ("dataset.splits", "dataset.cases", "dataset.conversations_action_only")
    run(platform)
    first = [platform.warehouse.read(table) for table in tables]
    run(platform)
    assert all(platform.warehouse.read(table).equals(frame) for table, frame in zip(tables, first, strict=True))
