"""Adapters: only they learn, what is handed on needs no peft and says the same, a run goes on where it was."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from ml_jobs import lora, models, train, trainer
from ml_jobs.shape import Shape
from tests.ml_jobs.test_train import config, losses, weights

RANK = 4


def run_of(base: Path, tmp_path: Path, name: str = "run", **changes: Any) -> trainer.RunConfig:
    return config(base, tmp_path, name, **{"lora_rank": RANK, "learning_rate": 1e-2, **changes})


def test_the_export_needs_no_peft_and_equals_base_and_adapters(base: Callable[[str], Path], tmp_path: Path) -> None:
    run = run_of(base("qwen2"), tmp_path)
    found = train.run(run)
    assert found["last_loss_nats"] < found["first_loss_nats"] - 0.1
    exported = run.output_dir / "model"
    plain, tokenizer = models.load(exported)
    assert not any("lora" in name for name in plain.state_dict())
    adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base("qwen2")), exported / "adapter")
    ids = torch.tensor([tokenizer("the red mug", add_special_tokens=False)["input_ids"]])
    with torch.no_grad():
        assert torch.allclose(plain(ids).logits, adapted(ids).logits, atol=1e-4)
        assert not torch.allclose(plain(ids).logits, models.load(base("qwen2"))[0](ids).logits, atol=1e-2)
    card = (exported / "README.md").read_text()
    assert f"LoRA adapters of rank {RANK}, merged" in card and '"peft": ' in card


def test_only_linear_layers_change_and_by_no_more_than_the_rank(base: Callable[[str], Path], tmp_path: Path) -> None:
    run = run_of(base("llama"), tmp_path, max_steps=2)
    train.run(run)
    before = models.load(base("llama"))[0].state_dict()
    for name, after in weights(run).items():
        change = after - before[name]
        assert bool(change.any()) == ("proj" in name)
        if "proj" in name:
            assert int(torch.linalg.matrix_rank(change, rtol=1e-3)) <= RANK


def test_an_interrupted_run_goes_on_with_the_same_losses_and_saves_only_adapters(
    base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, broken = (run_of(base("llama"), tmp_path, name) for name in ("whole", "broken"))
    train.run(whole)
    step = trainer.Trainer.step

    def interrupted(self: trainer.Trainer, number: int) -> dict[str, Any]:
        if number == 4:
            raise KeyboardInterrupt
        return step(self, number)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(trainer.Trainer, "step", interrupted)
        train.run(broken)
    (saved,) = train.checkpoints(broken).glob("step-*/*.safetensors")
    assert all("lora_" in name for name in load_file(saved) if name.startswith("model."))
    train.run(broken)
    assert losses(broken) == losses(whole)
    assert all(torch.equal(value, weights(whole)[name]) for name, value in weights(broken).items())
    files = [run.output_dir / "model" / "adapter" for run in (whole, broken)]
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        assert len({(folder / name).read_bytes() for folder in files}) == 1


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "smollm2"])
def test_adapters_are_as_many_as_the_estimate_says(base: Callable[[str], Path], architecture: str) -> None:
    model = lora.attach(models.load(base(architecture))[0], RANK, 0)
    counted = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    assert Shape.of(model.config).adapter_parameters(RANK) == counted


def test_adapters_begin_alike_for_a_seed_and_change_no_answer(base: Callable[[str], Path]) -> None:
    one, two, other = (lora.attach(models.load(base("llama"))[0], RANK, seed) for seed in (1, 1, 2))
    first, second, third = (
        next(value for name, value in model.named_parameters() if "lora_A" in name) for model in (one, two, other)
    )
    assert torch.equal(first, second) and not torch.equal(first, third)
    plain = models.load(base("llama"))[0].state_dict()
    assert {name: value.tolist() for name, value in lora.merged(one.state_dict()).items()} == {
        name: value.tolist() for name, value in plain.items()
    }


@pytest.mark.parametrize(
    ("rank", "has_peft", "said"),
    [
        (0, True, "lora_rank: Input should be greater than or equal to 1"),
        (4, False, "pip install 'shopcart-assets[lora]'"),
    ],
)
def test_what_cannot_be_is_one_line(
    base: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    rank: int,
    has_peft: bool,
    said: str,
) -> None:
    if not has_peft:
        monkeypatch.setitem(sys.modules, "peft", None)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(asdict(run_of(base("llama"), tmp_path, lora_rank=rank)), default=str))
    assert train.main(["--config", str(path)]) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert said in line
