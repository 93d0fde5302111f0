"""Training: the loss does not depend on ranks, a killed run goes on as if nothing had happened, the export loads."""

import hashlib
import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from ml_jobs import chat, checkpoint, models, stopping, train, trainer
from ml_jobs.program import ConfigError
from shopcart_assets.dataset.conversation import EMPTY_THOUGHT, thinking
from shopcart_assets.platform.profiles import ExperimentConfig, TrainConfig
from tests.ml_jobs.conftest import session, write_sessions

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
    check_export(run, found)
    assert sorted(path.name for path in run.output_dir.iterdir()) == ["metrics.jsonl", "model", "result.json"]


def check_export(run: trainer.RunConfig, found: dict[str, Any]) -> None:
    """Any program of transformers loads it, generates with a cache and finds out what it was made from."""
    directory = run.output_dir / "model"
    model, tokenizer = AutoModelForCausalLM.from_pretrained(directory), AutoTokenizer.from_pretrained(directory)
    assert tokenizer.chat_template
    assert model.config.use_cache
    assert {path.suffix for path in directory.iterdir()} == {".safetensors", ".json", ".jinja", ".md"}
    assert (directory / "generation_config.json").exists()
    card = (directory / "README.md").read_text()
    assert card.startswith("---\nbase_model: ")
    made = json.loads(card.split("```json\n")[1].split("```")[0])
    assert made["result"] == found
    assert made["lineage"]["config_sha256"] == run.sha256
    assert made["lineage"]["sessions_sha256"] == hashlib.sha256(run.sessions.read_bytes()).hexdigest()
    assert made["lineage"]["versions"]["torch"] == torch.__version__


def test_an_export_may_be_asked_as_much_as_it_has_learned(base: Callable[[str], Path], tmp_path: Path) -> None:
    directory = tmp_path / "short"
    shutil.copytree(base("qwen2"), directory)
    settings = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps({**settings, "max_position_embeddings": 100}))
    for one, is_longer in ((directory, True), (base("qwen2"), False)):
        run = config(one, tmp_path, one.name, max_steps=1, sessions_per_step=10)
        train.run(run)
        before, after = (models.context_limit(models.load_config(path)) for path in (one, run.output_dir / "model"))
        assert 100 < after <= 4096 and (after > before) == is_longer


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


