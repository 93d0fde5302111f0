"""Fine-tuning on sessions: `python -m ml_jobs.train --config run.json`, alone or under torchrun.

Read it from the top: the ranks, the set-up, the loop, the program. What one step does is in `trainer.py`, what is read in
which step in `sessions.py`, what is saved in `checkpoint.py`, when it stops early in `stopping.py`, what it tells in
`journal.py` and `card.py`. Dagster hears of it by Pipes, or not at all.
"""

import argparse
import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from dagster_pipes import PipesContext, PipesEnvVarParamsLoader, open_dagster_pipes

from ml_jobs import card, checkpoint, estimate, hardware, models, program
from ml_jobs.held_out import HeldOut
from ml_jobs.journal import Journal
from ml_jobs.program import log
from ml_jobs.sessions import SessionFile, Size, measure
from ml_jobs.stopping import GRACE_SECONDS, LossWatch, Preempted, TrainingDiverged, asked_by_sigterm
from ml_jobs.trainer import RunConfig, Trainer, load_model
from shopcart_assets.platform.jobs import PREEMPTED

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


def measure_all(file: SessionFile, world: int) -> tuple[list[Size], int]:
    """Sizes of the sessions that fit, each rank measuring its share, and how many sessions there are."""
    rank = dist.get_rank() if world > 1 else 0
    own = measure(file, range(rank, len(file), world))
    shares: list[list[Size | None]] = [own] * world
    if world > 1:
        dist.all_gather_object(shares, own)
    measured = [shares[number % world][number // world] for number in range(len(file))]
    return [size for size in measured if size is not None], len(file)


def set_up(config: RunConfig, world: int) -> tuple[Trainer, HeldOut | None, int]:
    """Model, optimiser and data, and the number of sessions given. Raises ConfigError where no session fits."""
    train = config.experiment.train
    directory = models.resolve(config.experiment.base_model, config.cache)
    file = SessionFile(config.sessions, models.load_tokenizer(directory), train.max_tokens)
    sizes, n_given = measure_all(file, world)
    if not sizes:
        raise program.ConfigError(f"{config.sessions}: no session fits {train.max_tokens} tokens; raise max_tokens")
    held_out = hold_out(config, file, world)
    is_mixed = models.computes_bfloat16(train.precision)
    model = load_model(directory, config.experiment, world, is_mixed)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=train.learning_rate, weight_decay=train.weight_decay, fused=True)
    trainer = Trainer(model, optimizer, file, sizes, config, world, is_mixed)
    if checkpoint.is_first():
        config.output_dir.mkdir(parents=True, exist_ok=True)
        log(json.dumps(asdict(config.experiment)))
        log(f"{len(sizes)} of {n_given} sessions fit {train.max_tokens} tokens; {trainer.total} steps, {world} ranks")
        log(f"{sum(size.n_left_out for size in sizes):,} pages are left out of them to fit")
    return trainer, held_out, n_given


def hold_out(config: RunConfig, trained: SessionFile, world: int) -> HeldOut | None:
    """The held-out sessions that fit; None where none are given or none fits."""
    if config.held_out is None:
        return None
    file = replace(trained, path=config.held_out)
    sizes, n_given = measure_all(file, world)
    if checkpoint.is_first():
        log(f"{len(sizes)} of {n_given} held-out sessions fit")
    return HeldOut(file, sizes) if sizes else None


# --- the loop -----------------------------------------------------------------------------------------------------------


def fit(trainer: Trainer, held_out: HeldOut | None, journal: Journal, asked: threading.Event) -> float:
    """Trains from the last checkpoint on. Seconds in the loop, all attempts together.

    Raises Preempted where `asked` was set, TrainingDiverged where the loss says so: either names what was saved.
    """
    train, folder = trainer.config.experiment.train, checkpoints(trainer.config)
    progress = checkpoint.resume(folder, trainer.model, trainer.optimizer)
    done, earlier = int(progress.get("step", 0)), float(progress.get("train_seconds", 0.0))
    watch = LossWatch(train.divergence_margin_nats, train.divergence_steps, progress.get("first_loss_nats"))
    if checkpoint.is_first():
        journal.resume(done)
    began = time.monotonic()
    for step in range(done + 1, trainer.total + 1):
        row = trainer.step(step)
        is_due = step % train.held_out_every == 0 or step == trainer.total
        row["held_out_loss_nats"] = held_out.loss_nats(trainer) if held_out and is_due else None
        is_asked, row["peak_memory_bytes"] = agree(int(asked.is_set()), hardware.peak_memory_bytes(), trainer.world)
        if checkpoint.is_first():
            journal.record(row)
        watch.see(step, row["loss_nats"])
        if watch.is_good and (is_asked or (step % train.checkpoint_every == 0 and step < trainer.total)):
            seconds = earlier + time.monotonic() - began
            saved = {"train_seconds": seconds, "first_loss_nats": watch.first_nats}
            checkpoint.save(folder, step, trainer.model, trainer.optimizer, saved, train.keep_checkpoints)
        if is_asked:
            raise Preempted(
                f"stopped after step {step} of {trainer.total}; {last_saved(folder)}; the same command goes on"
            )
    return earlier + time.monotonic() - began


def agree(is_asked: int, memory_bytes: int, world: int) -> tuple[int, int]:
    """The largest of each over all ranks: one that was asked to stop stops all of them at the same step."""
    said = torch.tensor([is_asked, memory_bytes], device=models.device())
    if world > 1:
        dist.all_reduce(said, dist.ReduceOp.MAX)
    largest: list[int] = said.tolist()
    return largest[0], largest[1]


def checkpoints(config: RunConfig) -> Path:
    """Where what the run can be resumed from lies."""
    return config.output_dir / "checkpoints" / config.sha256[:16]


def last_saved(folder: Path) -> str:
    """The last checkpoint in words."""
    found = checkpoint.saved(folder)
    return f"the last good checkpoint is {found[-1]}" if found else "no checkpoint had been saved yet"


# --- the program --------------------------------------------------------------------------------------------------------


def run(
    config: RunConfig, world: int = 1, pipes: PipesContext | None = None, asked: threading.Event | None = None
) -> dict[str, Any]:
    """The whole run; what `result.json` holds. Where it holds that already, says so and returns at once.

    `asked`, once set, ends it after the step under way: see `fit`.
    """
    path = config.output_dir / "result.json"
    found: dict[str, Any] = checkpoint.of_first(lambda: json.loads(path.read_text()) if path.exists() else {})
    if found.get("config_sha256") == config.sha256:
        if checkpoint.is_first():
            log(f"{config.experiment.name}: finished already, nothing to do")
        return found
    trainer, held_out, n_given = set_up(config, world)
    journal = Journal(config.output_dir / "metrics.jsonl", trainer.total, pipes)
    try:
        seconds = fit(trainer, held_out, journal, asked or threading.Event())
    except TrainingDiverged as error:
        raise TrainingDiverged(f"{error}; choose a lower learning_rate; {last_saved(checkpoints(config))}") from None
    # The first rank alone writes the journal, and may be about to.
    found = checkpoint.of_first(lambda: card.result(trainer, held_out, journal.rows(), n_given, seconds))
    text = checkpoint.of_first(lambda: card.card(config, found))
    longest = max(size.n_tokens for size in trainer.sizes)
    told = checkpoint.About(trainer.file.tokenizer, text, config.experiment.base_model, longest)
    checkpoint.export(config.output_dir / "model", trainer.model, told)
    checkpoint.finish(config.output_dir, found)
    return found


@contextlib.contextmanager
def reporting() -> Iterator[PipesContext | None]:
    """Dagster's ear where it launched this process. One rank speaks for all: Dagster takes one report a run."""
    loader = PipesEnvVarParamsLoader()  # type: ignore[no-untyped-call]
    if checkpoint.is_first() and loader.is_dagster_pipes_process():
        with contextlib.ExitStack() as stack:
            pipes = stack.enter_context(open_dagster_pipes())
            try:
                yield pipes
            except Preempted:
                # The attempt that goes on speaks in the same session, which must not be closed by this one.
                stack.pop_all()
                raise
    else:
        yield None


def main(argv: list[str] | None = None) -> int:
    """An exit code; errors are one line on stderr, and known to Dagster where it launched this."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, help="JSON with the fields of RunConfig")
    parser.add_argument("--dry-run", action="store_true", help="print parameters, memory and time, and stop")
    parser.add_argument(
        "--grace",
        type=float,
        default=GRACE_SECONDS,
        metavar="SECONDS",
        help=f"after SIGTERM, to finish the step and save (exit code {PREEMPTED}: start again); default %(default)s",
    )
    arguments = parser.parse_args(argv)
    program.quiet()
    with asked_by_sigterm(arguments.grace) as asked, ranks() as world:
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
                found = run(config, world, pipes, asked)
                if pipes:
                    pipes.report_asset_materialization(
                        metadata={name: value for name, value in found.items() if value is not None}
                    )
        except Preempted as stopped:
            if checkpoint.is_first():
                log(str(stopped))
            return PREEMPTED
        except ValueError as error:
            if checkpoint.is_first():
                log(f"error: {error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
