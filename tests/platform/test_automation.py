"""Runs whose process was killed, and a history that was killed while it was made."""

import os
import sqlite3
from contextlib import closing

import dagster as dg
from dagster._core.events import EngineEventData

from shopcart_assets.automation import dagster_instance
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.automation import PROCESS, close_killed_runs, partitions_under_way, this_process

GONE = 4_194_304
"""More than the most process ids that Linux gives."""


@dg.job
def _nothing() -> None:
    """A job to have runs of."""


def begun(instance: dg.DagsterInstance, pid: int | None = None, process: str | None = None) -> str:
    """A run under way, launched as process `pid` by the daemon or executed by `process` of the command line."""
    run = instance.create_run_for_job(_nothing, tags={PROCESS: process} if process else {})
    if pid is not None:
        told = f"Started process for run (pid: {pid})."
        instance.report_engine_event(told, run, EngineEventData.in_process(pid))
    instance.report_dagster_event(dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, "j"), run_id=run.run_id)
    return run.run_id


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


def test_what_the_command_line_ran_is_cancelled_where_its_process_is_gone(platform: Platform) -> None:
    gone = this_process().replace(str(os.getpid()), str(GONE))
    with dagster_instance(platform.settings) as instance:
        dead, alive = begun(instance, process=gone), begun(instance, process=this_process())
        elsewhere = begun(instance, process=f"{GONE}@elsewhere")
        never_begun = instance.create_run_for_job(_nothing, tags={PROCESS: gone}).run_id
    with dagster_instance(platform.settings) as instance:
        assert status(instance, dead) == status(instance, never_begun) == dg.DagsterRunStatus.CANCELED
        assert status(instance, alive) == status(instance, elsewhere) == dg.DagsterRunStatus.STARTED


def test_what_the_daemon_launched_has_failed_where_its_process_is_gone_so_that_it_is_launched_again(
    platform: Platform,
) -> None:
    with dagster_instance(platform.settings) as instance:
        dead, alive, waiting = begun(instance, GONE), begun(instance, os.getpid()), begun(instance)
        close_killed_runs(instance)
        assert status(instance, dead) == dg.DagsterRunStatus.FAILURE
        assert status(instance, alive) == status(instance, waiting) == dg.DagsterRunStatus.STARTED
        assert instance.run_retries_enabled and not instance.run_retries_retry_on_asset_or_op_failure


def test_what_is_under_way_is_told_by_partition() -> None:
    asset, key = dg.AssetKey(["a", "b"]), "dagster/partition"
    ends = {"dagster/asset_partition_range_start": "two", "dagster/asset_partition_range_end": "three"}
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("experiments", ["one", "two", "three", "four", "five"])

        def under_way() -> dict[str, str]:
            return partitions_under_way(instance, "experiments", asset, "_nothing")

        run_id = instance.create_run_for_job(_nothing, tags={key: "one"}).run_id
        assert under_way() == {"one": "queued"}
        instance.report_dagster_event(dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, "j"), run_id=run_id)
        instance.create_run_for_job(_nothing, tags=ends, status=dg.DagsterRunStatus.STARTED)
        instance.create_run_for_job(_nothing, tags={key: "four"}, status=dg.DagsterRunStatus.SUCCESS)
        other = dg.GraphDefinition("other").to_job()
        instance.create_run_for_job(other, tags={key: "five"}, status=dg.DagsterRunStatus.STARTED)
        assert under_way() == {"one": "running", "two": "running", "three": "running"}


def test_a_history_that_was_killed_while_it_was_made_is_completed(platform: Platform) -> None:
    with dagster_instance(platform.settings):
        pass
    (index,) = platform.settings.state.rglob("index.db")
    with closing(sqlite3.connect(index)) as connection:
        for table in ("dynamic_partitions", "secondary_indexes", "alembic_version"):
            connection.execute(f"drop table {table}")
        connection.commit()
    with dagster_instance(platform.settings) as instance:
        assert instance.get_dynamic_partitions("policies")
