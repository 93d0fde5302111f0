"""Checkpoints are whole or absent, kept by number, and nothing in them is a pickle."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import nn

from ml_jobs import checkpoint


class Tied(nn.Module):
    """Shares a weight, has one of a single row and a scalar: what sharding and saving stumble over."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embedding, self.middle, self.head = nn.Embedding(5, 3), nn.Linear(3, 1), nn.Linear(3, 5, bias=False)
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.head.weight = self.embedding.weight
        self.all_tied_weights_keys = {"head.weight": "embedding.weight"}

    def forward(self) -> torch.Tensor:
        hidden = self.embedding.weight
        total: torch.Tensor = (self.head(hidden).sum() + self.middle(hidden).sum()) * self.scale
        return total


def trained(seed: int, n_steps: int) -> tuple[Tied, torch.optim.AdamW]:
    model = Tied(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    step(model, optimizer, n_steps)
    return model, optimizer


def step(model: Tied, optimizer: torch.optim.AdamW, n_steps: int) -> None:
    for _ in range(n_steps):
        optimizer.zero_grad()
        torch.autograd.backward(model())
        optimizer.step()


def save(folder: Path, *steps: int, keep: int = 2) -> None:
    for number in steps:
        checkpoint.save(folder, number, *trained(0, number), {"train_seconds": 1.5}, keep)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_weights_and_moments_come_back_and_training_goes_on_bit_by_bit(tmp_path: Path) -> None:
    model, optimizer = trained(0, 3)
    checkpoint.save(tmp_path, 3, model, optimizer, {"train_seconds": 1.5}, 2)
    other, its_optimizer = trained(1, 0)
    assert checkpoint.resume(tmp_path, other, its_optimizer) == {"step": 3, "train_seconds": 1.5}
    step(model, optimizer, 2)
    step(other, its_optimizer, 2)
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in model.state_dict().items())
    assert other.head.weight is other.embedding.weight


def test_the_settings_of_the_optimiser_are_the_configurations(tmp_path: Path) -> None:
    save(tmp_path, 1)
    model = Tied(1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.025, weight_decay=0.5)
    checkpoint.resume(tmp_path, model, optimizer)
    assert (optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["weight_decay"]) == (0.025, 0.5)


@pytest.mark.parametrize(("keep", "kept"), [(1, [6]), (2, [4, 6]), (9, [2, 4, 6])])
def test_the_last_ones_are_kept(tmp_path: Path, keep: int, kept: list[int]) -> None:
    save(tmp_path, 2, 4, 6, keep=keep)
    assert names(tmp_path) == [f"step-{number:06d}" for number in kept]


def test_a_write_that_fails_leaves_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, 2)

    def full(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    said = r"no checkpoint could be saved after step 4 \(OSError on rank 0: disk full\)"
    with monkeypatch.context() as patch, pytest.raises(checkpoint.CheckpointError, match=said):
        patch.setattr(json, "dumps", full)
        save(tmp_path, 4)
    assert checkpoint.resume(tmp_path, *trained(1, 0))["step"] == 2
    save(tmp_path, 4, 6)
    assert names(tmp_path) == ["step-000004", "step-000006"]


def test_a_damaged_checkpoint_says_what_to_do(tmp_path: Path) -> None:
    save(tmp_path, 2, 4)
    (tensors,) = checkpoint.saved(tmp_path)[-1].glob("*.safetensors")
    tensors.write_bytes(tensors.read_bytes()[:-8])
    with pytest.raises(checkpoint.CheckpointError, match=r"step-000004 cannot be read; remove it to go on"):
        checkpoint.resume(tmp_path, *trained(1, 0))


def test_a_checkpoint_is_safetensors_and_json_and_is_read_without_pickle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, 2)
    (folder,) = checkpoint.saved(tmp_path)
    assert {path.suffix for path in folder.iterdir()} == {".safetensors", ".json"}
    (tensors,) = folder.glob("*.safetensors")
    with safe_open(tensors, framework="pt") as file:
        assert "model.embedding.weight" in file.keys()  # noqa: SIM118

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("a pickle was loaded")

    # What DCP would read by default: a trap for whoever unpickles it.
    (folder / ".metadata").write_bytes(pickle.dumps(_Trap()))
    for module, name in ((pickle, "load"), (pickle, "loads"), (pickle, "Unpickler"), (torch, "load")):
        monkeypatch.setattr(module, name, never)
    assert checkpoint.resume(tmp_path, *trained(1, 0))["step"] == 2


class _Trap:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return pytest.fail, ("a pickle was loaded",)


def test_other_ranks_go_by_what_the_first_one_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a shared file system a rank may not see yet what the first one has just put there, or only half of it."""
    seen_by_the_first = [tmp_path / "step-000002"]

    def broadcast(told: list[Any]) -> None:
        assert told == [None]
        told[0] = seen_by_the_first

    for name, value in {"is_initialized": lambda: True, "get_rank": lambda: 1}.items():
        monkeypatch.setattr(checkpoint.dist, name, value)
    monkeypatch.setattr(checkpoint.dist, "broadcast_object_list", broadcast)
    assert checkpoint.of_first(lambda: pytest.fail("only the first rank looks")) == seen_by_the_first
