"""Runs: which are under way, and how those that the command line starts speak: what assets say, as plain lines.

Dagster's own events stay in the UI.
"""

import logging
import sys

import dagster as dg

_ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


def under_way(instance: dg.DagsterInstance, but: str = "") -> list[dg.DagsterRun]:
    """The runs that have not ended, `but` the one with this id."""
    statuses = [status for status in dg.DagsterRunStatus if status not in _ENDED]
    return [run for run in instance.get_runs(dg.RunsFilter(statuses=statuses)) if run.run_id != but]


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
