"""Which policies are evaluated without a person, and what the sensors then ask for."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.evaluation.assets import CHECKPOINT
from shopcart_assets.evaluation.automation import POLICY, new_policies, watched_models
from shopcart_assets.evaluation.wanted import Past, wanted
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.automation import PROCESS, this_process
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.policy import PolicyConfig, WatchConfig
from shopcart_assets.platform.profiles import Profile, tiny
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import filled
from tests.evaluation.served import configured, served

NOTHING = Past((), lambda _: False, lambda _: None)
TUNED = "tiny-random-action_only-s0"
URL = "https://models.example"


@pytest.fixture
def writable(lake: Warehouse, tmp_path: Path) -> Warehouse:
    home = Path(shutil.copytree(lake.lake.url, tmp_path / "lake"))
    return Warehouse(open_lake(str(home), tmp_path / "uploads"), home / "warehouse.duckdb")


def profile(*names: str) -> Profile:
    """The tiny profile with these of its policies only."""
    return replace(tiny(), policies=tuple(tiny().policy(name) for name in names))


def settings(warehouse: Warehouse, *more: PolicyConfig, of: Profile) -> Settings:
    return configured(Path(warehouse.lake.url), *more, profile=of)


def train(warehouse: Warehouse, experiment: str, config: str) -> None:
    row = pl.DataFrame({"base_model": ["tiny-random"], "arm": ["action_only"], "seed": [0], "config_sha256": [config]})
    warehouse.write("training.checkpoints", filled("training.checkpoints", row), experiment=experiment)


def judge(warehouse: Warehouse, *policies: str) -> None:
    """Verdicts of some policies are there; which ones does not matter here."""
    for policy in policies:
        none = warehouse.read("evaluation.verdicts").drop("policy")
        warehouse.write("evaluation.verdicts", none.clear(), policy=policy)


def test_what_needs_no_model_is_asked_for_at_once_and_only_once(writable: Warehouse) -> None:
    there = settings(writable, of=profile("always_buy", "majority"))
    first = wanted(writable, there, NOTHING)
    assert set(first.run_keys) == {"always_buy", "majority"} and first.lines() == []
    assert wanted(writable, there, NOTHING) == first, "the same keys, so that no run is asked for twice"
    assert set(wanted(writable, there, replace(NOTHING, under_way={"majority"})).run_keys) == {"always_buy"}
    judge(writable, "always_buy", "majority")
    assert wanted(writable, there, NOTHING).run_keys == {}


def test_a_model_is_asked_for_when_its_checkpoint_finishes_and_one_at_a_time(writable: Warehouse) -> None:
    there = settings(writable, of=profile("tiny-random-prompted", TUNED))
    found = wanted(writable, there, NOTHING)
    assert found.run_keys == {} and "first checkpoint" in found.lines()[0] and "not finished" in found.lines()[1]
    train(writable, TUNED, "one")
    found = wanted(writable, there, NOTHING)
    assert set(found.run_keys) == {"tiny-random-prompted"}
    assert found.lines() == [f"not asked for: {TUNED}: another model has this machine"]
    judge(writable, "tiny-random-prompted")
    assert set(wanted(writable, there, NOTHING).run_keys) == {TUNED}


def test_a_base_model_of_policies_yaml_waits_for_nothing(writable: Warehouse) -> None:
    mine = PolicyConfig("mine", "prompted", "tiny-random", "prompted")
    assert set(wanted(writable, settings(writable, mine, of=profile()), NOTHING).run_keys) == {"mine"}


def test_a_checkpoint_that_was_trained_anew_is_asked_for_again(writable: Warehouse) -> None:
    there = settings(writable, of=profile(TUNED))
    train(writable, TUNED, "one")
    judge(writable, TUNED)
    assert wanted(writable, there, NOTHING).run_keys == {}, "evaluated elsewhere"
    answered = replace(NOTHING, checkpoint_of=lambda _: "one")
    assert wanted(writable, there, answered).run_keys == {}
    train(writable, TUNED, "two")
    assert set(wanted(writable, there, answered).run_keys) == {TUNED}


def test_a_failed_evaluation_is_asked_for_again_when_what_it_depends_on_changes(writable: Warehouse) -> None:
    asked = served(URL)
    before = wanted(writable, settings(writable, asked, of=profile()), NOTHING).run_keys
    failed = replace(NOTHING, was_asked=set(before.values()).__contains__)
    found = wanted(writable, settings(writable, asked, of=profile()), failed)
    assert found.run_keys == {} and "its run failed" in found.lines()[0]
    more = wanted(writable, settings(writable, served(URL, budget_usd=60.0), of=profile()), failed).run_keys
    writable.write("dataset.cases", writable.read("dataset.cases").drop("day").clear(), day="2026-12-24")
    later = wanted(writable, settings(writable, asked, of=profile()), failed).run_keys
    assert set(more) == set(later) == {"asked"} and len({before["asked"], more["asked"], later["asked"]}) == 3


@pytest.mark.parametrize(("budget_usd", "reason"), [(None, "set budget_usd"), (0.0, "is spent")])
def test_a_server_is_asked_within_the_policys_own_budget(
    writable: Warehouse, budget_usd: float | None, reason: str
) -> None:
    found = wanted(writable, settings(writable, served(URL, budget_usd=budget_usd), of=profile()), NOTHING)
    assert found.run_keys == {}
    assert found.lines()[0].startswith("not asked for: asked: ") and reason in found.lines()[0]


def test_real_shoppers_have_no_optimum(writable: Warehouse) -> None:
    there = settings(writable, of=profile("bayes_optimal"))
    assert set(wanted(writable, there, NOTHING).run_keys) == {"bayes_optimal"}
    for one in writable.partitions("context.optimal"):
        writable.write("context.optimal", writable.read("context.optimal", **one).drop("day").clear(), **one)
    assert wanted(writable, there, NOTHING).lines() == [
        "not asked for: bayes_optimal: only simulated shoppers have an optimum"
    ]


Look = Callable[..., dg.SensorResult | str]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def look(writable: Warehouse, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> Look:
    """A tick of a sensor with these policies and watches declared."""

    def looked(
        sensor: dg.SensorDefinition, *policies: str, watches: tuple[WatchConfig, ...] = (), cursor: str | None = None
    ) -> dg.SensorResult | str:
        there = settings(writable, of=replace(profile(*policies), watches=watches))
        monkeypatch.setattr("shopcart_assets.platform.assets.load_settings", lambda: there)
        told = {"platform": Platform()}
        with dg.build_sensor_context(instance=instance, resources=told, cursor=cursor) as context:
            found = sensor(context)
        if isinstance(found, dg.SkipReason):
            return str(found.skip_message)
        assert isinstance(found, dg.SensorResult)
        return found

    return looked


def test_the_sensor_adds_policies_as_partitions_and_asks_for_their_evaluation(
    look: Look, instance: dg.DagsterInstance, writable: Warehouse
) -> None:
    found = look(new_policies, "always_buy", TUNED)
    assert isinstance(found, dg.SensorResult) and found.run_requests and found.dynamic_partitions_requests
    assert [(one.partition_key, one.tags) for one in found.run_requests] == [("always_buy", {POLICY: "always_buy"})]
    assert [one.partition_keys for one in found.dynamic_partitions_requests] == [["always_buy", TUNED]]
    instance.add_dynamic_partitions("policies", ["always_buy", TUNED])
    judge(writable, "always_buy")
    assert look(new_policies, "always_buy", TUNED) == f"not asked for: {TUNED}: its checkpoint has not finished"
    assert look(new_policies, "always_buy") == "every policy has been evaluated"


def test_the_sensor_knows_which_checkpoint_answered(
    look: Look, instance: dg.DagsterInstance, writable: Warehouse
) -> None:
    instance.add_dynamic_partitions("policies", [TUNED])
    train(writable, TUNED, "two")
    judge(writable, TUNED)
    for answered in ("one", "two"):
        told = dg.AssetMaterialization(["evaluation", "predictions"], partition=TUNED, metadata={CHECKPOINT: answered})
        instance.report_runless_asset_event(told)
        found = look(new_policies, TUNED)
        assert isinstance(found, dg.SensorResult) == (answered == "one")


def test_the_sensor_waits_for_test_cases_and_for_the_command_line(
    look: Look, instance: dg.DagsterInstance, writable: Warehouse
) -> None:
    @dg.job
    def ingest_days() -> None: ...

    run = instance.create_run_for_job(ingest_days, status=dg.DagsterRunStatus.STARTED)
    assert look(new_policies, "always_buy") == "days are being ingested: test cases may be added"
    instance.report_run_failed(run)
    run = instance.create_run_for_job(ingest_days, status=dg.DagsterRunStatus.STARTED, tags={PROCESS: this_process()})
    assert "command line" in str(look(new_policies, "always_buy"))
    instance.report_run_canceled(run)
    for one in writable.partitions("dataset.cases"):
        writable.write("dataset.cases", writable.read("dataset.cases", **one).drop("day").clear(), **one)
    assert look(new_policies, "always_buy") == "there are no test cases yet: ingest a drop"


def test_what_was_asked_for_and_failed_is_said_and_not_asked_for(look: Look, instance: dg.DagsterInstance) -> None:
    @dg.job
    def evaluate() -> None: ...

    found = look(new_policies, "always_buy")
    assert isinstance(found, dg.SensorResult) and found.run_requests
    instance.add_dynamic_partitions("policies", ["always_buy"])
    tags = {"dagster/run_key": str(found.run_requests[0].run_key), "dagster/partition": "always_buy"}
    run = instance.create_run_for_job(evaluate, status=dg.DagsterRunStatus.STARTED, tags=tags)
    assert look(new_policies, "always_buy") == "every policy has been evaluated", "or is being"
    instance.report_run_failed(run)
    assert "its run failed" in str(look(new_policies, "always_buy"))


def test_model_lists_are_read_now_and_then_where_there_are_watches(look: Look) -> None:
    assert "policies.yaml has none" in str(look(watched_models))
    asked = served(URL).server
    assert asked
    watches = (WatchConfig("new-*", asked),)
    first = look(watched_models, watches=watches)
    assert isinstance(first, dg.SensorResult) and len(first.run_requests or ()) == 1
    waiting = look(watched_models, watches=watches, cursor=first.cursor)
    assert "the next look at the model lists is in 60 minutes" in str(waiting)
    other = look(watched_models, watches=(WatchConfig("*", asked),), cursor=first.cursor)
    assert isinstance(other, dg.SensorResult), "a new watch is looked at at once"
