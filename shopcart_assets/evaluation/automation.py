"""What evaluates policies without a hand: new policies, watched model lists, batches that come home, a weekly round.

Who is asked is decided in `wanted` and `due`, what is done then is the assets'. docs/automation.md is the overview.
"""

import time

import dagster as dg

from shopcart_assets.evaluation import registry, rounds
from shopcart_assets.evaluation.arrivals import arrived
from shopcart_assets.evaluation.assets import CHECKPOINT
from shopcart_assets.evaluation.due import due
from shopcart_assets.evaluation.looks import next_look
from shopcart_assets.evaluation.wanted import Past, wanted
from shopcart_assets.platform.assets import Platform, policies
from shopcart_assets.platform.automation import PROCESS, bring_home, partitions_under_way, under_way
from shopcart_assets.platform.llm.arrivals import Arrival

POLICY = "shopcart/policy"
"""The tag of a run that asks a server: two of one policy wait for each other (dagster.yaml), so that none asks what the other does."""

OF_A_POLICY = dg.AssetSelection.assets(
    *(["evaluation", name] for name in ("responses", "predictions", "samples", "likelihoods", "verdicts", "rounds"))
)
"""All that is made of one policy by itself, in the order in which it is made."""

_HOME = """Asks for a run of `evaluate` for each policy and round whose batch has ended at the server, or was lost by a killed run.

On by default: it collects what was paid for."""


@dg.sensor(
    job_name="evaluate",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=_HOME,
)
def answered_evaluations(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SensorResult | dg.SkipReason:
    """One look at the batches under way."""
    return bring_home(context, arrived(platform.warehouse, platform.settings), _collect)


def _collect(arrival: Arrival) -> dg.RunRequest:
    return _run(arrival.partition["policy"], arrival.partition["round"], arrival.run_key(time.time()))


_WEEKLY = """Asks the servers' policies anew, early on Mondays: their models drift under the same name.

On by default, because a policy is only asked within its own budget: one that costs money and has no budget_usd, has spent it, or still
has its last round under way is skipped and named in the log. Earlier rounds stay in evaluation.rounds; evaluation.history and
evaluation.drift compare them."""


@dg.schedule(
    job_name="evaluate",
    cron_schedule="0 3 * * 1",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=_WEEKLY,
)
def reevaluate_servers(
    context: dg.ScheduleEvaluationContext, platform: Platform
) -> list[dg.RunRequest] | dg.SkipReason:
    """A run for each policy that a server answers, in the round of the week."""
    round_ = rounds.week(context.scheduled_execution_time.date())
    partitions = context.instance.get_dynamic_partitions(str(policies.name))
    found = due(platform.warehouse, platform.settings, round_, partitions)
    for line in found.skipped:
        context.log.info(line)
    asked = [_run(name, round_, f"{name} {round_}") for name in found.policies]
    return asked or dg.SkipReason("; ".join(found.skipped) or "no policy is asked of a server")


def _run(policy: str, round_: str, run_key: str) -> dg.RunRequest:
    return dg.RunRequest(run_key, partition_key=policy, tags={rounds.TAG: round_, POLICY: policy})


_NEW = """Adds every policy that there is as a partition, and asks for the evaluation of those without verdicts, or whose checkpoint was
trained anew: built-in ones and those of policies.yaml at once, checkpoints when they finish, base models with their first checkpoint.

On by default: it asks a server only within its policy's own budget_usd (or if it is free), and one local model at a time. Who has to
wait is named in the log, with the reason. A failed evaluation is not asked for again until its line in policies.yaml, its checkpoint or
the days of test cases change; to ask by hand, materialize its partition."""

_VERDICTS, _PREDICTIONS = dg.AssetKey(["evaluation", "verdicts"]), dg.AssetKey(["evaluation", "predictions"])
_INGEST, _CASES, _RUN_KEY = "ingest_days", dg.AssetKey(["dataset", "cases"]), "dagster/run_key"


@dg.sensor(
    job_name="evaluate",
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=_NEW,
)
def new_policies(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SensorResult | dg.SkipReason:
    """One look at all policies."""
    if reason := _is_no_time(context.instance, platform):
        return dg.SkipReason(reason)
    found = wanted(platform.warehouse, platform.settings, _past(context.instance))
    for line in found.lines():
        context.log.info(line)
    there = set(context.instance.get_dynamic_partitions(str(policies.name)))
    every = registry.policies(platform.warehouse, platform.profile)
    new = [one.name for one in every if one.name not in there]
    if not new and not found.run_keys:
        return dg.SkipReason("; ".join(found.lines()) or "every policy has been evaluated")
    asked = [dg.RunRequest(key, partition_key=name, tags={POLICY: name}) for name, key in found.run_keys.items()]
    return dg.SensorResult(asked, dynamic_partitions_requests=[policies.build_add_request(new)] if new else [])


def _is_no_time(instance: dg.DagsterInstance, platform: Platform) -> str:
    """Why nothing is asked for now: test cases are not there yet, or somebody evaluates by the command line."""
    if platform.warehouse.read("dataset.cases").is_empty():
        return "there are no test cases yet: ingest a drop"
    runs = under_way(instance)
    if any(PROCESS in run.tags for run in runs):
        return "a command of the command line is at work, and may evaluate them itself"
    if any(run.job_name == _INGEST or _CASES in (run.asset_selection or ()) for run in runs):
        return "days are being ingested: test cases may be added"
    return ""


def _past(instance: dg.DagsterInstance) -> Past:
    def was_asked(run_key: str) -> bool:
        return instance.get_runs_count(dg.RunsFilter(tags={_RUN_KEY: run_key})) > 0

    def checkpoint_of(policy: str) -> str | None:
        of_policy = dg.AssetRecordsFilter(_PREDICTIONS, asset_partitions=[policy])
        for record in instance.fetch_materializations(of_policy, limit=1).records:
            told = record.asset_materialization.metadata.get(CHECKPOINT) if record.asset_materialization else None
            return str(told.value) if told else None
        return None

    return Past(partitions_under_way(instance, str(policies.name), _VERDICTS, "evaluate"), was_asked, checkpoint_of)


_WATCH = """Asks for a run of `watch`, which reads the model lists of the servers that policies.yaml watches: once an hour (watch_minutes in
shopcart.yaml), and at once where a watch is new. What it finds becomes a policy, and `new_policies` evaluates it within its budget.

On by default: to read a list costs nothing. Without watches it does nothing."""


@dg.sensor(
    job_name="watch",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=_WATCH,
)
def watched_models(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SensorResult | dg.SkipReason:
    """One look at the clock."""
    if not platform.profile.watches:
        return dg.SkipReason("no model list is watched: policies.yaml has none under `watch`")
    look = next_look(context.cursor, platform.profile.watches, platform.settings.watch_minutes, time.time())
    if look.wait_seconds > 0:
        return dg.SkipReason(f"the next look at the model lists is in {look.wait_seconds / 60:.0f} minutes")
    return dg.SensorResult([dg.RunRequest()], cursor=look.cursor)


SENSORS = [new_policies, watched_models, answered_evaluations]
SCHEDULES = [reevaluate_servers]
