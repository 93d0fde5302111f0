"""What a finished run says of itself: its result, which is its row of `training.checkpoints`, and the model's card.

Numbers and names only: no text of a session.
"""

import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ml_jobs import program
from ml_jobs.held_out import HeldOut
from ml_jobs.trainer import RunConfig, Trainer
from shopcart_assets.dataset.conversation import EMPTY_THOUGHT

_PACKAGES = ("shopcart-assets", "torch", "transformers", "tokenizers", "safetensors")


def result(
    trainer: Trainer, held_out: HeldOut | None, rows: Sequence[Mapping[str, Any]], n_given: int, seconds: float
) -> dict[str, Any]:
    """The row of `training.checkpoints`, and what of the given sessions was left out. `rows` are those of all steps."""
    experiment = trainer.config.experiment
    losses = [row["loss_nats"] for row in rows]
    tail = losses[-max(1, len(losses) // 10) :]
    n_tokens = sum(row["n_tokens"] for row in rows)
    mfus = [row["mfu"] for row in rows if row["mfu"] is not None]
    return {
        "base_model": experiment.base_model,
        "arm": experiment.arm,
        "generator": experiment.generator,
        "seed": experiment.seed,
        "config_sha256": trainer.config.sha256,
        "path": str(trainer.config.output_dir / "model"),
        "n_sessions": len(trainer.sizes),
        "n_sessions_held_out": len(held_out.sizes) if held_out else 0,
        "n_steps": len(losses),
        "world_size": trainer.world,
        "first_loss_nats": losses[0],
        "last_loss_nats": sum(tail) / len(tail),
        "held_out_loss_nats": rows[-1]["held_out_loss_nats"],
        "train_seconds": seconds,
        "peak_memory_bytes": max(row["peak_memory_bytes"] for row in rows),
        "precision": "bf16" if trainer.is_mixed else "fp32",
        "tokens_per_second": n_tokens / sum(row["step_seconds"] for row in rows),
        "trained_share": sum(row["n_trained_tokens"] for row in rows) / n_tokens,
        "mfu": sum(mfus) / len(mfus) if mfus else None,
        "n_sessions_too_long": n_given - len(trainer.sizes),
        "n_pages_left_out": sum(size.n_left_out for size in trainer.sizes),
    }


def lineage(config: RunConfig) -> dict[str, Any]:
    """What the model was made from: data by table and by hash, the base model, the versions of the code."""
    packages = (*_PACKAGES, "peft") if config.experiment.train.lora_rank else _PACKAGES
    versions = {name: importlib.metadata.version(name) for name in packages}
    return {
        "data": config.source or str(config.sessions.name),
        "sessions_sha256": program.file_sha256(config.sessions),
        "held_out_sha256": program.file_sha256(config.held_out) if config.held_out else None,
        "config_sha256": config.sha256,
        "versions": versions,
    }


def card(config: RunConfig, found: Mapping[str, Any]) -> str:
    """The model's README in the form that model hubs read: a header for machines, then for people what it is and how it went."""
    experiment = config.experiment
    header = {"base_model": experiment.base_model, "library_name": "transformers", "pipeline_tag": "text-generation"}
    told = [f"{name}: {json.dumps(value)}" for name, value in header.items()]
    held_out = found["held_out_loss_nats"]
    made = {"experiment": asdict(experiment), "lineage": lineage(config), "result": dict(found)}
    return "\n".join(
        [
            "---",
            *told,
            f"tags: [shopcart, {experiment.arm}]",
            "---",
            "",
            f"# {experiment.name}",
            "",
            f"{experiment.base_model}, fine-tuned to predict what a shopper does next ({experiment.arm} arm"
            + (f", rationales by {experiment.generator}" if experiment.generator else "")
            + f", seed {experiment.seed}).",
            "",
            "| | |",
            "|---|---|",
            f"| training loss, first to last | {found['first_loss_nats']:.4f} to {found['last_loss_nats']:.4f} nats a token |",
            f"| loss on held-out shoppers | {'not measured' if held_out is None else f'{held_out:.4f} nats a token'} |",
            *_adapters(experiment.train.lora_rank),
            f"| sessions, steps, ranks | {found['n_sessions']:,}, {found['n_steps']:,}, {found['world_size']} |",
            f"| data | {config.source or config.sessions.name} |",
            *_asked(experiment.arm),
            "",
            "```json",
            json.dumps(made, indent=2),
            "```",
            "",
        ]
    )


def _adapters(rank: int | None) -> list[str]:
    if rank is None:
        return []
    return [f"| trained | LoRA adapters of rank {rank}, merged into these weights; alone, for peft, in `adapter/` |"]


def _asked(arm: str) -> list[str]:
    """How a model that answers in two ways is asked for either; the other arms have one way, that of their conversations."""
    if arm != "think":
        return []
    silent = json.dumps(EMPTY_THOUGHT)
    return [f"| asked | thinks, then acts, in one reply; acts at once where the reply is begun with `{silent}` |"]
