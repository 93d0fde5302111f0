"""SIGTERM is heard, also where the step never ends; a loss that leaves for good stops the run, one that comes back does not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ml_jobs.stopping import LossWatch, TrainingDiverged, asked_by_sigterm
from shopcart_assets.platform.jobs import PREEMPTED

STUCK = """
import ctypes, sys
from ml_jobs.stopping import asked_by_sigterm
with asked_by_sigterm(float(sys.argv[1])) as asked:
    print("ready", flush=True)
    if sys.argv[2] == "hears":
        asked.wait()
        sys.exit(3)
    lock, mutex = ctypes.CDLL(None).pthread_mutex_lock, ctypes.create_string_buffer(128)
    lock(mutex)
    lock(mutex)  # as inside a collective whose other rank is gone: no instruction of Python follows
"""


def sent_sigterm(grace_seconds: float, how: str) -> tuple[int, str]:
    command = [sys.executable, "-c", STUCK, str(grace_seconds), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def test_sigterm_sets_the_event_and_the_program_ends_as_it_likes() -> None:
    code, errors = sent_sigterm(60.0, "hears")
    assert code == 3
    assert errors.splitlines() == ["SIGTERM: finishing the step, saving, stopping"]


def test_a_step_that_does_not_end_is_left_after_the_grace() -> None:
    code, errors = sent_sigterm(0.1, "stuck")
    assert code == PREEMPTED
    assert "stopped 0.1 s after SIGTERM, in the middle of a step" in errors


def n_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_afterwards_signals_are_handled_as_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    n_open = n_files()
    with asked_by_sigterm(60.0) as asked:
        os.kill(os.getpid(), signal.SIGTERM)
        assert asked.wait(30)
    assert signal.getsignal(signal.SIGTERM) == before
    assert signal.set_wakeup_fd(-1) == -1
    deadline = time.monotonic() + 30
    while n_files() > n_open and time.monotonic() < deadline:
        time.sleep(0.01)
    assert n_files() <= n_open


def watched(losses: list[float], first: float | None = None) -> LossWatch:
    watch = LossWatch(margin_nats=1.0, n_steps=3, first_nats=first)
    for step, loss in enumerate(losses, 1):
        watch.see(step, loss)
    return watch


def test_a_loss_that_comes_back_is_no_divergence() -> None:
    assert watched([2.0, 9.0, 9.0, 2.5, 9.0, 3.0]).is_good
    assert not watched([2.0, 9.0, 9.0]).is_good


@pytest.mark.parametrize("gone", [3.1, float("inf"), float("nan")])
def test_a_loss_that_stays_away_is_one(gone: float) -> None:
    with pytest.raises(TrainingDiverged, match=r"step 5: loss .* more than 1 nats above the first step's 2.0"):
        watched([2.0, 1.5, *[gone] * 3])


def test_a_resumed_run_remembers_the_first_loss() -> None:
    assert watched([5.0, 5.0, 5.0]).is_good
    with pytest.raises(TrainingDiverged):
        watched([5.0, 5.0, 5.0], first=2.0)
