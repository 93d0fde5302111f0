"""Runs: which are under way, which were killed, and how those that the command line starts speak: what assets say, as plain lines.

Dagster's own events stay in the UI.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import dagster as dg
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.tags import GRPC_INFO_TAG

from shopcart_assets.platform.files import disk_advice
from shopcart_assets.platform.jobs import is_alive
from shopcart_assets.platform.llm.arrivals import Arrival
from shopcart_assets.platform.llm.port import LLMUnavailableError
from shopcart_assets.platform.progress import tell

PROCESS = "shopcart/process"
"""The tag of a run that the command line executes: the process that does."""

WORKER = "shopcart/worker"
"""The tag of a run that says which process executes it, and which run that was said of: one that is launched again inherits its tags."""

RETRIES, RETRY_SECONDS = 3, 60

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


@contextmanager
def patient(context: dg.AssetExecutionContext) -> Iterator[None]:
    """A step of a run that a daemon launched, whose model server does not answer, is run again after a minute, three times at most.

    A run of the command line fails at once: who waits for it decides. What else fails would fail again.
    """
    try:
        yield
    except LLMUnavailableError as error:
        if GRPC_INFO_TAG not in context.run.tags:
            raise
        context.log.info(f"{error} The step is run again in {RETRY_SECONDS} s.")
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS) from error


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


def mark_worker(instance: dg.DagsterInstance, run_id: str) -> None:
    """Says in the run's tags that this process executes it."""
    instance.add_run_tags(run_id, {WORKER: f"{this_process()}/{run_id}"})


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
    """Whether the process that the daemon launched may still run. Before it says so itself, only storage on this machine tells."""
    worker, _, run_id = run.tags.get(WORKER, "").partition("/")
    if run_id == run.run_id:
        return is_alive_here(worker)
    if not isinstance(instance.run_storage, SqliteRunStorage):
        return True
    told = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    pids = [
        str(event.dagster_event.event_specific_data.metadata["pid"].value)  # type: ignore[union-attr]
        for event in told
        if event.message.startswith("Started process for run")
    ]
    return not pids or is_alive(int(pids[-1]))


def first_error(result: dg.ExecuteInProcessResult) -> str:
    """The innermost cause of the first step that failed: its first line, or two where a list begins, say what is wrong.

    `interrupted` where Ctrl-C or SIGTERM ended it: Dagster catches the signal and lets the run end in failure.
    """
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            while error.cause:
                error = error.cause
            if error.cls_name == "DagsterExecutionInterruptedError":
                return "interrupted"
            named, _, text = error.message.partition(": ")
            line = text if named.endswith(str(error.cls_name)) else error.message
            if error.cls_name != "LakeError" and (advice := disk_advice(line)):
                return advice
            first, *more = (one.strip() for one in line.strip().splitlines())
            return f"{first} {more[0]}" if first.endswith(":") and more else first
    return "a blocking check failed; see the run in `shopcart ui`"


class _Lines(logging.Handler):
    """Lines on standard error, indented below the run that they belong to."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line of an asset's or a check's own; what Dagster says of steps and runs is none."""
        meta = getattr(record, "dagster_meta", {})
        if meta.get("step_key") and not meta.get("dagster_event"):
            tell(f"          {meta.get('orig_message') or record.getMessage()}")


@dg.logger
def progress(context: dg.InitLoggerContext) -> logging.Logger:
    """The console of the command line."""
    logger = logging.Logger("progress", logging.INFO)
    logger.addHandler(_Lines())
    return logger
