"""A policy of a server as Dagster runs it: forecast, asked, judged, kept by round; batches brought home; the weekly round."""

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.evaluation import registry, rounds
from shopcart_assets.evaluation.automation import POLICY, answered_evaluations, reevaluate_servers
from shopcart_assets.evaluation.definitions import ASSETS, CHECKS
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.policy import PolicyConfig, WatchConfig
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import one_refresh
from tests.evaluation.served import buys_mugs, configured, leaves, served
from tests.platform.llm.fake_batches import FakeBatches, serve
from tests.platform.llm.fake_server import message
from tests.platform.llm.fake_server import serve as fake_list
from tests.platform.llm.fake_state import bills

STEPS = [asset for asset in ASSETS if asset.partitions_def]
OF_STEPS = [check for check in CHECKS if {key.asset_key for key in check.check_keys} <= {one.key for one in STEPS}]
MONDAY = dt.datetime(2026, 11, 30, 3, tzinfo=dt.UTC)

Install = Callable[..., Platform]


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeBatches]:
    with serve(tmp_path / "server", answer=leaves) as server:
        yield server


@pytest.fixture
def install(lake: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A platform over a copy of the invented lake, with these policies declared."""
    home = Path(shutil.copytree(lake.lake.url, tmp_path / "lake"))

    def installed(*policies: PolicyConfig) -> Platform:
        settings = configured(home, *policies)
        monkeypatch.setattr("shopcart_assets.platform.assets.load_settings", lambda: settings)
        return Platform()

    return installed


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        made.add_dynamic_partitions("policies", ["asked", "always_terminate"])
        yield made


def evaluate(
    platform: Platform, instance: dg.DagsterInstance, policy: str = "asked", **tags: str
) -> dg.ExecuteInProcessResult:
    with one_refresh(platform.warehouse):
        return dg.materialize(
            [*STEPS, *OF_STEPS],
            resources={"platform": platform},
            instance=instance,
            partition_key=policy,
            tags=tags,
            raise_on_error=False,
        )


def facts(result: dg.ExecuteInProcessResult, name: str) -> dict[str, Any]:
    (event,) = result.asset_materializations_for_node(f"evaluation__{name}")
    return {key: value.value for key, value in event.metadata.items()}


def failed(result: dg.ExecuteInProcessResult) -> list[str]:
    return [one.check_name for one in result.get_asset_check_evaluations() if not one.passed]


def look(platform: Platform, instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    with dg.build_sensor_context(instance=instance, resources={"platform": platform}) as context:
        found = answered_evaluations(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def test_the_forecast_is_told_before_anything_is_sent_and_rounds_become_a_history(
    install: Install, fake: FakeBatches, instance: dg.DagsterInstance
) -> None:
    platform = install(served(fake.url))
    first = evaluate(platform, instance, **{rounds.TAG: "2026-W47"})
    assert first.success and not failed(first)
    (told,) = [event for event in first.all_events if event.event_type_value == "ASSET_OBSERVATION"]
    metadata = told.asset_observation_data.asset_observation.metadata
    observed: dict[str, Any] = {name: one.value for name, one in metadata.items()}
    assert observed["n_new"] == facts(first, "responses")["n_bought"] > 0
    assert observed["expected_usd"] <= observed["worst_usd"] <= observed["left_usd"]

    fake.state.rules = replace(fake.state.rules, answer=buys_mugs)
    second = evaluate(platform, instance, **{rounds.TAG: "2026-W48"})
    assert second.success and not failed(second)
    third = evaluate(platform, instance)
    assert third.success and facts(third, "responses")["round"] == "2026-W48", "goes on with the last round"
    assert facts(third, "responses")["cost_usd"] == 0.0

    query = platform.warehouse.views.query
    history = query("select * from evaluation.history")
    n_cases = platform.warehouse.read("dataset.cases").height
    assert history.select("policy", "round", "n_cases", "model", "n_models").rows() == [
        ("asked", "2026-W47", n_cases, "some-model", 1),
        ("asked", "2026-W48", n_cases, "some-model", 1),
    ]
    verdicts = platform.warehouse.read("evaluation.verdicts", policy="asked")
    assert history["micro_accuracy"][1] == pytest.approx(verdicts["is_exact"].mean(), abs=1e-12)
    macro = verdicts.group_by("session_id").agg(pl.col("is_exact").mean())["is_exact"]
    assert history["macro_accuracy"][1] == pytest.approx(macro.mean(), abs=1e-12)
    assert history["n_sessions"][1] == macro.len()
    drift = query("select * from evaluation.drift").row(0, named=True)
    assert (drift["round_before"], drift["round"], drift["share_changed"]) == ("2026-W47", "2026-W48", 1.0)
    delta = 100 * (history["macro_accuracy"][1] - history["macro_accuracy"][0])
    assert drift["delta_points"] == pytest.approx(delta, abs=1e-9) and drift["only_before"] > 0 < drift["only_now"]


def test_a_policy_that_no_server_answers_asks_nobody_and_has_no_round(
    install: Install, fake: FakeBatches, instance: dg.DagsterInstance
) -> None:
    platform = install(served(fake.url))
    run = evaluate(platform, instance, "always_terminate")
    assert run.success and not failed(run) and bills(fake.directory) == []
    assert platform.warehouse.partitions("evaluation.responses") == platform.warehouse.partitions("evaluation.rounds")
    assert platform.warehouse.read("evaluation.rounds").is_empty()


def test_a_budget_that_does_not_suffice_fails_the_run_and_leaves_the_last_round_alone(
    install: Install, fake: FakeBatches, instance: dg.DagsterInstance
) -> None:
    evaluate(install(served(fake.url)), instance, **{rounds.TAG: "2026-W47"})
    n_paid = len(bills(fake.directory))
    platform = install(served(fake.url, budget_usd=0.001))
    run = evaluate(platform, instance, **{rounds.TAG: "2026-W48"})
    assert not run.success and len(bills(fake.directory)) == n_paid
    assert set(platform.warehouse.read("evaluation.predictions")["round"]) == {"2026-W47"}


def test_a_batch_is_brought_home_by_the_sensor(install: Install, tmp_path: Path, instance: dg.DagsterInstance) -> None:
    with serve(tmp_path / "batches", answer=leaves, end_after_seconds=3_600) as fake:
        platform = install(served(fake.url, "batch"))
        sent = evaluate(platform, instance, **{rounds.TAG: "2026-W48"})
        assert sent.success and not failed(sent) and facts(sent, "responses")["n_under_way"] > 0
        waiting = look(platform, instance)
        assert isinstance(waiting, dg.SkipReason) and "requests are under way" in str(waiting.skip_message)
        fake.state.end()
        found = look(platform, instance)
        assert isinstance(found, dg.SensorResult)
        (request,) = found.run_requests or ()
        assert request.partition_key == "asked" and request.tags == {rounds.TAG: "2026-W48", POLICY: "asked"}
        home = evaluate(platform, instance, **request.tags)
        assert home.success and not failed(home) and facts(home, "responses")["n_under_way"] == 0
        assert look(platform, instance).__class__ is dg.SkipReason
        assert set(Counter(bill.custom_id for bill in bills(fake.directory)).values()) == {1}
        assert platform.warehouse.read("evaluation.rounds")["round"].unique().to_list() == ["2026-W48"]


def test_who_lost_their_server_while_a_batch_is_under_way_do_not_stop_the_sensor(
    install: Install, tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    with serve(tmp_path / "batches", answer=leaves, end_after_seconds=3_600) as fake:
        asked = served(fake.url, "batch")
        evaluate(install(asked), instance, **{rounds.TAG: "2026-W48"})
        for now, said in (
            (replace(asked, server=None), "has no server any more"),
            (replace(asked, name="b"), "no policy 'asked'"),
        ):
            found = look(install(now), instance)
            assert isinstance(found, dg.SkipReason) and said in str(found.skip_message)


@pytest.fixture(scope="module")
def stored() -> Iterator[dg.DagsterInstance]:
    """An instance with a place of its own, which a schedule opens again."""
    with dg.instance_for_test() as made:
        made.add_dynamic_partitions("policies", ["asked"])
        yield made


def test_a_model_that_a_watched_server_lists_is_evaluated_under_its_name(
    install: Install, fake: FakeBatches, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = served(fake.url)
    assert declared.server
    platform = install()
    with fake_list() as lister:
        lister.models = [["some-model", "other"]]
        watches = (WatchConfig("some-*", replace(declared.server, base_url=lister.url)),)
        settings = platform.settings
        watching = settings.model_copy(update={"profile": replace(settings.profile, watches=watches)})
        monkeypatch.setattr("shopcart_assets.platform.assets.load_settings", lambda: watching)
        platform = Platform()
        (found,) = [asset for asset in ASSETS if "found_policies" in {key.path[-1] for key in asset.keys}]
        run = dg.materialize([found], resources={"platform": platform}, instance=instance)
        assert (facts(run, "found_policies")["n_new"], facts(run, "found_policies")["new"]) == (1, "some-model")
        lister.otherwise = message('{"action": {"type": "terminate"}}', "some-model")
        instance.add_dynamic_partitions("policies", ["some-model"])
        judged = evaluate(platform, instance, "some-model")
        assert judged.success and not failed(judged)
        n_asked = len(lister.bodies)
    away = dg.materialize([found], resources={"platform": platform}, instance=instance)
    assert (
        facts(away, "found_policies")["n_new"] == 0 and "gave no answer" in facts(away, "found_policies")["not_reached"]
    )
    assert registry.policy(platform.warehouse, watching.profile, "some-model").server == watches[0].server
    assert n_asked == platform.warehouse.read("evaluation.responses")["request_key"].n_unique()


def week(platform: Platform, instance: dg.DagsterInstance) -> Mapping[str, Mapping[str, str]] | str:
    with dg.build_schedule_context(
        instance=instance, scheduled_execution_time=MONDAY, resources={"platform": platform}
    ) as context:
        found = reevaluate_servers(context)
    if isinstance(found, dg.SkipReason):
        return str(found.skip_message)
    assert isinstance(found, list)
    return {str(one.partition_key): dict(one.tags) for one in found}


def test_each_week_is_a_round_of_its_own_for_what_has_a_budget(
    install: Install, fake: FakeBatches, stored: dg.DagsterInstance
) -> None:
    asked = served(fake.url)
    assert week(install(asked), stored) == {"asked": {rounds.TAG: "2026-W49", POLICY: "asked"}}
    without = "asked is not asked in 2026-W49: it has no budget of its own: set budget_usd"
    assert week(install(served(fake.url, budget_usd=None)), stored) == without
    assert "is spent" in week(install(served(fake.url, budget_usd=0.0)), stored)
    assert "no partition yet" in week(install(replace(asked, name="new")), stored)
    assert week(install(), stored) == "no policy is asked of a server"
    assert bills(fake.directory) == [], "to look costs nothing"


def test_a_round_that_is_under_way_is_not_overtaken(
    install: Install, tmp_path: Path, instance: dg.DagsterInstance, stored: dg.DagsterInstance
) -> None:
    with serve(tmp_path / "batches", answer=leaves, end_after_seconds=3_600) as fake:
        platform = install(served(fake.url, "batch"))
        evaluate(platform, instance, **{rounds.TAG: "2026-W48"})
        assert "2026-W48 is still under way" in week(platform, stored)
