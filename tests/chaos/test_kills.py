"""SIGKILL at random moments of every stage, and again while it recovers: what is left is what an undisturbed run leaves."""

import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos import left, lives
from tests.chaos.lives import STAGES, Stage

QUICK = ("traffic", "dataset")
"""The stages that are killed where nobody asks for more."""


@dataclass(frozen=True)
class Undisturbed:
    """What a stage has left that nothing disturbed, and how long it took."""

    digests: dict[str, str]
    shown: dict[str, int]
    seconds: float


class Past:
    """An undisturbed run, kept as it was before each stage. Homes are at one path always: some rows say where they lie."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        self.home.mkdir()
        self.known: dict[str, Undisturbed] = {}

    def of(self, wanted: Stage) -> Undisturbed:
        """What the stage leaves; it and those before it are run once."""
        for stage in STAGES[: STAGES.index(wanted) + 1]:
            if stage.name not in self.known:
                self._run(stage)
        return self.known[wanted.name]

    def _run(self, stage: Stage) -> None:
        if self.known:
            self.restore(list(self.known)[-1], "after")
        shutil.copytree(self.home, self.folder / f"before-{stage.name}")
        began = time.monotonic()
        lives.run(stage, self.home)
        seconds = time.monotonic() - began
        shutil.copytree(self.home, self.folder / f"after-{stage.name}")
        self.known[stage.name] = Undisturbed(left.digests(self.home), left.shown(self.home), seconds)

    def restore(self, stage: str, moment: str = "before") -> None:
        """Makes the home what it was before, or after, the stage."""
        shutil.rmtree(self.home)
        shutil.copytree(self.folder / f"{moment}-{stage}", self.home)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    return Past(tmp_path_factory.mktemp("chaos"))


def kills_of(stage: Stage, n_kills: int) -> int:
    """The stage's share of all kills."""
    return n_kills // len(STAGES) + (STAGES.index(stage) < n_kills % len(STAGES))


def kill(stage: Stage, home: Path, after_seconds: float) -> bool:
    """Whether the stage was still running then, and is killed now."""
    life = lives.start(stage, home)
    life.join(after_seconds)
    is_killed = life.is_alive()
    life.kill()
    life.join()
    assert is_killed or life.exitcode == 0, f"{stage.name} did not recover:\n{lives.said(home)}"
    return is_killed


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES, ids=[stage.name for stage in STAGES])
def test_a_stage_that_was_killed_and_run_again_leaves_the_same_bytes(
    stage: Stage, past: Past, request: pytest.FixtureRequest
) -> None:
    is_asked_for, seed = request.config.getoption("--chaos"), request.config.getoption("--chaos-seed")
    if stage.name not in QUICK and not is_asked_for:
        pytest.skip("make chaos runs it")
    expected, moments = past.of(stage), random.Random(f"{seed} {stage.name}")
    n_kills, n_left = 0, kills_of(stage, request.config.getoption("--kills")) if is_asked_for else 2
    while n_kills < n_left:
        past.restore(stage.name)
        lasted: list[float] = []
        while n_kills < n_left and (not lasted or moments.random() < 1 / 3):
            lasted.append(moments.random() * expected.seconds)
            n_kills += kill(stage, past.home, lasted[-1])
        lives.run(stage, past.home)
        how = f"{stage.name} killed after {lasted} s (seed {seed})"
        assert left.others(expected.digests, left.digests(past.home)) == [], how
        assert left.shown(past.home) == expected.shown, how
