"""Jobs and sensors of the whole lineage, and the runs that the command line and the demo job ask for.

A job's selection is data; what its assets do is in the stages. Each run is an ordinary Dagster run: seen in the UI,
safe to kill, and completed by starting it again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import dagster as dg

from shopcart_assets.evaluation.automation import OF_A_POLICY
from shopcart_assets.platform.assets import Platform, daily, experiments, generators, policies
from shopcart_assets.platform.automation import PROCESS, close_killed_runs, complete_history, first_error, this_process
from shopcart_assets.platform.partitions import PartitionError
from shopcart_assets.platform.profiles import HUMAN, PolicyConfig, Profile
from shopcart_assets.platform.progress import line, under_way
from shopcart_assets.platform.settings import Settings, enter

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

_SAMPLE = dg.AssetSelection.assets(["traffic", "sample_drop"])
_BY_GENERATOR = dg.AssetSelection.groups("reasoning") | dg.AssetSelection.assets(["dataset", "conversations_reasoning"])
_ERASE = dg.AssetSelection.assets(["privacy", "erasures"], ["privacy", "erasure_marks"])
_INGEST = dg.AssetSelection.groups("traffic", "privacy", "context", "dataset") - _SAMPLE - _BY_GENERATOR - _ERASE
_WATCH = dg.AssetSelection.assets(["evaluation", "found_policies"])
_PUBLISH = dg.AssetSelection.groups("evaluation", "report") - OF_A_POLICY - _WATCH

_IN_PROCESS = dg.in_process_executor

_PARTS = (
    ("sample_shop", _SAMPLE, "Makes the sample shop's traffic (simulated) and registers it."),
    ("ingest_days", _INGEST, "Takes days of a registered drop up to test cases and training conversations."),
    ("erase", _ERASE, "Erases who has withdrawn, and whose erasure was ordered, from every table of every stage."),
    ("synthesize", _BY_GENERATOR, "Writes rationales for a day by a generator, and the conversations with them."),
    ("train", dg.AssetSelection.groups("training"), "Fine-tunes an experiment's checkpoint."),
    ("evaluate", OF_A_POLICY, "Predicts and judges every test case with a policy; reads a local model's likelihoods."),
    ("watch", _WATCH, "Asks the watched servers which models they have."),
    ("publish", _PUBLISH, "Metrics over all verdicts, and the report."),
)
ASSET_JOBS = [
    dg.define_asset_job(name, selection, description=description, executor_def=_IN_PROCESS)
    for name, selection, description in _PARTS
]


class RunFailed(RuntimeError):
    """A Dagster run ended in failure; the message is the first error's first line."""


@dataclass(frozen=True)
class Step:
    """One run: a job, and the partition or the range of days that it is for."""

    title: str
    job: str
    partition: str | None = None
    last_day: str | None = None

    def tags(self) -> dict[str, str]:
        """The run's tags: a range of days, and who runs it."""
        days = {RANGE_START: str(self.partition), RANGE_END: self.last_day} if self.last_day else {}
        return {**days, PROCESS: this_process()}


def ranges(days: Sequence[str]) -> list[tuple[str, str]]:
    """The days as runs of neighbours, because a range of partitions cannot have a gap.

    >>> ranges(["2026-10-01", "2026-10-02", "2026-10-05"])
    [('2026-10-01', '2026-10-02'), ('2026-10-05', '2026-10-05')]
    """
    keys = daily.get_partition_keys()
    place = {key: index for index, key in enumerate(keys)}
    unknown = [day for day in days if day not in place]
    if unknown:
        raise PartitionError(
            f"days outside {keys[0]} to {keys[-1]}, the days that can be materialized (first_day in shopcart.yaml): {', '.join(unknown)}"
        )
    ordered = sorted(set(days))
    breaks = [i + 1 for i, (a, b) in enumerate(pairwise(ordered)) if place[b] != place[a] + 1]
    return [(ordered[i], ordered[j - 1]) for i, j in pairwise([0, *breaks, len(ordered)])] if ordered else []


def ingest_steps(days: Sequence[str]) -> list[Step]:
    """Days of a registered drop, up to `dataset`; nothing here asks a model for anything."""
    return [Step(f"ingest {first} to {last}", "ingest_days", first, last) for first, last in ranges(days)]


def rebuild_steps(settings: Settings) -> list[Step]:
    """The built days that still use what people have withdrawn since, as far as a registered drop has them."""
    from shopcart_assets.traffic import drops
    from shopcart_assets.traffic.withdrawals import days_to_rebuild

    delivered = {day for drop in drops.registered(settings.state) for day in drops.days(drop)}
    stale = [day for day in days_to_rebuild(settings.warehouse().read("traffic.withdrawals")) if day in delivered]
    return [
        Step(f"build again {first} to {last}: people have withdrawn since", "ingest_days", first, last)
        for first, last in ranges(stale)
    ]


def demo_steps(profile: Profile, days: Sequence[str]) -> list[Step]:
    """The whole lineage on this machine. Policies without a model come first, for early tables; no server's policy is asked."""
    quick = [one for one in profile.policies if one.model is None]
    models = [one for one in profile.policies if one.model is not None and one.server is None]
    return [
        *ingest_steps(days),
        *evaluate_steps(quick, publish=True),
        *synthesize_steps(profile.writers(), days),
        *(Step(f"train {one.name}", "train", one.name) for one in profile.experiments),
        *evaluate_steps(models, publish=True),
    ]


