"""The Dagster seam: a table of the dictionary as an asset, its partitions, its checks."""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.assets import (
    Platform,
    daily,
    generator_days,
    report,
    table_asset,
    view_asset,
)
from shopcart_assets.platform.catalog.assets import markdown
from shopcart_assets.platform.checks import schema_check, sentence_check
from shopcart_assets.platform.warehouse import Written
from shopcart_assets.report.published import published

COUNTS = pl.DataFrame({"fate": ["read", "kept"], "n_events": [5, 5]})


def _intake(platform: Platform, day: str) -> Iterable[Written]:
    yield platform.warehouse.write("traffic.intake", COUNTS, day=day)


@table_asset("traffic.intake", partitions=daily)
def intake(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    yield from platform.each_key(context, _intake)


def _empty(table: str) -> pl.DataFrame:
    from shopcart_assets.platform.dictionary import TABLES

    return TABLES[table].empty()


@table_asset("dataset.conversations_reasoning", deps=["traffic.intake"], partitions=generator_days, policy=None)
def conversations(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    key = platform.generator_day(context)
    assert not platform.of_day("traffic.intake", key).is_empty()
    empty = _empty("dataset.conversations_reasoning")
    return report(platform.warehouse.write("dataset.conversations_reasoning", empty, **key))


def _sum_is_kept(frame: pl.DataFrame) -> list[str]:
    return [] if frame["n_events"].sum() == 10 else ["the counts do not add up"]


CHECKS = [schema_check("traffic.intake"), sentence_check("traffic.intake", "sum", "Counts add up.", _sum_is_kept)]


def test_a_range_of_days_is_one_run_with_each_partition_in_its_place(platform: Platform) -> None:
    tags = {"dagster/asset_partition_range_start": "2026-10-01", "dagster/asset_partition_range_end": "2026-10-03"}
    result = dg.materialize([intake], resources={"platform": platform}, tags=tags)
    assert result.success
    assert len(platform.warehouse.partitions("traffic.intake")) == 3
    made = result.asset_materializations_for_node("traffic__intake")
    told = {one.partition: one.metadata["dagster/row_count"].value for one in made}
    assert told == {"2026-10-01": 2, "2026-10-02": 2, "2026-10-03": 2}, "the UI plots rows over partitions"
    assert "kept" in str(made[0].metadata["preview"].value)


def test_a_check_reads_the_partition_that_was_written_and_can_fail(platform: Platform) -> None:
    result = dg.materialize([intake, *CHECKS], resources={"platform": platform}, partition_key="2026-10-01")
    assert [check.passed for check in result.get_asset_check_evaluations()] == [True, True]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "COUNTS", pl.DataFrame({"fate": ["read", "read"], "n_events": [5, 6]}))
        result = dg.materialize(
            [intake, *CHECKS], resources={"platform": platform}, partition_key="2026-10-02", raise_on_error=False
        )
    assert [check.passed for check in result.get_asset_check_evaluations()] == [False, False]


def test_a_check_may_read_one_partition_at_a_time_and_leave_large_columns_out(platform: Platform) -> None:
    seen: list[tuple[list[str], list[str]]] = []

    def problems(frame: pl.DataFrame) -> list[str]:
        seen.append((frame.columns, frame["day"].unique().to_list()))
        return ["too small"] if "2026-10-02" in frame["day"] else []

    check = sentence_check(
        "traffic.intake", "each", "Reads.", problems, without=["n_events"], each_key=True, blocking=False
    )
    tags = {"dagster/asset_partition_range_start": "2026-10-01", "dagster/asset_partition_range_end": "2026-10-03"}
    result = dg.materialize([intake, check], resources={"platform": platform}, tags=tags)
    assert seen == [(["fate", "day"], [f"2026-10-0{n}"]) for n in (1, 2, 3)]
    *of_each, of_all = result.get_asset_check_evaluations()
    assert not of_all.passed and of_all.metadata["first_problems"].value == ["2026-10-02: too small"]
    assert [(one.partition, one.passed) for one in of_each] == [(f"2026-10-0{n}", n != 2) for n in (1, 2, 3)], (
        "the UI shows each partition's verdict"
    )


def test_days_x_generators(platform: Platform) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("generators", ["smollm2-135m"])
        key = dg.MultiPartitionKey({"day": "2026-10-01", "generator": "smollm2-135m"})
        dg.materialize([intake], resources={"platform": platform}, partition_key="2026-10-01", instance=instance)
        check = schema_check("dataset.conversations_reasoning")
        result = dg.materialize(
            [conversations, check], resources={"platform": platform}, partition_key=key, instance=instance
        )
    assert result.success and result.get_asset_check_evaluations()[0].passed
    assert platform.warehouse.partitions("dataset.conversations_reasoning") == [
        {"day": "2026-10-01", "generator": "smollm2-135m"}
    ]


@given(
    st.lists(st.sampled_from(["`", "```", "\n", "\r", " ", "~~~", "<img src=x onerror=alert(1)>", "[a](javascript:b)"]))
)
def test_hostile_text_is_only_text_in_the_ui(parts: list[str]) -> None:
    """It stands in a fence, which in Markdown ends at a line of as many backticks, and nowhere else."""
    text = "".join(parts)
    fence, *inside, end = (markdown(text).value or "").split("\n")
    assert set(fence) == {"`"} and len(fence) >= 3 and end == fence
    assert "\n".join(inside) == text and fence not in text


def test_a_check_reads_the_days_before_and_no_others(platform: Platform) -> None:
    seen: list[list[str]] = []

    def problems(frame: pl.DataFrame, before: pl.DataFrame) -> list[str]:
        seen.extend((sorted(set(frame["day"])), sorted(set(before["day"]))))
        return []

    check = sentence_check(
        "traffic.intake", "before", "Reads.", problems, n_days_before=2, remark=lambda frame, before: f"{before.height}"
    )
    for day in ("2026-09-28", "2026-09-29", "2026-09-30", "2026-10-03"):
        platform.warehouse.write("traffic.intake", COUNTS, day=day)
    result = dg.materialize([intake, check], partition_key="2026-10-01", resources={"platform": platform})
    assert seen == [["2026-10-01"], ["2026-09-29", "2026-09-30"]]
    assert [one.description for one in result.get_asset_check_evaluations()] == ["4"]
    dg.materialize([intake, check], partition_key="2026-02-01", resources={"platform": platform})
    assert seen[2:] == [["2026-02-01"], []]


def test_days_before_are_refused_where_there_are_no_days() -> None:
    with pytest.raises(ValueError, match=r"traffic\.consent is not partitioned by day"):
        sentence_check("traffic.consent", "before", "Never.", lambda *_: [], n_days_before=1)


def test_a_view_is_an_asset_of_what_its_text_reads_and_shows_its_rows(platform: Platform) -> None:
    view = view_asset("report.table_1", plot=("model", ["macro_accuracy_pct"]))
    read = {"report.published", "evaluation.accuracy", "evaluation.outcomes", "evaluation.policies", "context.optimal"}
    assert {".".join(key.path) for key in view.dependency_keys} == read
    platform.warehouse.write("report.published", published())
    result = dg.materialize([view], resources={"platform": platform})
    metadata = result.asset_materializations_for_node("report__table_1")[0].metadata
    assert metadata["dagster/row_count"].value == 23
    assert metadata["macro_accuracy_pct/DeepSeek-R1"].value == 11.86
    assert "DeepSeek-R1" in str(metadata["preview"].value)
