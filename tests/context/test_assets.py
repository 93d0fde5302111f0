"""The stage's assets and checks on a small lake, and on the real-page drop where it is at hand."""

import json
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.context.actions import actions_of_day
from shopcart_assets.context.checks import CHECKS
from shopcart_assets.context.definitions import ASSETS
from shopcart_assets.context.summary import resolution_shares, share_resolved
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.privacy.pseudonyms import without_numbers
from tests.context.days import BUYS, FADES, LEAVES, PAGES, event, events, rows, simplified

DAY = "2026-10-01"


def run(platform: Platform, pages: pl.DataFrame, day: pl.DataFrame) -> dg.ExecuteInProcessResult:
    platform.warehouse.write("privacy.pages", pages, day=DAY)
    platform.warehouse.write("privacy.events", day, day=DAY)
    return dg.materialize([*ASSETS, *CHECKS], resources={"platform": platform}, partition_key=DAY, raise_on_error=False)


def failed(result: dg.ExecuteInProcessResult) -> set[str]:
    return {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}


def test_a_day_is_materialized_and_all_checks_hold(platform: Platform) -> None:
    result = run(platform, PAGES, events(a=BUYS, b=LEAVES, c=FADES))
    assert result.success and failed(result) == set()
    assert len(result.get_asset_check_evaluations()) == len(CHECKS)
    metadata = {
        one.asset_key.path[-1]: one.metadata
        for one in result.asset_materializations_for_node("simplified")
        if one.asset_key
    }
    assert metadata["actions"]["share_resolved"].value == 1.0 and metadata["contexts"]["dagster/row_count"].value == 2
    example = str(metadata["contexts"]["example"].value)
    assert example.startswith("```\n<html>") and example.endswith("\n```") and without_numbers(example) == example
    again = platform.warehouse.read("context.actions", day=DAY)
    run(platform, PAGES, events(a=BUYS, b=LEAVES, c=FADES))
    assert platform.warehouse.read("context.actions", day=DAY).equals(again)


def test_too_many_unresolved_targets_block(platform: Platform) -> None:
    result = run(platform, PAGES, events(a=BUYS, b=[event("click", "product", "text")] * 3))
    assert failed(result) == {"targets_are_resolved", "nearly_all_targets_are_resolved"}


def test_a_page_that_cannot_be_read_is_a_warning_and_a_day_without_events_is_a_day(platform: Platform) -> None:
    broken = PAGES.with_columns(html=pl.when(pl.col("page_id") == "product").then(pl.lit("")).otherwise("html"))
    result = run(platform, broken, events(b=LEAVES).clear())
    assert result.success and failed(result) == {"pages_have_contexts"}
    assert platform.warehouse.read("context.actions", day=DAY).is_empty()


def test_a_recipe_that_no_longer_hits_fails_its_check_and_stops_nothing(platform: Platform) -> None:
    moved = PAGES.with_columns(url=pl.lit("https://www.ebay.com/sch/i.html?_nkw=mug"))
    result = run(platform, moved, events(b=LEAVES))
    assert result.success and failed(result) == {"recipes_still_hit"}
    assert platform.warehouse.read("context.recipe_hits", day=DAY)["n_hits"].sum() == 0


@pytest.mark.slow
def test_on_real_pages_99_percent_of_the_targets_are_resolved(shared: Path) -> None:
    actions = []
    for folder in sorted((shared / "raw_drop").glob("2026-*"))[:1]:
        said = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
        given = pl.DataFrame(
            [row | {"target": json.dumps(row["target"]), "optimal": None} for row in said],
            schema=TABLES["privacy.events"].schema() | {"timestamp": pl.String()},
        ).with_columns(pl.col("timestamp").str.to_datetime(time_unit="us", time_zone="UTC"))
        pages = pl.read_parquet(folder / "pages.parquet").with_columns(
            html=pl.col("html").map_elements(lambda raw: raw.decode("utf-8", "replace"), pl.String()),
            format=pl.lit("raw"),
        )
        simple = simplified(pages, given)
        acted = actions_of_day(given, simple.seen).actions_frame()
        known = rows(simple, "elements").select("page_id", "name")
        assert (
            acted.filter(pl.col("name").is_not_null(), pl.col("resolved_by") != "no_page")
            .join(known, on=["page_id", "name"], how="anti")
            .is_empty()
        )
        actions.append(acted)
    shares = resolution_shares(pl.concat(actions))
    assert share_resolved(pl.concat(actions)) >= 0.99, shares
