"""The stages as processes that may be killed: which there are, how one is started in a home of its own, and what it leaves.

No faults here: those are the tests'.
"""

import datetime as dt
import multiprocessing
import os
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from shopcart_assets.platform.files import write_once
from shopcart_assets.platform.pool import end_with_parent
from tests.chaos import clocks

PROFILE, SECRET = "tiny", "of the tests"
DAYS = ("2026-09-01", "2026-09-02")
ERASED_AT = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)

_FORKS = multiprocessing.get_context("forkserver")
# What every life needs is imported once, in the server that lives are forked from: a kill costs a second, not five.
_FORKS.set_forkserver_preload(["tests.chaos.lives", "shopcart_assets.definitions", "shopcart_assets.traffic.day"])


@dataclass(frozen=True)
class Stage:
    """One job of the lineage, or the part of it that is in `groups`, for a partition or for all DAYS."""

    name: str
    job: str
    groups: tuple[str, ...] = ()
    partition: str | None = None


STAGES = (
    Stage("sample_shop", "sample_shop"),
    Stage("traffic", "ingest_days", ("traffic",)),
    Stage("privacy", "ingest_days", ("privacy",)),
    Stage("context", "ingest_days", ("context",)),
    Stage("dataset", "ingest_days", ("dataset",)),
    Stage("baseline", "evaluate", partition="markov_1"),
    Stage("reasoning", "synthesize", partition=f"{DAYS[0]}|tiny-random"),
    Stage("training", "train", partition="tiny-random-action_only-s0"),
    Stage("evaluation", "evaluate", partition="tiny-random-action_only-s0"),
    Stage("report", "publish"),
    Stage("erasure", "erase"),
)
"""In the order in which the data flows; each needs those before it."""


def start(stage: Stage, folder: Path, log: Path | None = None, clock: int | None = None) -> BaseProcess:
    """The stage in a process of its own, in the home `folder`. Exit code 0: done; what it says is in `log` (default: there).

    `clock` is the seed of one that jumps; None = it goes as it should.
    """
    life = _FORKS.Process(target=_live, args=(stage, folder, log or folder / "log.txt", clock))
    life.start()
    return life


def run(stage: Stage, folder: Path) -> None:
    """Runs the stage to its end. Raises AssertionError with what it said, where it failed."""
    life = start(stage, folder)
    life.join()
    assert life.exitcode == 0, f"{stage.name} ended with {life.exitcode}:\n{said(folder)}"


def said(folder: Path) -> str:
    """What the last life said."""
    return (folder / "log.txt").read_text(errors="replace")


def _live(stage: Stage, folder: Path, log: Path, clock: int | None) -> None:
    """The body of a life: as a user's command would, it opens Dagster's instance, which closes what killed runs left."""
    end_with_parent()
    os.environ.update(SHOPCART_STATE=str(folder), SHOPCART_PROFILE=PROFILE, SHOPCART_SECRET=SECRET, OMP_NUM_THREADS="1")
    os.chdir(folder)
    from shopcart_assets.cli_errors import told

    opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(opened, stream)
    if clock is not None:
        clocks.jump(clock)
    told(lambda: _work(stage))


def _work(stage: Stage) -> None:
    from shopcart_assets import automation
    from shopcart_assets.definitions import defs
    from shopcart_assets.platform.settings import load_settings

    settings = load_settings()
    if stage.job == "erase":
        _erase(settings.state)
    with automation.dagster_instance(settings) as instance:
        days = DAYS if stage.job == "ingest_days" else (stage.partition, None)
        step = automation.Step(stage.name, stage.job, *days)
        if not stage.groups:
            automation.run(step, instance)
            return
        assets = defs.resolve_job_def(stage.job).asset_layer.executable_asset_keys
        result = defs.resolve_job_def(stage.job).execute_in_process(
            instance=instance,
            tags=step.tags(),
            asset_selection=sorted((key for key in assets if key.path[0] in stage.groups), key=str),
        )
        assert result.success


def _erase(state: Path) -> None:
    """Erases one shopper who asked for it, and those who have withdrawn, at a time that is the same in each life."""
    from shopcart_assets.platform.settings import load_settings
    from shopcart_assets.privacy.erasure import run as erasure

    estate, asked = erasure.Estate.of(load_settings()), state / "asked.txt"
    write_once(asked, str(estate.warehouse.read("context.actions")["user_id"].min()))
    erasure.order(estate, asked.read_text(), ERASED_AT)
    erasure.settle(estate, ERASED_AT)
