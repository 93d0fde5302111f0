"""What is made of all verdicts follows them by itself: in one run, once, and not while an evaluation is under way."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from shopcart_assets.definitions import defs

VERDICTS = dg.AssetKey(["evaluation", "verdicts"])
PUBLISH = set(defs.resolve_job_def("publish").asset_layer.executable_asset_keys)


class Ticks:
    """Looks of the automation, one after the other."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursor: Any = None

    def tick(self) -> set[dg.AssetKey]:
        """What is asked for now; it is one run, because nothing of it has partitions."""
        result = dg.evaluate_automation_conditions(defs, self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        return {key for key in PUBLISH if result.get_num_requested(key)}

    def judged(self, *policies: str) -> None:
        for policy in policies:
            self.instance.report_runless_asset_event(dg.AssetMaterialization(VERDICTS, partition=policy))

    def start(self, policy: str) -> dg.DagsterRun:
        """A run of `evaluate` that is under way."""
        job = defs.resolve_job_def("evaluate")
        return self.instance.create_run_for_job(
            job, tags={"dagster/partition": policy}, status=dg.DagsterRunStatus.STARTED, asset_selection=None
        )


@pytest.fixture
def ticks() -> Iterator[Ticks]:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("policies", ["a", "b", "c"])
        yield Ticks(instance)


def test_verdicts_of_any_policy_refresh_everything_once(ticks: Ticks) -> None:
    assert ticks.tick() == set(), "nothing has changed"
    ticks.judged("a", "b", "c")
    assert ticks.tick() == PUBLISH, "in one run"
    assert ticks.tick() == set(), "once"
    ticks.judged("b")
    assert ticks.tick() == PUBLISH


def test_an_evaluation_under_way_is_waited_for(ticks: Ticks) -> None:
    ticks.tick()
    run = ticks.start("c")
    ticks.judged("a")
    assert ticks.tick() == set() == ticks.tick()
    ticks.judged("b")
    ticks.instance.report_run_failed(run)
    assert ticks.tick() == PUBLISH, "also where it has failed"
    assert ticks.tick() == set()


def test_verdicts_that_change_while_a_refresh_is_under_way_ask_for_another(ticks: Ticks) -> None:
    ticks.tick()
    ticks.judged("a")
    assert ticks.tick() == PUBLISH
    ticks.judged("b")
    for key in PUBLISH:
        ticks.instance.report_runless_asset_event(dg.AssetMaterialization(key))
    assert ticks.tick() == PUBLISH, "who has read the verdicts before b, and written after it, is not up to date"
    assert ticks.tick() == set()
