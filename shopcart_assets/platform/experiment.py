"""What a fine-tuning run is: values only. Which there are is in `declared`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

# Limits are checked where a file is read (experiments.yaml, a run's configuration), not where a value is made.
_Count = Annotated[int, Field(ge=1)]
_Rate = Annotated[float, Field(gt=0)]
_Share = Annotated[float, Field(ge=0, le=1)]

TrainedArm = Literal["action_only", "reasoning", "think"]


@dataclass(frozen=True)
class TrainConfig:
    """One fine-tuning run. `max_steps` None = one epoch; `max_tokens` is the length that a session is cut to.

    `tokens_per_row`: sessions share one forward up to so many tokens; None = `max_tokens`. Memory grows with it, and above
    one and a half times `max_tokens` many ranks wait less for each other.
    `held_out_share` of the train users (at least one) give the held-out loss instead, every so many steps and at the end. A
    loss `divergence_margin_nats` above the first one in `divergence_steps` steps on end stops the run. `lora_rank`: train
    low-rank adapters of this rank (Hu et al. 2021) and not the weights themselves; None = all weights.
    `shard_size`: so many neighbouring ranks, such as those of a node, hold one copy of the model together, and copies only
    exchange gradients (HSDP); None = one copy over all ranks.
    """

    learning_rate: _Rate = 2e-5
    sessions_per_step: _Count = 64
    max_steps: _Count | None = None
    max_tokens: _Count = 40_000
    tokens_per_row: _Count | None = None
    warmup_share: _Share = 0.05
    world_size: _Count = 1
    precision: Literal["fp32", "bf16"] = "bf16"
    activation_checkpointing: bool = True
    checkpoint_every: _Count = 50
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    clip_norm: _Rate = 1.0
    keep_checkpoints: _Count = 2
    held_out_share: _Share = 0.01
    held_out_every: _Count = 50
    held_out_seed: int = 0
    divergence_margin_nats: _Rate = 1.0
    divergence_steps: _Count = 5
    lora_rank: _Count | None = None
    shard_size: _Count | None = None


@dataclass(frozen=True)
class ExperimentConfig:
    """One checkpoint: a base model, an arm and a seed.

    Arms: `action_only`; `reasoning`, a rationale in a turn of its own before each action (paper 4.2); `think`, the rationale in
    `<think>` tags before the action in one turn, left out of half of the sessions, so that one model answers with and without.
    """

    name: str
    base_model: str
    arm: TrainedArm
    generator: str | None
    seed: int
    train: TrainConfig
