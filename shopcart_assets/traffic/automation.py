"""What runs by itself: a sensor that asks for runs of days that arrived in a registered drop, and the sweep of old raw traffic.

Which days is decided by `arrivals`, what is old by `retention`.
"""

import datetime as dt
import time

import dagster as dg

from shopcart_assets.platform.assets import Platform, daily
from shopcart_assets.platform.automation import under_way
from shopcart_assets.traffic import drops, rejudge, retention, spool
from shopcart_assets.traffic.arrivals import Decisions, State, ask_again, consent_content, decide
from shopcart_assets.traffic.watch import look

BECAUSE = "shopcart/because"
"""The tag that tells why a run was asked for."""

_DAY, _FIRST, _LAST = "dagster/partition", "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_CONSENT, _WITHDRAWALS, _SESSIONS = (dg.AssetKey(["traffic", name]) for name in ("consent", "withdrawals", "sessions"))

_SAID = 10
"""The most lines of a tick's reason."""

_DESCRIPTION = """Asks for the run of each day that arrives in a registered drop, and again when its content, a neighbour's or a
person's consent changes.

Off until it is switched on (Automation, arrived_days); from then on it asks for every whole day of the registered drops that it has
not asked for yet. A day is whole when its folder has a `_SUCCESS` not older than its files, or when nothing in it changed for
`arrival_quiet_seconds`. A delivery with equal content asks for nothing. A day whose run failed is asked for again when something
changes; before that, run it by hand. What is taken out of a drop is told in the log; nothing is deleted."""


@dg.sensor(
    job_name="ingest_days",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description=_DESCRIPTION,
)
def arrived_days(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SensorResult | dg.SkipReason:
    """One look at the registered drops; what is remembered until the next one is the cursor."""
    state = State.model_validate_json(context.cursor) if context.cursor else State()
    try:
        registered = drops.registered(platform.settings.state)
        if not registered:
            return dg.SkipReason("no drop is registered: run `shopcart ingest DROP --register-only`")
        seen, lines = look(state.seen, registered, time.time(), platform.settings.arrival_quiet_seconds)
    except drops.DropError as error:
        return dg.SkipReason(str(error))
    for line in lines:
        context.log.info(line)
    running = _running(context.instance)
    state = state.model_copy(update={"seen": seen})
    # Not beside a run that may still write the table as it was; the first days' own runs write it.
    content = state.consent if running else consent_content(seen) or state.consent
    is_consent_new = bool(state.asked) and content != state.consent
    judged = _with_consent(state.model_copy(update={"consent": content}), context.instance, platform, running)
    return _result(decide(judged, daily.get_partition_keys(), running), lines, is_consent_new)


def _with_consent(state: State, instance: dg.DagsterInstance, platform: Platform, running: dict[str, str]) -> State:
    """The state in which the days that the consent table now judges otherwise are asked for once more.

    Looked at again whenever the table, a day's sessions or the runs under way are others than before, so that no order of runs
    leaves a day behind. A day under way is looked at when its run has ended.
    """
    written = [instance.get_latest_materialization_event(key) for key in (_CONSENT, _SESSIONS)]
    built = " ".join([*(f"{event.run_id}@{event.timestamp}" for event in written if event), *sorted(running.values())])
    if built == state.built or not platform.warehouse.exists("traffic.consent"):
        return state
    history = platform.warehouse.read("traffic.consent")
    days = [
        day
        for day in state.asked
        if day not in running and rejudge.is_judged_otherwise(platform.warehouse, day, history)
    ]
    return ask_again(state, days, rejudge.version(history)).model_copy(update={"built": built})


def _result(decisions: Decisions, lines: list[str], is_consent_new: bool) -> dg.SensorResult:
    """The asks as runs of the job; a tick without any says what it saw and what it waits for."""
    asks = [
        dg.RunRequest(run_key=ask.key, partition_key=ask.day, tags={BECAUSE: ask.because}) for ask in decisions.asks
    ]
    if is_consent_new:
        asks.append(dg.RunRequest(asset_selection=[_CONSENT, _WITHDRAWALS], tags={BECAUSE: "consent changed"}))
    said = [*lines, *decisions.waiting] or ["nothing new in the registered drops"]
    more = [f"and {len(said) - _SAID} more"] if len(said) > _SAID else []
    reason = None if asks else "; ".join([*said[:_SAID], *more])
    return dg.SensorResult(asks, skip_reason=reason, cursor=_cursor(decisions.state))


def _cursor(state: State) -> str:
    return state.model_dump_json(exclude_defaults=True)


def _running(instance: dg.DagsterInstance) -> dict[str, str]:
    """The days of runs that have not ended, and their runs."""
    found: dict[str, str] = {}
    days = daily.get_partition_keys()
    for run in under_way(instance):
        first, last = (run.tags.get(tag, run.tags.get(_DAY, "")) for tag in (_FIRST, _LAST))
        found |= {day: run.run_id[:8] for day in days if first <= day <= last}
    return found


@dg.op
def sweep_old_raw_traffic(context: dg.OpExecutionContext, platform: Platform) -> None:
    """Deletes raw partitions past their time; where no other run writes, also what killed ones left of raw data."""
    keep_days = platform.settings.raw_retention_days
    gone = retention.sweep(platform.warehouse, dt.datetime.now(dt.UTC).date(), keep_days)
    if not under_way(context.instance, but=context.run_id):
        platform.warehouse.lake.sweep("traffic/")
        spool.sweep(platform.settings.state / "scratch")
    kept = "for ever" if keep_days is None else f"{keep_days} days"
    context.log.info(f"raw traffic is kept {kept}: {len(gone)} partitions deleted")


@dg.job(
    description="Deletes raw events, pages and quarantined rows that are older than raw_retention_days; nothing else.",
    executor_def=dg.in_process_executor,
)
def sweep_raw() -> None:
    """The time to live of raw traffic."""
    sweep_old_raw_traffic()


nightly_sweep = dg.ScheduleDefinition(
    name="nightly_sweep",
    job=sweep_raw,
    cron_schedule="0 3 * * *",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Every night at 3 (UTC). Off until it is switched on: it deletes.",
)
