"""Checkpoints that are whole or absent: to resume from (torch DCP, sharded) and to hand on (a Hugging Face directory).

Both are safetensors and JSON: nothing here can be made to run code when it is read, as pickle, DCP's own format, can.
What is trained and when to save is `train.py`'s business.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader, HuggingFaceStorageWriter
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_state_dict,
    set_state_dict,
)
from torch.distributed.checkpoint.state_dict_loader import load as dcp_load
from torch.distributed.checkpoint.state_dict_saver import save as dcp_save

from ml_jobs import lora

_PROGRESS = "progress.json"
_Value = TypeVar("_Value")


class CheckpointError(ValueError):
    """A checkpoint that cannot be written or read; the message says which and why."""


def barrier() -> None:
    """Waits for all ranks, where there are several."""
    if dist.is_initialized():
        dist.barrier()


def is_first() -> bool:
    """Whether this rank writes and speaks for all."""
    return not dist.is_initialized() or dist.get_rank() == 0


def of_first(make: Callable[[], _Value]) -> _Value:
    """What `make` gives on the first rank, on all of them: others need not see the same files yet, or whole ones."""
    made = [make() if is_first() else None]
    if dist.is_initialized():
        dist.broadcast_object_list(made)
    return cast(_Value, made[0])


def place(target: Path, write: Callable[[Path], None]) -> None:
    """All ranks call `write(directory)` on a directory aside, which then takes `target`'s place."""
    aside = target.with_name(f"{target.name}.partial")
    if is_first():
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
    barrier()
    write(aside)
    barrier()
    if is_first():
        remove(target)
        aside.replace(target)
    barrier()


def remove(directory: Path) -> None:
    """Takes it out of sight at once, so that a kill leaves no half of it under its name, and then away."""
    if directory.exists():
        going = directory.with_name(f"{directory.name}.going.partial")
        shutil.rmtree(going, ignore_errors=True)
        directory.replace(going)
        shutil.rmtree(going)


def save(
    folder: Path, step: int, model: Any, optimizer: torch.optim.Optimizer, progress: Mapping[str, Any], keep: int
) -> None:
    """Puts `<folder>/step-<step>` in place: weights, optimiser state and `progress`. The last `keep` then stay."""

    def write(aside: Path) -> None:
        # Each rank writes its own shards into a file of its own.
        writer = HuggingFaceStorageWriter(str(aside), save_distributed=True)
        with _clearly(f"{folder}: no checkpoint could be saved after step {step}"):
            dcp_save(
                _tensors(model, _state(model, optimizer)), storage_writer=writer, no_dist=not dist.is_initialized()
            )
        if is_first():
            (aside / _PROGRESS).write_text(json.dumps({**progress, "step": step}))

    place(folder / f"step-{step:06d}", write)
    if is_first():
        for earlier in saved(folder)[:-keep]:
            remove(earlier)


def saved(folder: Path) -> list[Path]:
    """The whole checkpoints, oldest first."""
    return sorted(path for path in folder.glob("step-*") if path.suffix != ".partial")


def resume(folder: Path, model: Any, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Loads the latest checkpoint, also one of another number of ranks; its `progress`, or an empty one."""
    if not (checkpoints := of_first(lambda: saved(folder))):
        return {}
    state = _state(model, optimizer)
    reader = HuggingFaceStorageReader(str(checkpoints[-1]))
    with _clearly(f"{checkpoints[-1]} cannot be read; remove it to go on from the one before"):
        dcp_load(_tensors(model, state), storage_reader=reader, no_dist=not dist.is_initialized())
    set_state_dict(
        model, optimizer, model_state_dict=state["model"], optim_state_dict=state["optimizer"], options=_options(model)
    )
    progress: dict[str, Any] = json.loads((checkpoints[-1] / _PROGRESS).read_text())
    return progress


@contextmanager
def _clearly(what: str) -> Iterator[None]:
    """DCP's exception, which holds those of all ranks and their stacks, as one line; every rank raises it."""
    try:
        yield
    except CheckpointException as error:
        rank, (cause, _) = next(iter(error.failures.items()))
        raise CheckpointError(f"{what} ({type(cause).__name__} on rank {rank}: {cause})") from error


def _state(model: Any, optimizer: torch.optim.Optimizer) -> dict[str, dict[str, Any]]:
    """Views of what the model and the optimiser hold, by name."""
    weights, moments = get_state_dict(model, optimizer, options=_options(model))
    return {"model": weights, "optimizer": moments}


def _options(model: Any) -> StateDictOptions:
    """Frozen weights are the base model's, and stay there: of a model with adapters only the adapters are saved."""
    return StateDictOptions(flatten_optimizer_state_dict=True, ignore_frozen_params=True, strict=not lora.is_on(model))


def _tensors(model: Any, state: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What is saved and loaded in place: each tensor once, without the optimiser's settings, which are the configuration's."""
    return {
        f"{part}.{name}": value
        for part, values in state.items()
        for name, value in values.items()
        if isinstance(value, torch.Tensor) and name not in model.all_tied_weights_keys
    }


@dataclass(frozen=True)
class About:
    """What goes with exported weights: the tokenizer, the README's text, what they were made from, the longest session."""

    tokenizer: Any
    card: str
    base_model: str
    n_positions: int


def export(target: Path, model: Any, about: About) -> None:
    """The model as a Hugging Face directory: safetensors, tokenizer, generation settings, the card as README.md.

    Adapters are merged into the weights, so that nobody needs peft to use them, and lie in `adapter/` by themselves too.
    """

    def write(aside: Path) -> None:
        # Gathered on the first rank, which alone writes; all ranks have to take part.
        weights: dict[str, Any] = get_model_state_dict(
            model, options=StateDictOptions(full_state_dict=True, cpu_offload=True)
        )
        if is_first():
            tied = model.all_tied_weights_keys  # {head: embedding}: one of the two is written
            whole = {key: value for key, value in lora.merged(weights).items() if key not in tied}
            # Whoever asks it may use all positions that it has learned: 40,000 where Qwen2.5 and Mistral say 32,768.
            positions = max(model.config.max_position_embeddings, about.n_positions)
            model.config.max_position_embeddings = positions
            model.config.use_cache = True  # was off for training; who generates wants it
            model.save_pretrained(aside, state_dict=whole)
            about.tokenizer.save_pretrained(aside)
            (aside / "README.md").write_text(about.card)
            if lora.is_on(model):
                lora.save(aside / "adapter", model, weights, about.base_model)

    place(target, write)


def finish(output: Path, result: Mapping[str, Any]) -> None:
    """Puts `result.json` in place, which marks the run as finished, and removes what it could be resumed from."""
    if is_first():
        aside = output / "result.json.partial"
        aside.write_text(json.dumps(result, indent=1))
        aside.replace(output / "result.json")
        shutil.rmtree(output / "checkpoints", ignore_errors=True)
    barrier()
