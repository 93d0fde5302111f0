"""Fine-tuning on sessions: `python -m ml_jobs.train --config run.json`, alone or under torchrun.

Read it from the top: the ranks, the set-up, the loop, the results, the program. What one step does is in `trainer.py`,
what is read in which step in `sessions.py`, what is saved in `checkpoint.py`. Dagster hears of it by Pipes, or not at all.
"""

import argparse
import contextlib
import json
import resource
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from dagster_pipes import PipesContext, PipesEnvVarParamsLoader, open_dagster_pipes

from ml_jobs import checkpoint, estimate, models, program
from ml_jobs.program import log
from ml_jobs.sessions import SessionFile, Size, measure
from ml_jobs.trainer import RunConfig, Trainer, load_model

# --- the ranks -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def ranks() -> Iterator[int]:
    """Joins the other ranks where torchrun started this process, and leaves them in the end. Gives their number."""
    if not dist.is_torchelastic_launched():
        program.share_cores(1)
        yield 1
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(dist.get_node_local_rank())
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        hosts: list[str] = [""] * dist.get_world_size()
        dist.all_gather_object(hosts, socket.gethostname())
        # torchrun itself sets OMP_NUM_THREADS=1, which says nothing about what this machine has.
        program.share_cores(hosts.count(socket.gethostname()), is_capped=False)
        yield dist.get_world_size()
    finally:
        dist.destroy_process_group()


# --- the set-up -----------------------------------------------------------------------------------------------------


