"""The stage as Dagster runs it: a policy's partitions, then the metrics, with every check."""

from collections.abc import Iterator

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.evaluation import checks
from shopcart_assets.evaluation.definitions import ASSETS, CHECKS
from shopcart_assets.platform.assets import Platform
from tests.evaluation.invented import fill, filled, one_refresh

POLICIES = ("always_terminate", "always_buy", "bayes_optimal", "oracle")
BY_POLICY = [asset for asset in ASSETS if asset.partitions_def]
OVERALL = [asset for asset in ASSETS if not asset.partitions_def]
OF_A_POLICY = {asset.key for asset in BY_POLICY}
ASKED = [asset for asset in BY_POLICY if asset.key.path[-1] in ("predictions", "likelihoods")]
(JUDGED,) = [asset for asset in BY_POLICY if asset.key.path[-1] == "verdicts"]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        made.add_dynamic_partitions("policies", list(POLICIES))
        yield made


def of(assets: set[dg.AssetKey]) -> list[dg.AssetChecksDefinition]:
    return [check for check in CHECKS if {key.asset_key for key in check.check_keys} <= assets]


def test_policies_are_judged_and_measured(platform: Platform, instance: dg.DagsterInstance) -> None:
    fill(platform.warehouse)
    resources = {"platform": platform}
    evaluations: list[dg.AssetCheckEvaluation] = []
    with one_refresh(platform.warehouse):
        for policy in POLICIES:
            run = dg.materialize(
                [*BY_POLICY, *of(OF_A_POLICY)], partition_key=policy, resources=resources, instance=instance
            )
            evaluations += run.get_asset_check_evaluations()
    metrics = {key for asset in OVERALL for key in asset.keys}
    run = dg.materialize([*OVERALL, *of(metrics)], resources=resources, instance=instance)
    evaluations += run.get_asset_check_evaluations()
    assert [(one.asset_key, one.check_name) for one in evaluations if not one.passed] == []
    assert {one.check_name for one in evaluations} == {key.name for check in CHECKS for key in check.check_keys}

    board = platform.warehouse.views.query("select policy, kind, macro_accuracy_pct from evaluation.leaderboard")
    assert board["policy"][0] == "bayes_optimal" and board["macro_accuracy_pct"][0] == 100.0
    assert set(board["kind"]) == {"ceiling", "baseline"}
    metadata = run.asset_materializations_for_node("evaluation__accuracy")[0].metadata
    assert metadata["macro_accuracy/bayes_optimal"].value == 1.0


def test_several_policies_may_be_asked_of_one_run(platform: Platform, instance: dg.DagsterInstance) -> None:
    fill(platform.warehouse)
    tags = {"dagster/asset_partition_range_start": POLICIES[0], "dagster/asset_partition_range_end": POLICIES[-1]}
    with one_refresh(platform.warehouse):
        run = dg.materialize(
            [*BY_POLICY, *of(OF_A_POLICY)], tags=tags, resources={"platform": platform}, instance=instance
        )
    assert [one.check_name for one in run.get_asset_check_evaluations() if not one.passed] == []
    written = [one["policy"] for one in platform.warehouse.partitions("evaluation.verdicts")]
    assert written == sorted(POLICIES)
    shares = {
        event.partition: event.metadata["share_correct"].value
        for event in run.asset_materializations_for_node("evaluation__verdicts")
    }
    assert set(shares) == set(POLICIES) and shares["bayes_optimal"] == shares["oracle"] == 1.0


def test_an_oracle_that_is_not_exact_ends_the_run(platform: Platform, instance: dg.DagsterInstance) -> None:
    fill(platform.warehouse)
    resources = {"platform": platform}
    dg.materialize(ASKED, partition_key="oracle", resources=resources, instance=instance)
    answered = platform.warehouse.read("evaluation.predictions", policy="oracle")
    worse = answered.with_columns(output=pl.lit('{"type": "terminate"}'))
    platform.warehouse.write("evaluation.predictions", worse, policy="oracle")
    run = dg.materialize(
        [JUDGED, *of({JUDGED.key})],
        partition_key="oracle",
        resources=resources,
        instance=instance,
        raise_on_error=False,
    )
    [failed] = [one for one in run.get_asset_check_evaluations() if not one.passed]
    assert failed.check_name == "oracle_is_exact" and failed.blocking and not run.success
    assert "no verdict can be trusted" in str(failed.description) and failed.metadata["unwinnable"].value == 0


