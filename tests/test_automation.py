"""Jobs, ranges of days, declared partitions, and runs that were killed."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets import automation
from shopcart_assets.automation import Step
from shopcart_assets.platform.assets import Platform, daily
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.policy import PolicyConfig, ServerConfig
from shopcart_assets.platform.profiles import demo, tiny
from shopcart_assets.platform.settings import SettingsError
from shopcart_assets.traffic import drops

DAYS = daily.get_partition_keys()[:20]


@given(st.sets(st.sampled_from(DAYS)))
def test_ranges_cover_exactly_the_days_that_were_asked_for(days: set[str]) -> None:
    ranges = automation.ranges(sorted(days))
    covered = [day for first, last in ranges for day in DAYS[DAYS.index(first) : DAYS.index(last) + 1]]
    assert covered == sorted(days)
    assert all(DAYS.index(b[0]) > DAYS.index(a[1]) + 1 for a, b in pairwise(ranges))


def test_days_of_who_withdrew_are_built_again_as_far_as_they_are_delivered(platform: Platform, tmp_path: Path) -> None:
    for day in DAYS[:4]:
        (tmp_path / "drop" / day).mkdir(parents=True)
        (tmp_path / "drop" / day / "events.jsonl").touch()
    (tmp_path / "drop" / "consent.csv").touch()
    drops.register(platform.settings.state, tmp_path / "drop")
    withdrawn = TABLES["traffic.withdrawals"].empty()
    platform.warehouse.write("traffic.withdrawals", withdrawn)
    assert automation.rebuild_steps(platform.settings) == []
    row = {"user_id": "a", "withdrawn_at": None, "status": "withdrawn", "n_sessions": 4}
    stale = pl.DataFrame([row | {"days_to_rebuild": [DAYS[0], DAYS[1], DAYS[3], DAYS[9]]}], schema=withdrawn.schema)
    platform.warehouse.write("traffic.withdrawals", stale)
    steps = automation.rebuild_steps(platform.settings)
    assert [(step.job, step.partition, step.last_day) for step in steps] == [
        ("ingest_days", DAYS[0], DAYS[1]),
        ("ingest_days", DAYS[3], DAYS[3]),
    ]


def test_a_day_that_cannot_be_materialized_is_said() -> None:
    with pytest.raises(ValueError, match="days outside 2025-01-01 to .*: 2019-05-05"):
        automation.ranges(["2019-05-05"])


def test_the_demo_has_its_first_tables_before_any_model_is_asked() -> None:
    steps = [step.job for step in automation.demo_steps(demo(), ["2026-09-01"])]
    assert steps.index("publish") < steps.index("synthesize") < steps.index("train")
    assert steps.count("evaluate") == len(demo().policies) and steps[-1] == "publish"
    paid = PolicyConfig("paid", "prompted", "m", "prompted", server=ServerConfig())
    with_paid = replace(demo(), policies=(*demo().policies, paid))
    assert automation.demo_steps(with_paid, ["2026-09-01"]) == automation.demo_steps(demo(), ["2026-09-01"])


def test_every_job_can_be_loaded_and_every_asset_is_in_one() -> None:
    from shopcart_assets.definitions import defs

    covered = {
        key for job in automation.ASSET_JOBS for key in defs.resolve_job_def(job.name).asset_layer.executable_asset_keys
    }
    assert covered == {spec.key for spec in defs.resolve_all_asset_specs()}
    assert defs.resolve_job_def("demo")


def test_declared_partitions_are_added_once_and_by_the_sensor(platform: Platform) -> None:
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance=instance, resources={"platform": platform}) as context,
    ):
        asked = automation.declared_partitions(context)
        assert isinstance(asked, dg.SensorResult)
        assert sorted(request.partitions_def_name for request in asked.dynamic_partitions_requests or ()) == [
            "experiments",
            "generators",
            "policies",
        ]
        automation.declare(instance, tiny())
        automation.declare(instance, tiny())
        assert len(instance.get_dynamic_partitions("policies")) == len(tiny().policies)
        assert instance.get_dynamic_partitions("generators") == ["tiny-random", "human"]
        assert isinstance(automation.declared_partitions(context), dg.SkipReason)


def test_what_is_written_while_the_code_server_runs_is_a_partition_at_the_next_tick(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The definitions' own resource lives as long as the server does, and must not remember the settings."""
    from shopcart_assets.definitions import defs

    monkeypatch.chdir(tmp_path)
    resources = defs.get_repository_def().get_top_level_resources()
    sensor = defs.get_repository_def().get_sensor_def("declared_partitions")
    with dg.DagsterInstance.ephemeral() as instance:

        def tick() -> dict[str, list[str]]:
            with dg.build_sensor_context(instance=instance, resources={"platform": resources["platform"]}) as context:
                asked = sensor.evaluate_tick(context).dynamic_partitions_requests or ()
            for one in asked:
                instance.add_dynamic_partitions(one.partitions_def_name, list(one.partition_keys))
            return {one.partitions_def_name: list(one.partition_keys) for one in asked}

        assert set(tick()) == {"generators", "experiments", "policies"} and tick() == {}
        (tmp_path / "policies.yaml").write_text("policies: [{name: haiku, model: claude-haiku-5-5}]")
        assert tick() == {"policies": ["haiku"]}
        (tmp_path / "experiments.yaml").write_text(
            "experiments: [{base_model: tiny-random, arms: think, generator: human}]"
        )
        name = "tiny-random-think-s0"
        assert tick() == {"experiments": [name], "policies": [name, f"{name}-no_think"]}
        (tmp_path / "policies.yaml").write_text("policies: [{name: haiku}]")
        with pytest.raises(SettingsError, match=r"policies\.0\.messages\.model Field required"):
            tick()
        (tmp_path / "policies.yaml").unlink()
        assert tick() == {} and "haiku" in instance.get_dynamic_partitions("policies")


def test_a_run_that_fails_says_the_innermost_reason_in_a_line(platform: Platform) -> None:
    with (
        automation.dagster_instance(platform.settings) as instance,
        pytest.raises(automation.RunFailed, match=r"^ingest: .*2026-10-01.*shopcart ingest"),
    ):
        automation.run(Step("ingest", "ingest_days", "2026-10-01"), instance)


def test_what_was_found_becomes_a_partition_once() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(2):
            automation.add_policies(instance, ["found", "always_buy"])
        assert sorted(instance.get_dynamic_partitions("policies")) == ["always_buy", "found"]
