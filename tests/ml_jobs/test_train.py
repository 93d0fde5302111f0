"""Training: the loss does not depend on ranks, a killed run goes on as if nothing had happened, the export loads."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ml_jobs import chat, models, train, trainer
from ml_jobs.program import ConfigError
from shopcart_assets.platform.profiles import ExperimentConfig, TrainConfig
from tests.ml_jobs.conftest import ARCHITECTURES, session, write_sessions

SMALL = TrainConfig(
    learning_rate=1e-3,
    sessions_per_step=4,
    max_steps=6,
    max_tokens=2048,
    precision="fp32",
    activation_checkpointing=False,
    checkpoint_every=2,
)


def config(base: Path, tmp_path: Path, name: str = "run", **changes: Any) -> trainer.RunConfig:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(number, 2 + number % 3) for number in range(10)])
    experiment = ExperimentConfig("tiny", str(base), "reasoning", "nobody", 3, replace(SMALL, **changes))
    return trainer.RunConfig(experiment, path, tmp_path / name, tmp_path / "cache")


def launch(run: trainer.RunConfig, n_ranks: int) -> subprocess.Popen[str]:
    """The program as a user starts it, on `n_ranks` ranks."""
    path = run.output_dir.with_suffix(".json")
    path.write_text(json.dumps(asdict(run), default=str))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={n_ranks}"]
    command = [*torchrun, "-m", "ml_jobs.train", "--config", str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finished(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


def metrics(run: trainer.RunConfig) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.output_dir / "metrics.jsonl").read_text().splitlines()]


def losses(run: trainer.RunConfig) -> list[float]:
    return [row["loss_nats"] for row in metrics(run)]


def weights(run: trainer.RunConfig) -> dict[str, torch.Tensor]:
    model, _ = models.load(run.output_dir / "model")
    state: dict[str, torch.Tensor] = model.state_dict()
    return state


def test_loss_is_the_mean_over_trained_tokens_of_all_sessions(base: Callable[[str], Path], tmp_path: Path) -> None:
    run = config(base("llama"), tmp_path, sessions_per_step=10, max_steps=1)
    train.run(run)
    model, tokenizer = models.load(base("llama"))
    total, count = 0.0, 0
    for line in run.sessions.open():
        rendered = chat.render(tokenizer, chat.messages(json.loads(line)))
        logits = model(input_ids=torch.tensor([rendered.ids])).logits[0].log_softmax(-1)
        total -= sum(float(logits[place - 1, rendered.ids[place]]) for place in rendered.trained)
        count += len(rendered.trained)
    row = metrics(run)[0]
    assert row["n_trained_tokens"] == count
    assert row["loss_nats"] == pytest.approx(total / count, abs=1e-5)


def test_a_run_learns_and_its_export_loads_with_tokenizer_and_card(base: Callable[[str], Path], tmp_path: Path) -> None:
    run = config(base("qwen2"), tmp_path, max_steps=12)
    found = train.run(run)
    assert found == json.loads((run.output_dir / "result.json").read_text())
    assert found["n_steps"] == 12
    assert found["last_loss_nats"] < found["first_loss_nats"] - 0.5
    assert found["n_sessions"] + found["n_sessions_too_long"] == 10
    assert not any(
        torch.equal(value, models.load(base("qwen2"))[0].state_dict()[name])
        for name, value in weights(run).items()
        if "proj.weight" in name
    )
    assert models.load_tokenizer(run.output_dir / "model").chat_template
    assert run.sha256 in (run.output_dir / "model" / "README.md").read_text()
    assert sorted(path.name for path in run.output_dir.iterdir()) == ["metrics.jsonl", "model", "result.json"]


def test_an_interrupted_run_goes_on_with_the_same_losses_and_weights(
    base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, broken = config(base("llama"), tmp_path, "whole"), config(base("llama"), tmp_path, "broken")
    train.run(whole)
    step = trainer.Trainer.step

    def interrupted(self: trainer.Trainer, number: int) -> dict[str, Any]:
        if number == 4:
            raise KeyboardInterrupt
        return step(self, number)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(trainer.Trainer, "step", interrupted)
        train.run(broken)
    assert len(losses(broken)) == 3
    train.run(broken)
    assert losses(broken) == losses(whole)
    assert all(torch.equal(value, weights(whole)[name]) for name, value in weights(broken).items())


def test_a_finished_run_is_not_run_again_and_another_one_is(
    base: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = config(base("llama"), tmp_path, max_steps=1)
    found = train.run(run)
    capsys.readouterr()
    assert train.run(run) == found
    assert "finished already" in capsys.readouterr().err
    assert train.run(config(base("llama"), tmp_path, max_steps=2))["n_steps"] == 2


def test_activation_checkpointing_and_balance_change_no_loss(base: Callable[[str], Path], tmp_path: Path) -> None:
    plain = config(base("llama"), tmp_path, "plain", max_steps=2)
    train.run(plain)
    recomputed = config(base("llama"), tmp_path, "recomputed", max_steps=2, activation_checkpointing=True)
    train.run(recomputed)
    assert losses(recomputed) == pytest.approx(losses(plain), abs=1e-6)


def test_bfloat16_compute_stays_near_float32(
    base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "computes_bfloat16", lambda precision: precision == "bf16")
    plain, mixed = config(base("llama"), tmp_path, "plain"), config(base("llama"), tmp_path, "mixed", precision="bf16")
    train.run(plain)
    train.run(mixed)
    assert losses(mixed) == pytest.approx(losses(plain), rel=0.05)
    assert losses(mixed) != losses(plain)


def test_a_processor_without_bfloat16_computes_in_float32_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for has_it in (True, False):
        monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda has_it=has_it: has_it)
        assert models.computes_bfloat16("bf16") is (has_it or torch.cuda.is_available())
        assert not models.computes_bfloat16("fp32")
    assert capsys.readouterr().err.count("no bfloat16") == (not torch.cuda.is_available())


def test_a_diverging_run_stops_with_a_clear_line(base: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(trainer.TrainingDiverged, match=r"step \d: loss .* lower learning_rate"):
        train.run(config(base("llama"), tmp_path, learning_rate=1e20, clip_norm=1e20))


def test_sessions_that_do_not_fit_are_counted_or_refused(base: Callable[[str], Path], tmp_path: Path) -> None:
    assert train.run(config(base("llama"), tmp_path, max_steps=1, max_tokens=500))["n_sessions_too_long"] > 0
    with pytest.raises(ConfigError, match="no session fits 20 tokens"):
        train.run(config(base("llama"), tmp_path, max_tokens=20))


def test_bad_configurations_are_one_line(
    base: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.json"
    good = json.loads(json.dumps(asdict(config(base("llama"), tmp_path)), default=str))
    for bad, said in (
        ({**good, "epochs": 3}, "unknown keys epochs"),
        ({**good, "experiment": {**good["experiment"], "seed": "one"}}, "experiment.seed"),
        ({**good, "sessions": str(tmp_path / "none.jsonl")}, "none.jsonl: cannot be read"),
        ({**good, "experiment": {**good["experiment"], "base_model": "gpt-9"}}, "no base model 'gpt-9'"),
    ):
        path.write_text(json.dumps(bad))
        assert train.main(["--config", str(path)]) == 1
        (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
        assert said in line


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_two_ranks_have_the_loss_of_one(base: Callable[[str], Path], tmp_path: Path, architecture: str) -> None:
    one = config(base(architecture), tmp_path, "one", max_steps=3, sessions_per_step=3)
    two = config(base(architecture), tmp_path, "two", max_steps=3, sessions_per_step=3)
    train.run(one)
    finished(launch(two, 2))
    assert losses(two) == pytest.approx(losses(one), abs=1e-4)
    assert json.loads((two.output_dir / "result.json").read_text())["world_size"] == 2
    same = weights(one)
    assert all(torch.allclose(value, same[name], atol=1e-4) for name, value in weights(two).items())


@pytest.mark.slow
def test_two_ranks_killed_in_the_middle_go_on_with_the_same_losses(base: Callable[[str], Path], tmp_path: Path) -> None:
    whole, killed = (
        config(base("llama"), tmp_path, name, max_steps=80, checkpoint_every=3) for name in ("whole", "killed")
    )
    finished(launch(whole, 2))
    process = launch(killed, 2)
    path, deadline = killed.output_dir / "metrics.jsonl", time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < 10:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert 10 <= len(losses(killed)) < 80
    assert "resuming after step" in finished(launch(killed, 2))
    assert losses(killed) == losses(whole)
    same = weights(whole)
    assert all(torch.equal(value, same[name]) for name, value in weights(killed).items())
