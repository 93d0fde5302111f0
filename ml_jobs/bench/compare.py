"""Contenders one after another, each in a process of its own, and what their figures say about each other.

What a contender does is in `contender.py`, what it trains on in `data.py`.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from statistics import median
from typing import Any

from transformers import AutoConfig

from ml_jobs import estimate, program
from ml_jobs.bench.contender import Job, Kind, Measured
from ml_jobs.shape import Shape
from shopcart_assets.platform.count import Count, uncounted

# Tokens and activation checkpointing of the runs that an estimate is set against; the first gives the processor's speed.
ESTIMATED = ((1_024, False), (512, False), (2_048, False), (2_048, True), (4_096, True))
# glibc keeps freed blocks, so that resident memory would mostly measure its habits: the same for every contender.
TIGHT_MALLOC = ("MALLOC_ARENA_MAX=1", "MALLOC_MMAP_THRESHOLD_=65536", "MALLOC_TRIM_THRESHOLD_=65536")


def plain(job: Job) -> dict[str, Any]:
    """The job as its file has it."""
    fields: dict[str, Any] = json.loads(json.dumps(asdict(job), default=str))
    return fields


def measure(job: Job, environment: Sequence[str] = ()) -> Measured:
    """The job's figures, from a process of its own on one thread. Raises ConfigError where it fails."""
    path = job.scratch.with_suffix(".json")
    job.scratch.mkdir(parents=True)
    path.write_text(json.dumps(plain(job)))
    command = ["env", "OMP_NUM_THREADS=1", *environment, sys.executable, "-m", "ml_jobs.bench.contender", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise program.ConfigError(f"contender {job.kind!r} failed: {(done.stderr.splitlines() or ['killed'])[-1]}")
    return Measured(**json.loads((job.scratch / "measured.json").read_text()))


def in_turns(
    jobs: Sequence[Job], rounds: int, environment: Sequence[str] = (), count: Count = uncounted
) -> dict[Kind, list[Measured]]:
    """Each job once a round, one after another, so that what else the machine does meets all of them alike."""
    found: dict[Kind, list[Measured]] = {job.kind: [] for job in jobs}
    advance = count(rounds * len(jobs), "runs")
    for turn in range(rounds):
        for job in jobs:
            program.log(f"{job.scratch.name}: {job.kind}, round {turn + 1} of {rounds}")
            scratch = job.scratch / f"{job.kind}-{turn + 1}"
            found[job.kind].append(measure(replace(job, scratch=scratch), environment))
            advance(1)
    return found


def per_cpu_second(runs: Sequence[Measured], counts: Callable[[Measured], list[int]]) -> float:
    """Median over runs of what is done in a CPU-second; a run's first step, which warms up, is left out if it has more."""
    rates = []
    for run in runs:
        first = 1 if len(run.cpu_seconds) > 1 else 0
        rates.append(sum(counts(run)[first:]) / sum(run.cpu_seconds[first:]))
    return median(rates)


def speed(base: Job, has_trl: bool, rounds: int, count: Count = uncounted) -> Iterator[dict[str, Any]]:
    """Tokens per CPU-second with and without activation checkpointing, and how far apart the losses are."""
    for is_checkpointing in (False, True):
        name = "recomputed" if is_checkpointing else "kept"
        train = replace(base.train, activation_checkpointing=is_checkpointing)
        job = replace(base, train=train, scratch=base.scratch / f"speed-{name}")
        kinds: tuple[Kind, ...] = ("ours", "trl") if has_trl else ("ours",)
        runs = in_turns([replace(job, kind=kind) for kind in kinds], rounds, count=count)
        row: dict[str, Any] = {"activation_checkpointing": is_checkpointing, "losses": runs["ours"][0].losses}
        for kind in kinds:
            row[f"{kind}_tokens_per_cpu_second"] = per_cpu_second(runs[kind], lambda run: run.n_tokens)
            row[f"{kind}_peak_rss_bytes"] = max(run.peak_rss_bytes for run in runs[kind])
        if has_trl:
            row["speed_ratio"] = row["ours_tokens_per_cpu_second"] / row["trl_tokens_per_cpu_second"]
            row["largest_loss_difference"] = max(
                abs(one - other) for one, other in zip(runs["ours"][0].losses, runs["trl"][0].losses, strict=True)
            )
        yield row


def memory(base: Job, has_trl: bool, count: Count = uncounted) -> dict[str, Any]:
    """Peak resident memory of a process that trains on sessions of max_tokens, with allocator settings of its own."""
    kinds: tuple[Kind, ...] = ("ours", "trl") if has_trl else ("ours",)
    jobs = [replace(base, kind=kind, scratch=base.scratch / "memory") for kind in kinds]
    runs = in_turns(jobs, 1, TIGHT_MALLOC, count)
    row: dict[str, Any] = {"n_tokens": max(runs["ours"][0].n_tokens), "allocator": list(TIGHT_MALLOC)}
    row |= {f"{kind}_peak_rss_bytes": runs[kind][0].peak_rss_bytes for kind in kinds}
    if has_trl:
        row["memory_ratio"] = row["ours_peak_rss_bytes"] / row["trl_peak_rss_bytes"]
    return row


def estimates(jobs: Sequence[Job], count: Count = uncounted) -> list[dict[str, Any]]:
    """What `ml_jobs.estimate` says of each job, and what it took: one session a step, the second of two steps.

    Memory is what a process takes beyond itself before it begins. A processor's FLOP/s are not known beforehand: those of the
    first job, the one that is not predicted, stand for them.
    """
    rows: list[dict[str, Any]] = []
    rate = 0.0
    advance = count(sum(job.train.max_tokens for job in jobs), "tokens")
    for job in jobs:
        shape = Shape.of(AutoConfig.from_pretrained(job.model))
        program.log(f"estimate: {job.train.max_tokens} tokens")
        found = measure(replace(job, scratch=job.scratch / "run"), TIGHT_MALLOC)
        advance(job.train.max_tokens)
        flops = estimate.computed_flops(shape, job.train, found.n_tokens[-1], found.n_trained[-1])
        rate = rate or flops / found.cpu_seconds[-1]
        bytes_told, bytes_taken = estimate.memory(shape, job.train).total, found.peak_rss_bytes - found.idle_rss_bytes
        rows.append(
            {
                "n_tokens": found.n_tokens[-1],
                "activation_checkpointing": job.train.activation_checkpointing,
                "estimated_bytes": round(bytes_told),
                "measured_bytes": bytes_taken,
                "memory_ratio": bytes_told / bytes_taken,
                "estimated_cpu_seconds": flops / rate,
                "measured_cpu_seconds": found.cpu_seconds[-1],
                "time_ratio": flops / rate / found.cpu_seconds[-1],
            }
        )
    return rows


def packing(base: Job, rounds: int, count: Count = uncounted) -> dict[str, Any]:
    """Sessions per CPU-second packed and padded, on the same sessions, losses alongside."""
    kinds: tuple[Kind, ...] = ("ours", "padded")
    jobs = [replace(base, kind=kind, scratch=base.scratch / "packing") for kind in kinds]
    runs = in_turns(jobs, rounds, count=count)
    packed, padded = (per_cpu_second(runs[kind], lambda run: run.n_sessions) for kind in kinds)
    first = runs["ours"][0]
    return {
        "padded_fill": sum(first.n_tokens) / sum(first.n_sessions) / base.train.max_tokens,
        "packed_sessions_per_cpu_second": packed,
        "padded_sessions_per_cpu_second": padded,
        "speed_ratio": packed / padded,
        "largest_loss_difference": max(
            abs(one - other) for one, other in zip(first.losses, runs["padded"][0].losses, strict=True)
        ),
    }