def test_a_run_that_is_asked_to_stop_saves_its_step_and_loses_none(
    base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, stopped = config(base("llama"), tmp_path, "whole"), config(base("llama"), tmp_path, "stopped")
    train.run(whole)
    asked, step = threading.Event(), trainer.Trainer.step

    def asking(self: trainer.Trainer, number: int) -> dict[str, Any]:
        if number in (3, self.total):
            asked.set()
        return step(self, number)

    monkeypatch.setattr(trainer.Trainer, "step", asking)
    for number in (3, 6):
        asked.clear()
        with pytest.raises(
            stopping.Preempted, match=rf"after step {number} of 6; the last good .*/step-00000{number};"
        ):
            train.run(stopped, asked=asked)
    assert [path.name for path in checkpoint.saved(train.checkpoints(stopped))] == ["step-000004", "step-000006"]
    assert not (stopped.output_dir / "result.json").exists()
    train.run(stopped)
    assert losses(stopped) == losses(whole)
    assert all(torch.equal(value, weights(whole)[name]) for name, value in weights(stopped).items())


def test_another_number_of_ranks_or_checkpoints_is_the_same_run(base: Callable[[str], Path], tmp_path: Path) -> None:
    one = config(base("llama"), tmp_path)
    for name in ("world_size", "shard_size", "checkpoint_every", "keep_checkpoints", "held_out_every"):
        changed: dict[str, Any] = {name: 9}
        assert config(base("llama"), tmp_path, **changed).sha256 == one.sha256
    for other in (config(base("llama"), tmp_path, max_steps=7), replace(one, held_out=one.sessions)):
        assert other.sha256 != one.sha256


def test_held_out_loss_is_the_loss_of_those_sessions_and_changes_no_weight(
    base: Callable[[str], Path], tmp_path: Path
) -> None:
    plain, watched = (
        config(base("qwen2"), tmp_path, "plain"),
        config(base("qwen2"), tmp_path, "watched", held_out_every=4),
    )
    train.run(plain)
    aside = write_sessions(tmp_path / "held_out.jsonl", [session(number, 3) for number in (50, 51, 52)])
    watched = replace(watched, held_out=aside)
    found = train.run(watched)
    assert (found["n_sessions"], found["n_sessions_held_out"]) == (10, 3)
    assert losses(watched) == losses(plain)
    measured = [row["held_out_loss_nats"] for row in metrics(watched)]
    assert [step for step, loss in enumerate(measured, 1) if loss is not None] == [4, 6]
    assert found["held_out_loss_nats"] == measured[-1]
    # The loss of the first step of a run that starts from these weights and trains on these sessions.
    again = config(watched.output_dir / "model", tmp_path, "again", max_steps=1, sessions_per_step=3)
    train.run(replace(again, sessions=aside))
    assert measured[-1] == pytest.approx(losses(again)[0], abs=1e-5)


def test_the_arm_think_trains_on_thoughts_and_actions_but_not_on_empty_thoughts(
    base: Callable[[str], Path], tmp_path: Path
) -> None:
    run = config(base("llama"), tmp_path, max_steps=1, sessions_per_step=2)
    told: list[chat.Session] = [json.loads(thinking(json.dumps(session(one)), one == 0)) for one in (0, 1)]
    for number, one in enumerate(told):
        one["session_id"] = f"s{number}"
    sessions = write_sessions(tmp_path / "think.jsonl", told)
    run = replace(run, experiment=replace(run.experiment, arm="think"), sessions=sessions, held_out=sessions)
    found = train.run(run)
    replies = [step["turns"][1]["content"] for one in told for step in one["steps"]]
    # One token a byte, and one for the end of the turn.
    wanted = sum(len(reply.removeprefix(EMPTY_THOUGHT)) + 1 for reply in replies)
    (row,) = metrics(run)
    assert row["n_trained_tokens"] == wanted < sum(len(reply) + 1 for reply in replies)
    assert found["arm"] == "think" and found["held_out_loss_nats"] < found["first_loss_nats"]
    card = (run.output_dir / "model" / "README.md").read_text()
    assert "tags: [shopcart, think]" in card and json.dumps(EMPTY_THOUGHT) in card


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


def test_a_loss_that_is_no_number_stops_the_run(base: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(stopping.TrainingDiverged, match=r"step \d: loss .* lower learning_rate; no checkpoint"):
        train.run(config(base("llama"), tmp_path, learning_rate=1e20, clip_norm=1e20))


def test_a_loss_that_leaves_stops_the_run_and_the_last_good_checkpoint_stays(
    base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = config(base("llama"), tmp_path, max_steps=20, checkpoint_every=1, divergence_steps=3)
    step = trainer.Trainer.step

    def leaving(self: trainer.Trainer, number: int) -> dict[str, Any]:
        return step(self, number) | ({"loss_nats": 99.0} if number > 5 else {})

    monkeypatch.setattr(trainer.Trainer, "step", leaving)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(asdict(run), default=str))
    assert train.main(["--config", str(path)]) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    good = train.checkpoints(run) / "step-000005"
    assert line.startswith("error: step 8: loss 99.0 is more than 1 nats above")
    assert line.endswith(f"the last good checkpoint is {good}")
    assert checkpoint.saved(train.checkpoints(run))[-1] == good


def test_sessions_that_do_not_fit_are_counted_or_refused(base: Callable[[str], Path], tmp_path: Path) -> None:
    assert train.run(config(base("llama"), tmp_path, max_steps=1, max_tokens=500))["n_sessions_too_long"] > 0
    with pytest.raises(ConfigError, match="no session fits 20 tokens"):
        train.run(config(base("llama"), tmp_path, max_tokens=20))


def test_bad_configurations_are_one_line(
    base: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, pickled = tmp_path / "run.json", tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text("{}")
    (pickled / "pytorch_model.bin").write_bytes(b"a pickle")
    good = json.loads(json.dumps(asdict(config(base("llama"), tmp_path)), default=str))
    for bad, said in (
        ({**good, "epochs": 3}, "unknown keys epochs"),
        ({**good, "experiment": {**good["experiment"], "seed": "one"}}, "experiment.seed"),
        ({**good, "sessions": str(tmp_path / "none.jsonl")}, "none.jsonl: cannot be read"),
        ({**good, "experiment": {**good["experiment"], "base_model": "gpt-9"}}, "no base model 'gpt-9'"),
        ({**good, "experiment": {**good["experiment"], "base_model": str(pickled)}}, "no *.safetensors in it"),
    ):
        path.write_text(json.dumps(bad))
        assert train.main(["--config", str(path)]) == 1
        (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
        assert said in line
