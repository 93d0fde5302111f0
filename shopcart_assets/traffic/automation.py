"""The watched folder: a sensor that asks for runs of days that arrived in a registered drop. Which days is decided by `arrivals`."""

import time

import dagster as dg

from shopcart_assets.platform.assets import Platform, daily
from shopcart_assets.traffic import drops, reconsent
from shopcart_assets.traffic.arrivals import Decisions, State, ask_again, consent_content, decide
from shopcart_assets.traffic.consent import consent_history
from shopcart_assets.traffic.watch import is_consent_as_seen, look

BECAUSE = "shopcart/because"
"""The tag that tells why a run was asked for."""

_DAY, _FIRST, _LAST = "dagster/partition", "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
_UNFINISHED = [status for status in dg.DagsterRunStatus if status not in _FINISHED]
_CONSENT = dg.AssetKey(["traffic", "consent"])


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
    try:
        known = _with_consent(state, platform, running)
    except drops.DropError as error:
        return dg.SensorResult(cursor=_cursor(state), skip_reason=str(error))
    decisions = decide(known, daily.get_partition_keys(), running)
    return _result(decisions, lines, is_consent_new=state.consent not in ("", known.consent))


def _with_consent(state: State, platform: Platform, running: dict[str, str]) -> State:
    """The state in which the days of people whose consent changed are asked for once more.

    A day under way counts as touched: nobody knows which consent its run has read. Raises DropError where a consent file cannot be
    read; then nothing is asked for, because no run could succeed.
    """
    content, registered = consent_content(state.seen), drops.registered(platform.settings.state)
    if content in ("", state.consent):
        return state
    history, kept = consent_history(registered), platform.settings.state / "watched"
    if not is_consent_as_seen(state.seen, registered):
        return state
    reconsent.forget_all_but(kept, state.consent)
    reconsent.keep(kept, content, history)
    users = reconsent.changed_users(reconsent.recall(kept, state.consent), history)
    touched = reconsent.days_of(users, state.asked, platform.warehouse)
    return ask_again(state, {*touched, *running}).model_copy(update={"consent": content})


def _result(decisions: Decisions, lines: list[str], is_consent_new: bool) -> dg.SensorResult:
    """The asks as runs of the job; a tick without any says what it saw and what it waits for."""
    asks = [
        dg.RunRequest(run_key=ask.key, partition_key=ask.day, tags={BECAUSE: ask.because}) for ask in decisions.asks
    ]
    if is_consent_new:
        asks.append(dg.RunRequest(asset_selection=[_CONSENT], tags={BECAUSE: "consent changed"}))
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
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)):
        first, last = (run.tags.get(tag, run.tags.get(_DAY, "")) for tag in (_FIRST, _LAST))
        found |= {day: run.run_id[:8] for day in days if first <= day <= last}
    return found
