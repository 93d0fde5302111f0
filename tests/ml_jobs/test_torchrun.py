"""Several ranks, started as users start them: the loss of one, and kills, stops and other numbers of ranks change nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ml_jobs import stopping, train, trainer
from shopcart_assets.platform.jobs import PREEMPTED
from tests.ml_jobs.conftest import ARCHITECTURES, session, write_sessions
from tests.ml_jobs.test_train import config, losses, metrics, weights


def launch(run: trainer.RunConfig, n_ranks: int) -> subprocess.Popen[str]:
    """The program as a user starts it, on `n_ranks` ranks."""
    path = run.output_dir.with_suffix(".json")
    path.write_text(json.dumps(asdict(run), default=str))
    torchrun = [sys.executable, "-m", "ml_jobs.torchrun", "--standalone", f"--nproc-per-node={n_ranks}"]
    command = [*torchrun, "-m", "ml_jobs.train", "--config", str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finished(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


def wait_for_rows(run: trainer.RunConfig, count: int) -> None:
    path, deadline = run.output_dir / "metrics.jsonl", time.monotonic() + 120
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    """The ranks that a torchrun has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def held_out(run: trainer.RunConfig, tmp_path: Path) -> trainer.RunConfig:
    aside = write_sessions(tmp_path / "held_out.jsonl", [session(number, 2) for number in (50, 51, 52)])
    return replace(run, held_out=aside)


def together(runs: list[trainer.RunConfig], n_ranks: int) -> str:
    """Trains them one after the other on the same ranks; what the ranks say."""
    paths = [run.output_dir.with_suffix(".json") for run in runs]
    for run, path in zip(runs, paths, strict=True):
        path.write_text(json.dumps(asdict(run), default=str))
    torchrun = [sys.executable, "-m", "ml_jobs.torchrun", "--standalone", f"--nproc-per-node={n_ranks}"]
    command = [*torchrun, "-m", "tests.ml_jobs.many_runs", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def three_at_a_time(base: Path, tmp_path: Path, name: str, **changes: Any) -> trainer.RunConfig:
    """A run whose three sessions a step do not go into the ranks evenly."""
    return held_out(config(base, tmp_path, name, **{"max_steps": 2, "sessions_per_step": 3, **changes}), tmp_path)


def assert_equal(many: trainer.RunConfig, one: trainer.RunConfig, world_size: int) -> None:
    assert losses(many) == pytest.approx(losses(one), abs=1e-4)
    assert metrics(many)[-1]["held_out_loss_nats"] == pytest.approx(metrics(one)[-1]["held_out_loss_nats"], abs=1e-4)
    assert json.loads((many.output_dir / "result.json").read_text())["world_size"] == world_size
    same = weights(one)
    assert all(torch.allclose(value, same[name], atol=1e-4) for name, value in weights(many).items())
    assert all(row["balance"] == 1 for row in metrics(one))
    assert all(1 / world_size <= row["balance"] < 1 for row in metrics(many))


@pytest.mark.slow
def test_two_ranks_have_the_losses_of_one_with_each_architecture_and_with_adapters(
    base: Callable[[str], Path], tmp_path: Path
) -> None:
    settings = [(name, dict[str, Any]()) for name in (*ARCHITECTURES, "smollm2")]
    adapters = {"lora_rank": 4, "learning_rate": 1e-2, "activation_checkpointing": True}
    pairs = [
        [three_at_a_time(base(name), tmp_path, f"{number}-{ranks}", **changes) for ranks in ("one", "two")]
        for number, (name, changes) in enumerate([*settings, ("smollm2", adapters)])
    ]
    together([two for _, two in pairs], 2)
    for one, two in pairs:
        train.run(one)
        assert_equal(two, one, 2)
    one_file, two_file = (run.output_dir / "model" / "adapter" / "adapter_model.safetensors" for run in pairs[-1])
    alone = load_file(one_file)
    assert all(torch.allclose(value, alone[name], atol=1e-4) for name, value in load_file(two_file).items())


@pytest.mark.slow
def test_two_copies_of_two_ranks_have_the_losses_of_one_rank(base: Callable[[str], Path], tmp_path: Path) -> None:
    one = three_at_a_time(base("smollm2"), tmp_path, "one")
    four = three_at_a_time(base("smollm2"), tmp_path, "four", shard_size=2)
    adapted = [
        three_at_a_time(base("qwen2"), tmp_path, name, shard_size=2, lora_rank=4, learning_rate=1e-2)
        for name in ("one adapted", "four adapted")
    ]
    together([four, adapted[1]], 4)
    for few, many in ((one, four), adapted):
        train.run(few)
        assert_equal(many, few, 4)


@pytest.mark.slow
def test_a_rank_killed_in_the_middle_of_a_step_changes_nothing(base: Callable[[str], Path], tmp_path: Path) -> None:
    whole, killed = (
        held_out(config(base("llama"), tmp_path, name, max_steps=60, checkpoint_every=3, held_out_every=2), tmp_path)
        for name in ("whole", "killed")
    )
    finished(launch(whole, 2))
    process = launch(killed, 2)
    wait_for_rows(killed, 10)
    os.kill(children(process.pid)[1], signal.SIGKILL)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output
    assert "rank 1 ended with code -9" in output
    assert 10 <= len(losses(killed)) < 60
    assert "resuming after step" in finished(launch(killed, 2))
    assert losses(killed) == losses(whole)
    same = weights(whole)
    assert all(torch.equal(value, same[name]) for name, value in weights(killed).items())


@pytest.mark.slow
def test_two_ranks_stopped_by_sigterm_go_on_as_one(base: Callable[[str], Path], tmp_path: Path) -> None:
    whole, stopped = (config(base("llama"), tmp_path, name, max_steps=40) for name in ("whole", "stopped"))
    train.run(whole)
    process = launch(stopped, 2)
    wait_for_rows(stopped, 5)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == PREEMPTED, output
    n_done = len(losses(stopped))
    assert f"stopped after step {n_done} of 40" in output
    train.run(stopped)
    assert losses(stopped) == pytest.approx(losses(whole), abs=1e-4)


@pytest.mark.slow
def test_one_rank_that_stopped_goes_on_as_two_with_or_without_adapters(
    base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [
        [config(base("qwen2"), tmp_path, f"{ranks}-{rank}", lora_rank=rank) for ranks in ("whole", "stopped")]
        for rank in (None, 4)
    ]
    asked, step = threading.Event(), trainer.Trainer.step

    def asking(self: trainer.Trainer, number: int) -> dict[str, Any]:
        if number == 3:
            asked.set()
        return step(self, number)

    for whole, stopped in pairs:
        train.run(whole)
        asked.clear()
        with monkeypatch.context() as patch, pytest.raises(stopping.Preempted):
            patch.setattr(trainer.Trainer, "step", asking)
            train.run(stopped, asked=asked)
    assert together([stopped for _, stopped in pairs], 2).count("resuming after step 3") == 2
    for whole, stopped in pairs:
        assert losses(stopped) == pytest.approx(losses(whole), abs=1e-4)
        same = weights(whole)
        assert all(torch.allclose(value, same[name], atol=1e-4) for name, value in weights(stopped).items())