def synthesize_steps(names: Sequence[str], days: Sequence[str]) -> list[Step]:
    """Rationales of each generator for each day, and the conversations with them; one run each, which its budget bounds."""
    asked = [
        (day, name, dg.MultiPartitionKey({"day": day, "generator": name})) for name in names for day in sorted(days)
    ]
    return [Step(f"rationales for {day} by {name}", "synthesize", str(key)) for day, name, key in asked]


def erase_steps(settings: Settings) -> list[Step]:
    """What was ordered is erased; the figures that were made with it are made again, where there are any."""
    is_judged = bool(settings.warehouse().partitions("evaluation.verdicts"))
    return [Step("erase", "erase"), *evaluate_steps([], publish=is_judged)]


def evaluate_steps(asked: Sequence[PolicyConfig], publish: bool) -> list[Step]:
    """Each policy over all test cases, then the tables and the report over all verdicts that there are."""
    steps = [Step(f"evaluate {one.name}", "evaluate", one.name) for one in asked]
    return [*steps, Step("metrics and report", "publish")] if publish else steps


def declare(instance: dg.DagsterInstance, profile: Profile) -> None:
    """Adds the profile's generators, experiments and policies as partitions. Never takes one away."""
    for definition, names in _declared(profile):
        _add(instance, definition, names)


def add_policies(instance: dg.DagsterInstance, names: Sequence[str]) -> None:
    """Adds policies as partitions that were found, and that no profile declares."""
    _add(instance, policies, names)


def _add(instance: dg.DagsterInstance, definition: dg.DynamicPartitionsDefinition, names: Sequence[str]) -> None:
    missing = [name for name in names if not instance.has_dynamic_partition(str(definition.name), name)]
    instance.add_dynamic_partitions(str(definition.name), missing)


def _declared(profile: Profile) -> list[tuple[dg.DynamicPartitionsDefinition, list[str]]]:
    return [
        (generators, [one.name for one in (*profile.generators, HUMAN)]),
        (experiments, [one.name for one in profile.experiments]),
        (policies, [one.name for one in profile.policies]),
    ]


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance in the state folder, with the profile's partitions, and killed runs of earlier processes closed."""
    enter(settings)
    with dg.DagsterInstance.get() as instance:
        complete_history(instance)
        declare(instance, settings.profile)
        close_killed_runs(instance)
        yield instance


def run(step: Step, instance: dg.DagsterInstance, groups: Sequence[str] = ()) -> None:
    """Runs one step in this process, or of its assets only those of these groups. Raises RunFailed, KeyboardInterrupt."""
    from shopcart_assets.definitions import defs

    job = defs.resolve_job_def(step.job)
    layer = job.asset_layer
    chosen = sorted(key for key in layer.executable_asset_keys if layer.get(key).group_name in groups)
    result = job.execute_in_process(
        asset_selection=chosen or None,
        run_config={"loggers": {"progress": {}}},
        instance=instance,
        partition_key=None if step.last_day else step.partition,
        tags=step.tags(),
        raise_on_error=False,
    )
    if not result.success:
        if (why := first_error(result)) == "interrupted":
            raise KeyboardInterrupt(f" in {step.title}: the same command again completes it")
        raise RunFailed(f"{step.title}: {why}")


def run_all(steps: Sequence[Step], instance: dg.DagsterInstance, say: Callable[[str], None]) -> None:
    """Runs the steps in order and says each before it starts. Raises RunFailed at the first that fails."""
    began = time.monotonic()
    for n_done, step in enumerate(steps):
        say(f"[{n_done + 1}/{len(steps)}] {step.title}")
        pace = f"{line(n_done, len(steps), 'runs', time.monotonic() - began)}; " if n_done else ""
        with under_way(f"{pace}{step.title}"):
            run(step, instance)


def run_demo(settings: Settings, instance: dg.DagsterInstance, say: Callable[[str], None]) -> None:
    """Everything from the sample shop's traffic to the report. Raises RunFailed."""
    from shopcart_assets.traffic import drops

    declare(instance, settings.profile)
    run_all([Step("the sample shop (simulated)", "sample_shop")], instance, say)
    days = drops.days(drops.sample_folder(settings.state, settings.profile.name))
    run_all(demo_steps(settings.profile, days), instance, say)


@dg.op(name="whole_lineage")
def _whole_lineage(context: dg.OpExecutionContext, platform: Platform) -> None:
    """Everything from the sample shop's traffic to the report, as runs of the other jobs."""
    run_demo(platform.settings, context.instance, context.log.info)


@dg.job(
    name="demo",
    description="The whole lineage on the sample shop (simulated shoppers).",
    executor_def=_IN_PROCESS,
)
def _demo() -> None:
    _whole_lineage()


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Adds generators, experiments and policies that the configuration declares as partitions.",
)
def declared_partitions(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SensorResult | dg.SkipReason:
    """One look at the configuration."""
    missing = [
        definition.build_add_request(
            [name for name in names if not context.instance.has_dynamic_partition(str(definition.name), name)]
        )
        for definition, names in _declared(platform.profile)
    ]
    missing = [request for request in missing if request.partition_keys]
    return dg.SensorResult(dynamic_partitions_requests=missing) if missing else dg.SkipReason("nothing new is declared")


JOBS: list[Any] = [*ASSET_JOBS, _demo]
SENSORS = [declared_partitions]
