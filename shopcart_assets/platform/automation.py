"""Runs: which are under way, which were killed, and how those that the command line starts speak: what assets say, as plain lines.

Dagster's own events stay in the UI.
"""

import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence

import dagster as dg
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage

from shopcart_assets.platform.jobs import is_alive
from shopcart_assets.platform.llm.arrivals import Arrival

PROCESS = "shopcart/process"
"""The tag of a run that the command line executes: the process that does."""

_WAITING = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED)
_ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


def bring_home(
    context: dg.SensorEvaluationContext,
    found: tuple[Sequence[Arrival], Sequence[str]],
    ask: Callable[[Arrival], dg.RunRequest],
) -> dg.SensorResult | dg.SkipReason:
    """One look of a sensor at batches under way: a run for each that has come home; `found` is what `arrived` says."""
    arrivals, waiting = found
    for line in waiting:
        context.log.info(line)
    if not arrivals:
        return dg.SkipReason("; ".join(waiting) or "nothing is under way")
    return dg.SensorResult([ask(one) for one in arrivals])


def complete_history(instance: dg.DagsterInstance) -> None:
    """Makes what is missing of the history's own tables: a process that was killed while it made them leaves some.

    Dagster makes the others when it connects, but asks for one of them before it ever does, and fails.
    """
    history = instance.event_log_storage
    if isinstance(history, SqlEventLogStorage):
        history.reindex_events()
        history.reindex_assets()


def under_way(instance: dg.DagsterInstance, but: str = "") -> list[dg.DagsterRun]:
    """The runs that have not ended, `but` the one with this id."""
    statuses = [status for status in dg.DagsterRunStatus if status not in _ENDED]
    return [run for run in instance.get_runs(dg.RunsFilter(statuses=statuses)) if run.run_id != but]


def partitions_under_way(instance: dg.DagsterInstance, partitions: str, asset: dg.AssetKey, job: str) -> dict[str, str]:
    """`running` or `queued` by key of the dynamic `partitions`, of the runs of `job` and of others that have the asset."""
    found: dict[str, str] = {}
    for run in under_way(instance):
        if asset not in (run.asset_selection or ()) and run.job_name != job:
            continue
        state = "queued" if run.status in _WAITING else "running"
        found |= dict.fromkeys(_keys_of(run, instance.get_dynamic_partitions(partitions)), state)
    return found


def _keys_of(run: dg.DagsterRun, keys: Sequence[str]) -> Sequence[str]:
    """The run's partition, or its range of `keys`."""
    first, last = (run.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
    if first in keys and last in keys:
        return keys[keys.index(first) : keys.index(last) + 1]
    return [key for key in (run.tags.get("dagster/partition"),) if key is not None]


def this_process() -> str:
    """This process, as no process of another machine is called."""
    return f"{os.getpid()}@{socket.gethostname()}"


def close_killed_runs(instance: dg.DagsterInstance) -> None:
    """Ends the runs whose process is gone, because a killed process cannot, and frees the pools that they held.

    One of the command line is cancelled: who started it starts it again. One that the daemon had launched has failed, so
    that the daemon launches it again (`run_retries` in dagster.yaml). Runs of other machines are left alone.
    """
    for run in under_way(instance):
        if is_alive_here(run.tags[PROCESS]) if PROCESS in run.tags else _has_worker(instance, run):
            continue
        if PROCESS in run.tags:
            instance.report_run_canceled(run, message="The process that ran it is gone.")
        else:
            instance.report_run_failed(run, message="The process that ran it is gone; the daemon starts it again.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def is_alive_here(process: str) -> bool:
    """Whether the process may still run: it does, or it is another machine's.

    >>> is_alive_here(this_process()), is_alive_here("1@elsewhere"), is_alive_here("4194304@" + socket.gethostname())
    (True, True, False)
    """
    pid, _, host = process.partition("@")
    return host != socket.gethostname() or is_alive(int(pid))


def _has_worker(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether the process that the daemon launched may still run. Only storage on this machine tells of this machine's."""
    if not isinstance(instance.run_storage, SqliteRunStorage):
        return True
    told = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    pids = [
        str(event.dagster_event.event_specific_data.metadata["pid"].value)  # type: ignore[union-attr]
        for event in told
        if event.message.startswith("Started process for run")
    ]
    return not pids or is_alive(int(pids[-1]))


class _Lines(logging.Handler):
    """Lines on standard error, indented below the run that they belong to."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line of an asset's or a check's own; what Dagster says of steps and runs is none."""
        meta = getattr(record, "dagster_meta", {})
        if meta.get("step_key") and not meta.get("dagster_event"):
            sys.stderr.write(f"          {meta.get('orig_message') or record.getMessage()}\n")
            sys.stderr.flush()


@dg.logger
def progress(context: dg.InitLoggerContext) -> logging.Logger:
    """The console of the command line."""
    logger = logging.Logger("progress", logging.INFO)
    logger.addHandler(_Lines())
    return logger