def test_a_case_without_verdict_is_found_and_blocks(platform: Platform, instance: dg.DagsterInstance) -> None:
    fill(platform.warehouse)
    resources = {"platform": platform}
    dg.materialize(ASKED, partition_key="always_buy", resources=resources, instance=instance)
    some = platform.warehouse.read("evaluation.predictions", policy="always_buy").tail(-1)
    platform.warehouse.write("evaluation.predictions", some, policy="always_buy")
    run = dg.materialize(
        [JUDGED, *of({JUDGED.key})],
        partition_key="always_buy",
        resources=resources,
        instance=instance,
        raise_on_error=False,
    )
    failed = {one.check_name: one for one in run.get_asset_check_evaluations() if not one.passed}
    assert set(failed) == {"every_case_is_judged", "weights_are_sessions"}
    assert failed["every_case_is_judged"].blocking and not run.success


def test_a_case_that_a_server_refused_is_told_and_blocks_nothing(
    platform: Platform, instance: dg.DagsterInstance
) -> None:
    fill(platform.warehouse)
    resources, write = {"platform": platform}, platform.warehouse.write
    dg.materialize(ASKED, partition_key="always_buy", resources=resources, instance=instance)
    answered = platform.warehouse.read("evaluation.predictions", policy="always_buy")
    write("evaluation.predictions", answered.tail(-1), policy="always_buy")
    refused = answered.head(1).select("session_id", "step", "sample", state=pl.lit("failed:invalid_request"))
    write("evaluation.responses", filled("evaluation.responses", refused), policy="always_buy", round="2026-W48")
    run = dg.materialize(
        [JUDGED, *of({JUDGED.key})], partition_key="always_buy", resources=resources, instance=instance
    )
    failed = {one.check_name: one for one in run.get_asset_check_evaluations() if not one.passed}
    assert run.success and failed["every_case_is_judged"].severity == dg.AssetCheckSeverity.WARN
    assert failed["every_case_is_judged"].metadata["failed/always_buy"].value == 1


def test_a_policy_that_is_declared_no_more_is_judged_anew(platform: Platform, instance: dg.DagsterInstance) -> None:
    fill(platform.warehouse)
    resources = {"platform": platform}
    dg.materialize(ASKED, partition_key="always_buy", resources=resources, instance=instance)
    answered = platform.warehouse.read("evaluation.predictions", policy="always_buy").drop("policy")
    platform.warehouse.write("evaluation.predictions", answered, policy="gone")
    instance.add_dynamic_partitions("policies", ["gone"])
    run = dg.materialize([JUDGED, *of({JUDGED.key})], partition_key="gone", resources=resources, instance=instance)
    assert all(one.passed for one in run.get_asset_check_evaluations())
    assert platform.warehouse.read("evaluation.verdicts", policy="gone").height == answered.height


def test_each_check_finds_its_fault() -> None:
    accuracy = pl.DataFrame({"policy": ["a", "b"], "coverage": [1.0, 0.5]})
    assert checks._is_covered(accuracy) == ["b answered 50.0% of the cases: evaluate it again"]
    verdicts = pl.DataFrame(
        {"error": ["correct", "illegal"], "is_exact": [True, False], "illegal_reason": [None, "empty"]}
    )
    assert checks._errors_are_a_partition(verdicts) == []
    broken = verdicts.with_columns(illegal_reason=pl.lit(None, pl.String))
    assert checks._errors_are_a_partition(broken) == ["1 verdicts whose kind of error contradicts them"]
    splits = pl.DataFrame({"user_id": ["u", "u"], "split": ["train", "test"]})
    assert checks._test_users_are_unseen(accuracy, splits) != []
    cases = pl.DataFrame({"action": ['{"type": "click", "name": "a"}'] * 2, "day": ["d"] * 2, "page_id": ["p", "gone"]})
    names = pl.DataFrame({"day": ["d"], "page_id": ["p"], "name": ["a"], "role": ["link"], "position": [1]})
    found = checks.illegal_acts(cases, names)
    assert found == ["1 of 2 human actions are not legal on their page: 1 unknown_target"]


def test_shares_that_do_not_add_up_are_found() -> None:
    accuracy = pl.DataFrame({"policy": ["a"], "macro_accuracy": [0.5], "coverage": [1.0]})
    columns = {"policy": ["a", "a"], "error": ["correct", "didnt_click"], "share_of_cases": [0.5, 0.5]}
    errors = pl.DataFrame({**columns, "share_of_errors": [None, 1.0], "weighted_share": [0.5, 0.5]})
    assert checks._shares_add_up(errors, accuracy) == []
    assert checks._shares_add_up(errors.head(1), accuracy) == [
        f"a: {name} does not add up" for name in ("share_of_cases", "weighted_share", "macro accuracy")
    ]
    assert checks._shares_add_up(errors.head(1), accuracy.with_columns(coverage=0.9))[-1].startswith(
        "a: weighted_share"
    )
