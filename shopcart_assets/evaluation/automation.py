"""What evaluates servers by itself: a sensor that brings batches home, and a weekly round. What is done then is the assets'."""

import time

import dagster as dg

from shopcart_assets.evaluation import rounds
from shopcart_assets.evaluation.arrivals import arrived
from shopcart_assets.evaluation.due import due
from shopcart_assets.platform.assets import Platform, policies
from shopcart_assets.platform.llm.arrivals import Arrival

POLICY = "shopcart/policy"
"""The tag of a run that asks a server: two of one policy wait for each other (dagster.yaml), so that none asks what the other does."""

OF_A_POLICY = dg.AssetSelection.assets(
    *(["evaluation", name] for name in ("responses", "predictions", "samples", "likelihoods", "verdicts", "rounds"))
)
"""All that is made of one policy by itself, in the order in which it is made."""

EVALUATE_SERVER = dg.define_asset_job(
    "evaluate_server",
    OF_A_POLICY,
    description="Asks a policy's server, or collects what it was asked, and judges the answers.",
    executor_def=dg.in_process_executor,
)

_HOME = """Asks for a run of `evaluate_server` for each policy and round whose batch has ended at the server, or was lost by a killed run.

On by default: it collects what was paid for."""


@dg.sensor(
    job=EVALUATE_SERVER,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=_HOME,
)
def answered_evaluations(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SensorResult | dg.SkipReason:
    """One look at the batches under way."""
    arrivals, waiting = arrived(platform.warehouse, platform.settings)
    for line in waiting:
        context.log.info(line)
    if not arrivals:
        return dg.SkipReason("; ".join(waiting) or "nothing is under way")
    return dg.SensorResult([_collect(one) for one in arrivals])


def _collect(arrival: Arrival) -> dg.RunRequest:
    return _run(arrival.partition["policy"], arrival.partition["round"], arrival.run_key(time.time()))


_WEEKLY = """Asks the servers' policies anew, early on Mondays: their models drift under the same name.

On by default, because a policy is only asked within its own budget: one that costs money and has no budget_usd, has spent it, or still
has its last round under way is skipped and named in the log. Earlier rounds stay in evaluation.rounds; evaluation.history and
evaluation.drift compare them."""


@dg.schedule(
    job=EVALUATE_SERVER,
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


JOBS = [EVALUATE_SERVER]
SENSORS = [answered_evaluations]
SCHEDULES = [reevaluate_servers]
