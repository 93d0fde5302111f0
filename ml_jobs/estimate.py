"""Memory and time of a fine-tuning run before it starts: `python -m ml_jobs.estimate --profile paper`.

Arithmetic on a model's shape (`shape.py`): no weights. What is assumed and not computed is printed as an assumption.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from itertools import cycle, islice
from pathlib import Path

from ml_jobs.lengths import MEAN_STEPS, PAGE_TOKENS, draw
from ml_jobs.packing import Load, load, share_out
from ml_jobs.program import ConfigError, log
from ml_jobs.sessions import Size, n_steps
from ml_jobs.shape import SHAPES, Shape, flops_per_session
from shopcart_assets.platform.profiles import PROFILES, ExperimentConfig, TrainConfig
from shopcart_assets.platform.tokens import estimate_tokens

# Of an H200 in bf16, dense. Model FLOPs utilisation is assumed, not measured: nothing here had a GPU.
PEAK_FLOPS = 989e12
ASSUMED_MFU = 0.4
# Share of a session's tokens that carry loss: 1.0 % measured on synthetic 40k sessions of 8 steps (393 of 40,640).
ASSUMED_TRAINED_SHARE = 0.01
_GB = 1e9


@dataclass(frozen=True)
class Sessions:
    """The training data's extent: tokens of each session, as the trainer's limit leaves them."""

    lengths: Sequence[int]
    is_assumed: bool


@dataclass(frozen=True)
class Memory:
    """Bytes on one rank while it trains on a full row."""

    states: float
    activations: float
    logits: float
    logits_of_all: float

    @property
    def total(self) -> float:
        """The peak: logits are alive while the activations are."""
        return self.states + self.activations + self.logits


def row_tokens(train: TrainConfig) -> int:
    """Tokens of the longest row: the longest session, or as many as share a row."""
    return max(train.max_tokens, train.tokens_per_row or 0)


def memory(shape: Shape, train: TrainConfig) -> Memory:
    """Bytes of one rank at a full row, one row in each forward.

    States: float32 weights, and of those that are trained (of LoRA only the adapters) gradients and two Adam moments,
    sharded over the ranks that hold a copy. Activations: with checkpointing the
    input of each layer, and one layer recomputed; without, all layers. Logits: the bf16 result, its float32 copy and both
    gradients, of the trained positions and, for comparison, of all of them.
    """
    n_tokens, width = row_tokens(train), 2 if train.precision == "bf16" else 4
    qkv = (shape.heads + 2 * shape.kv_heads) * shape.head_dim
    # Kept for backward in one layer: two norms' inputs and outputs, q, k, v, attention's output, three of the MLP.
    layer = width * n_tokens * (4 * shape.hidden + 2 * qkv + shape.heads * shape.head_dim + 4 * shape.intermediate)
    kept = (
        shape.layers * width * n_tokens * shape.hidden + layer
        if train.activation_checkpointing
        else shape.layers * layer
    )
    per_logit = shape.vocab * 2 * (width + 4)
    return Memory(
        states=states(shape, train) / shard_ranks(train),
        activations=kept,
        logits=ASSUMED_TRAINED_SHARE * n_tokens * per_logit,
        logits_of_all=n_tokens * per_logit,
    )


def states(shape: Shape, train: TrainConfig) -> float:
    """Bytes of one copy of weights, gradients and Adam's moments, all float32."""
    if train.lora_rank is None:
        return 16 * shape.parameters
    return 4 * shape.parameters + 16 * shape.adapter_parameters(train.lora_rank)


def shard_ranks(train: TrainConfig) -> int:
    """Ranks that hold one copy of the states."""
    return min(train.shard_size or train.world_size, train.world_size)


def work(shape: Shape, train: TrainConfig, sessions: Sessions) -> Load:
    """FLOPs of a whole run, each step's sessions shared out over the ranks as they will be. Which meet in one is chance."""
    sizes = [Size(number, n, round(ASSUMED_TRAINED_SHARE * n), 0) for number, n in enumerate(sessions.lengths)]
    is_frozen = train.lora_rank is not None
    costs = [flops_per_session(shape, size.n_tokens, size.n_trained, is_frozen=is_frozen) for size in sizes]

    def cost(size: Size) -> float:
        return costs[size.number]

    steps, each = n_steps(len(sizes), train.sessions_per_step, train.max_steps), train.sessions_per_step
    n_sessions = len(sizes) if train.max_steps is None else steps * each
    endless = cycle(sizes)
    loads = []
    for first in range(0, n_sessions, each):
        chosen = list(islice(endless, min(each, n_sessions - first)))
        loads.append(load(share_out(chosen, train.world_size, train.tokens_per_row or train.max_tokens, cost), cost))
    return Load(*(sum(column) for column in zip(*(astuple(one) for one in loads), strict=True)))


