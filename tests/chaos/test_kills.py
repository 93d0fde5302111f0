"""SIGKILL at random moments of every stage, and again while it recovers: what is left is what an undisturbed run leaves."""

import random
from pathlib import Path

import pytest

from tests.chaos import lives
from tests.chaos.lives import STAGES, Stage
from tests.chaos.past import Past

QUICK = ("traffic",)
"""What is killed where nobody asks for more: whole lineages, trainings, erasures and workers are killed by tests of their own."""


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
        past.require_same(stage, how)