def measure_all(file: SessionFile, world: int) -> list[Size | None]:
    """Sizes of all sessions, each rank measuring its share."""
    rank = dist.get_rank() if world > 1 else 0
    own = measure(file, range(rank, len(file), world))
    shares: list[list[Size | None]] = [own] * world
    if world > 1:
        dist.all_gather_object(shares, own)
    return [shares[number % world][number // world] for number in range(len(file))]


def set_up(config: RunConfig, world: int) -> tuple[Trainer, int]:
    """Model, optimiser and data, and the number of sessions given. Raises ConfigError where no session fits."""
    train = config.experiment.train
    directory = models.resolve(config.experiment.base_model, config.cache)
    file = SessionFile(config.sessions, models.load_tokenizer(directory), train.max_tokens)
    measured = measure_all(file, world)
    sizes = [size for size in measured if size is not None]
    if not sizes:
        raise program.ConfigError(f"{config.sessions}: no session fits {train.max_tokens} tokens; raise max_tokens")
    is_mixed = models.computes_bfloat16(train.precision)
    model = load_model(directory, train, world, is_mixed)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=train.learning_rate, weight_decay=train.weight_decay, fused=True
    )
    trainer = Trainer(model, optimizer, file, sizes, config, world, is_mixed)
    if checkpoint.is_first():
        config.output_dir.mkdir(parents=True, exist_ok=True)
        log(json.dumps(asdict(config.experiment)))
        log(
            f"{len(sizes)} of {len(measured)} sessions fit {train.max_tokens} tokens; {trainer.total} steps, {world} ranks"
        )
    return trainer, len(measured)


# --- the loop -----------------------------------------------------------------------------------------------------------


def fit(trainer: Trainer, pipes: PipesContext | None) -> float:
    """Trains from the last checkpoint on. Seconds in the loop, all attempts together."""
    output, every = trainer.config.output_dir, trainer.config.experiment.train.checkpoint_every
    folder = output / "checkpoints" / trainer.config.sha256[:16]
    progress = checkpoint.resume(folder, trainer.model, trainer.optimizer)
    done, earlier = int(progress.get("step", 0)), float(progress.get("train_seconds", 0.0))
    if checkpoint.is_first():
        if done:
            log(f"resuming after step {done}")
        _truncate(output / "metrics.jsonl", done)
    began = time.monotonic()
    for step in range(done + 1, trainer.total + 1):
        row = trainer.step(step)
        seconds = time.monotonic() - began
        if checkpoint.is_first():
            left = seconds / (step - done) * (trainer.total - step)
            _record(output / "metrics.jsonl", row, f"{step}/{trainer.total}", left, pipes)
        if step % every == 0 and step < trainer.total:
            checkpoint.save(folder, step, trainer.model, trainer.optimizer, {"train_seconds": earlier + seconds})
    return earlier + time.monotonic() - began


def _truncate(path: Path, n_steps: int) -> None:
    """Keeps the metrics of the steps that the checkpoint holds."""
    rows = path.read_bytes().splitlines(keepends=True)[:n_steps] if path.exists() else []
    path.write_bytes(b"".join(rows))


def _record(path: Path, row: dict[str, Any], place: str, left: float, pipes: PipesContext | None) -> None:
    """The step in metrics.jsonl, in the terminal and, where Dagster listens, in its event log."""
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")
    line = (
        f"step {place}  loss {row['loss_nats']:.4f}  grad {row['grad_norm']:.2f}  "
        f"lr {row['learning_rate']:.2e}  {row['tokens_per_second']:.0f} tok/s  {left:.0f} s left"
    )
    log(line)
    if pipes:
        pipes.log.info(line)


# --- the results --------------------------------------------------------------------------------------------------------


def results(trainer: Trainer, n_given: int, seconds: float, peak_rss_bytes: int) -> dict[str, Any]:
    """The row of `training.checkpoints`, and what of the given sessions was left out."""
    experiment = trainer.config.experiment
    rows = [json.loads(line) for line in (trainer.config.output_dir / "metrics.jsonl").read_text().splitlines()]
    losses = [row["loss_nats"] for row in rows]
    tail = losses[-max(1, len(losses) // 10) :]
    return {
        "base_model": experiment.base_model,
        "arm": experiment.arm,
        "generator": experiment.generator,
        "seed": experiment.seed,
        "config_sha256": trainer.config.sha256,
        "path": str(trainer.config.output_dir / "model"),
        "n_sessions": len(trainer.sizes),
        "n_steps": len(losses),
        "world_size": trainer.world,
        "first_loss_nats": losses[0],
        "last_loss_nats": sum(tail) / len(tail),
        "train_seconds": seconds,
        "peak_rss_bytes": peak_rss_bytes,
        "precision": "bf16" if trainer.is_mixed else "fp32",
        "n_sessions_too_long": n_given - len(trainer.sizes),
        "n_pages_left_out": sum(size.n_left_out for size in trainer.sizes),
    }


def card(config: RunConfig, found: dict[str, Any]) -> str:
    """The model's README: what it was made from, how, and how it went."""
    return "\n".join(
        [
            f"# {config.experiment.name}",
            "",
            f"{config.experiment.base_model}, fine-tuned to predict what a shopper does next ({config.experiment.arm} arm).",
            "",
            "```json",
            json.dumps({"experiment": asdict(config.experiment), "result": found}, indent=2),
            "```",
            "",
        ]
    )


def peak_rss_bytes(world: int) -> int:
    """The largest resident memory of a rank so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    peak = torch.tensor(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit, device=models.device())
    if world > 1:
        dist.all_reduce(peak, dist.ReduceOp.MAX)
    return int(peak)


# --- the program --------------------------------------------------------------------------------------------------------


def run(config: RunConfig, world: int = 1, pipes: PipesContext | None = None) -> dict[str, Any]:
    """The whole run; what `result.json` holds. Where it holds that already, says so and returns at once."""
    path = config.output_dir / "result.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    if found.get("config_sha256") == config.sha256:
        if checkpoint.is_first():
            log(f"{config.experiment.name}: finished already, nothing to do")
        return found
    trainer, n_given = set_up(config, world)
    seconds = fit(trainer, pipes)
    found = results(trainer, n_given, seconds, peak_rss_bytes(world))
    checkpoint.export(config.output_dir / "model", trainer.model, trainer.file.tokenizer, card(config, found))
    checkpoint.finish(config.output_dir, found)
    return found


@contextlib.contextmanager
def reporting() -> Iterator[PipesContext | None]:
    """Dagster's ear where it launched this process. One rank speaks for all: Dagster takes one report a run."""
    loader = PipesEnvVarParamsLoader()  # type: ignore[no-untyped-call]
    if checkpoint.is_first() and loader.is_dagster_pipes_process():
        with open_dagster_pipes() as pipes:
            yield pipes
    else:
        yield None


def main(argv: list[str] | None = None) -> int:
    """An exit code; errors are one line on stderr, and known to Dagster where it launched this."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, help="JSON with the fields of RunConfig")
    parser.add_argument("--dry-run", action="store_true", help="print parameters, memory and time, and stop")
    arguments = parser.parse_args(argv)
    program.quiet()
    with ranks() as world:
        try:
            config = program.read_config(RunConfig, arguments.config)
            if arguments.dry_run:
                log(
                    estimate.describe(
                        config.experiment, estimate.read_sessions(config.sessions, config.experiment.train.max_tokens)
                    )
                )
                return 0
            with reporting() as pipes:
                found = run(config, world, pipes)
                if pipes:
                    pipes.report_asset_materialization(
                        metadata={name: value for name, value in found.items() if value is not None}
                    )
        except ValueError as error:
            if checkpoint.is_first():
                log(f"error: {error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