def describe(experiment: ExperimentConfig, sessions: Sessions) -> str:
    """A paragraph for people: size, memory a rank, time. Raises ConfigError for a model whose shape is not known."""
    if experiment.base_model not in SHAPES:
        raise ConfigError(f"no shape known of {experiment.base_model!r}; known: {', '.join(SHAPES)}")
    shape, train = SHAPES[experiment.base_model], experiment.train
    steps = n_steps(len(sessions.lengths), train.sessions_per_step, train.max_steps)
    need, flops = memory(shape, train), work(shape, train, sessions)
    kept = "layer inputs kept, layers recomputed" if train.activation_checkpointing else "all layers kept"
    return "\n".join(
        [
            f"{experiment.name}: {shape.parameters / 1e9:.3f} billion parameters, {train.world_size} ranks",
            f"  a rank needs {need.total / _GB:.1f} GB at {row_tokens(train):,} tokens a row:",
            f"    {need.states / _GB:6.1f} GB {_trained(train)} (float32, sharded over {shard_ranks(train)})",
            f"    {need.activations / _GB:6.1f} GB activations ({train.precision}, {kept})",
            f"    {need.logits / _GB:6.1f} GB logits at trained positions (at all positions: {need.logits_of_all / _GB:.1f} GB)",
            f"  {steps} steps of {train.sessions_per_step} sessions, {flops.total:.2e} FLOPs: {_time(train, flops)}",
            *_on_one_node(shape, train, sessions),
            f"  assumed: {ASSUMED_MFU:.0%} of {PEAK_FLOPS / 1e12:.0f} TFLOP/s a GPU reached (H200, bf16; on a CPU time means nothing),",
            f"    {ASSUMED_TRAINED_SHARE:.0%} of tokens trained"
            + (
                f", sessions of {MEAN_STEPS} pages of {PAGE_TOKENS:,} tokens on average, unlike in length"
                if sessions.is_assumed
                else ""
            ),
        ]
    )


def _trained(train: TrainConfig) -> str:
    if train.lora_rank is None:
        return "weights, gradients, Adam"
    return f"weights, and gradients and Adam of adapters of rank {train.lora_rank}"


def _time(train: TrainConfig, flops: Load) -> str:
    hours = flops.waited_for / (PEAK_FLOPS * ASSUMED_MFU) / 3600
    busy = flops.total / train.world_size / flops.waited_for
    return f"{hours:.2f} h, {hours * train.world_size:.0f} GPU-hours, ranks busy {busy:.0%} of it (a step waits for the longest)"


def _on_one_node(shape: Shape, train: TrainConfig, sessions: Sessions) -> list[str]:
    """The same run on 8 ranks, where it is meant for more."""
    if train.world_size <= 8:
        return []
    node = replace(train, world_size=8)
    return [
        f"  on 8 ranks: {memory(shape, node).total / _GB:.1f} GB a rank, {_time(node, work(shape, node, sessions))}"
    ]


def read_sessions(path: Path, max_tokens: int) -> Sessions:
    """The extent of a sessions file, tokens estimated without a tokenizer. Raises ConfigError where there are none."""
    if not path.is_file():
        raise ConfigError(f"{path}: no such file of training sessions")
    with path.open(encoding="utf-8") as file:
        texts = [
            "\n".join(turn["content"] for step in json.loads(line)["steps"] for turn in step["turns"]) for line in file
        ]
    if not texts:
        raise ConfigError(f"{path}: holds no sessions to train on")
    return Sessions([min(max_tokens, estimate_tokens(text)) for text in texts], is_assumed=False)


def main(argv: list[str] | None = None) -> int:
    """Prints the estimate of each base model of a profile, with no data yet: sessions as `lengths.py` assumes them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", choices=PROFILES, default="paper")
    profile = PROFILES[parser.parse_args(argv).profile]()
    n_sessions = round(profile.shop.n_sessions * (1 - profile.split.test_share))
    one_each = {
        experiment.base_model: experiment for experiment in profile.experiments if experiment.arm == "reasoning"
    }
    for experiment in one_each.values():
        drawn = draw(n_sessions, PAGE_TOKENS, experiment.train.max_tokens, seed=0)
        log(describe(experiment, Sessions([one.n_tokens for one in drawn], is_assumed=True)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
