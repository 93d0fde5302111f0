"""The model and one optimiser step of it: `Trainer.step`. The run around it is `train.py`.

FSDP2 (`fully_shard` of each layer; HSDP where copies are wanted), float32 master weights or LoRA, loss on the assistant's
tokens only. A step is `sessions_per_step` sessions however many ranks there are; its loss is the sum over the step's trained
tokens divided by their number, so neither the number of ranks nor who reads what changes it. Each rank's sessions, balanced
by FLOPs, are packed into rows of at most `tokens_per_row`, and a row is one forward and backward.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.nn.functional import cross_entropy

from ml_jobs import lora, models, program
from ml_jobs.attention import PACKED
from ml_jobs.hardware import mfu
from ml_jobs.packing import collate, load, share_out
from ml_jobs.sessions import Example, SessionFile, Size, batch, n_steps
from ml_jobs.shape import Shape, flops_per_session
from ml_jobs.stopping import TrainingDiverged
from shopcart_assets.platform.profiles import ExperimentConfig, TrainConfig


@dataclass(frozen=True)
class RunConfig:
    """One run: the experiment as the profile declares it, JSON lines as in chat.Session, where results and models go.

    `held_out` are sessions like `sessions`, not trained on; `source` says where both are from, for the model's card.
    """

    experiment: ExperimentConfig
    sessions: Path
    output_dir: Path
    cache: Path
    held_out: Path | None = None
    source: str = ""

    @cached_property
    def sha256(self) -> str:
        """Hash of what decides the result: the experiment and the sessions' bytes, not where files lie or how many ranks run.

        A run may go on with other ranks, and save or speak more often: that is the same run.
        """
        train = replace(self.experiment.train, world_size=1, shard_size=None, checkpoint_every=1)
        train = replace(train, keep_checkpoints=1, held_out_every=1)
        data = [program.file_sha256(path) for path in (self.sessions, self.held_out) if path]
        return program.fingerprint(replace(self.experiment, train=train), data)


def learning_rate(step: int, total: int, peak: float, warmup_share: float) -> float:
    """Of `step` (from 1): linear to `peak`, then a cosine towards 0. No step is wasted at 0.

    >>> [round(learning_rate(step, 5, 1.0, 0.2), 3) for step in range(1, 6)]
    [1.0, 0.905, 0.655, 0.345, 0.095]
    """
    warmup = max(1, round(warmup_share * total))
    if step <= warmup:
        return peak * step / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup + 1)))


def load_model(directory: Path, experiment: ExperimentConfig, world: int, is_mixed: bool) -> Any:
    """The model, float32, in training mode; with several ranks each holds its shard of every layer.

    Every rank reads the whole file first, in host memory: for a 7B model that is 30 GB a rank while it loads.
    """
    from transformers import AutoModelForCausalLM

    train = experiment.train
    model: Any = AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, local_files_only=True, use_safetensors=True, attn_implementation=PACKED
    )
    model.config.use_cache = False
    if train.lora_rank is not None:
        model = lora.attach(model, train.lora_rank, experiment.seed)
    if train.activation_checkpointing:
        model.activation_checkpointing_enable()
    return (model.to(models.device()) if world == 1 else shard(model, train, world, is_mixed)).train()


def shard(model: Any, train: TrainConfig, world: int, is_mixed: bool) -> Any:
    """Each layer over the ranks: over all of them, or over each `shard_size` neighbours, who then hold a whole copy together.

    Raises ConfigError where copies of that many ranks do not go into `world`.
    """
    size = train.shard_size or world
    if world % size:
        raise program.ConfigError(f"shard_size {size} does not divide {world} ranks: each copy needs equally many")
    shape, names = ((world,), ("shard",)) if size == world else ((world // size, size), ("replicate", "shard"))
    mesh = init_device_mesh(models.device().type, shape, mesh_dim_names=names)
    mixed = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    policy = mixed if is_mixed else MixedPrecisionPolicy()
    for layer in model.get_decoder().layers:
        fully_shard(layer, mesh=mesh, mp_policy=policy)
    # What is left, embeddings (perhaps tied to the head), last norm and head, is one more group.
    fully_shard(model, mesh=mesh, mp_policy=policy)
    return model


@dataclass
class Trainer:
    """The model and what its steps need."""

    model: Any
    optimizer: torch.optim.Optimizer
    file: SessionFile
    sizes: list[Size]
    config: RunConfig
    world: int
    is_mixed: bool

    @property
    def total(self) -> int:
        """Steps of the whole run."""
        train = self.config.experiment.train
        return n_steps(len(self.sizes), train.sessions_per_step, train.max_steps)

    def step(self, step: int) -> dict[str, Any]:
        """One optimiser step; a row of `training.steps`. Raises TrainingDiverged, on all ranks alike."""
        began = time.monotonic()
        train = self.config.experiment.train
        chosen = batch(len(self.sizes), train.sessions_per_step, step, self.config.experiment.seed, train.max_steps)
        sizes = [self.sizes[number] for number in chosen]
        n_trained = sum(size.n_trained for size in sizes)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(step, self.total, train.learning_rate, train.warmup_share)
        torch.manual_seed(self.config.experiment.seed * 1_000_003 + step)
        shares = self.rows(sizes)
        loss = self._backward(shares, n_trained)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), train.clip_norm)
        grad_norm = float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm)
        if not math.isfinite(loss + grad_norm):
            raise TrainingDiverged(
                f"step {step}: loss {loss}, gradient norm {grad_norm} at learning rate "
                f"{self.optimizer.param_groups[0]['lr']:.2e}"
            )
        self.optimizer.step()
        self.optimizer.zero_grad()
        n_tokens, flops = sum(size.n_tokens for size in sizes), load(shares, self.flops)
        return {
            "step": step,
            "loss_nats": loss,
            "grad_norm": grad_norm,
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "n_tokens": n_tokens,
            "n_trained_tokens": n_trained,
            "tokens_per_second": n_tokens / (seconds := time.monotonic() - began),
            "step_seconds": seconds,
            "mfu": mfu(flops.total, seconds, self.world, self.is_mixed),
            "balance": flops.total / self.world / flops.of_the_busiest,
        }

    def rows(self, sizes: Sequence[Size]) -> list[list[list[Size]]]:
        """For each rank its rows of these sessions; the same on every rank."""
        train = self.config.experiment.train
        return share_out(sizes, self.world, train.tokens_per_row or train.max_tokens, self.flops)

    @cached_property
    def shape(self) -> Shape:
        """What the model's FLOPs are counted from."""
        return Shape.of(self.model.config)

    def flops(self, size: Size) -> float:
        """Model FLOPs of a session, forward and backward."""
        is_frozen = self.config.experiment.train.lora_rank is not None
        return flops_per_session(self.shape, size.n_tokens, size.n_trained, is_frozen=is_frozen)

    def loss_sum(self, examples: Sequence[Example]) -> torch.Tensor:
        """Summed over the trained tokens of one row, in nats. Only their logits are computed: about one token in fifty."""
        row, targets = collate(examples, models.device())
        # Sharded layers cast themselves (MixedPrecisionPolicy); a single process needs autocast for the same.
        with torch.autocast(targets.device.type, torch.bfloat16, enabled=self.is_mixed and self.world == 1):
            logits = self.model(**row).logits[0]
        return cross_entropy(logits.float(), targets, reduction="sum")

    def _backward(self, shares: list[list[list[Size]]], n_trained: int) -> float:
        """Gradients of the step's mean loss; that loss in nats a token, the same on every rank."""
        total = torch.zeros((), device=models.device())
        for row in shares[dist.get_rank() if self.world > 1 else 0]:
            examples = [self.file.example(size.number) for size in row]
            # Every rank takes part in every gather of weights, so one with nothing left reads two tokens for no loss.
            loss = self.loss_sum(examples) if examples else 0.0 * self.loss_sum([Example([0, 0], [1], 0)])
            # FSDP averages gradients over ranks; the step wants their sum over all trained tokens.
            torch.autograd.backward(loss * self.world / n_trained)
            total += loss.detach()
        if self.world > 1:
            dist.all_reduce(total)
        return float(total) / n_trained
