"""Training measured side by side: `python -m ml_jobs.bench --cache DIR [--json]`. Prints figures and judges nothing.

Contenders are run and compared in `compare.py`; how evenly sessions are shared out is counted in `spread.py`. TRL is a
peer and no dependency: where this interpreter lacks it, its figures are left out, and the output says so.
"""

import argparse
import importlib.metadata
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from ml_jobs import models, program
from ml_jobs.bench import compare, data, spread
from ml_jobs.bench.contender import Job
from ml_jobs.lengths import MAX_TOKENS
from shopcart_assets.platform.count import Count, uncounted
from shopcart_assets.platform.profiles import TrainConfig
from shopcart_assets.platform.progress import under_way

PARTS = ("balance", "packing", "speed", "memory", "estimate")
_VERSIONS = ("torch", "transformers", "trl", "accelerate")


def versions() -> dict[str, str | None]:
    """Of what is compared; None for what is not installed."""
    found: dict[str, str | None] = {}
    for name in _VERSIONS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found


def run(options: argparse.Namespace, scratch: Path, count: Count = uncounted) -> dict[str, Any]:
    """The figures of each part that was asked for."""
    has = versions()
    report: dict[str, Any] = {"versions": has, "cores": os.cpu_count(), "load_1min_before": os.getloadavg()[0]}
    if "balance" in options.only:
        report["balance"] = spread.report((8, 16, 32, 64), (MAX_TOKENS, options.tokens_per_row), 0)
    if "packing" in options.only:
        report["packing"] = compare.packing(packing_job(options, scratch), options.rounds, count)
    if "speed" in options.only:
        job = peer_job(options, scratch / "speed", [options.session_tokens] * options.steps)
        report["speed"] = list(compare.speed(job, has["trl"] is not None, options.rounds, count))
    if "memory" in options.only:
        job = peer_job(options, scratch / "memory", [options.memory_tokens] * options.memory_steps)
        report["memory"] = compare.memory(job, has["trl"] is not None, count)
    if "estimate" in options.only:
        jobs = [
            peer_job(options, scratch / f"estimate-{number}", [tokens] * 2, is_checkpointing)
            for number, (tokens, is_checkpointing) in enumerate(compare.ESTIMATED)
        ]
        report["estimate"] = compare.estimates(jobs, count)
    return {**report, "load_1min_after": os.getloadavg()[0]}


def peer_job(options: argparse.Namespace, folder: Path, lengths: list[int], is_checkpointing: bool = True) -> Job:
    """Sessions of these lengths, one a step, by the base model."""
    folder.mkdir()
    model = models.resolve(options.model, options.cache)
    path = data.write_sessions(folder / "sessions.jsonl", models.load_tokenizer(model), lengths, seed=1)
    train = TrainConfig(
        sessions_per_step=1,
        max_steps=len(lengths),
        max_tokens=max(lengths),
        warmup_share=0.0,
        precision=options.precision,
        activation_checkpointing=is_checkpointing,
    )
    return Job("ours", model, path, folder, train)


def packing_job(options: argparse.Namespace, scratch: Path) -> Job:
    """One step of sessions as unlike in length as the paper's, by a model small enough for attention to matter."""
    folder = scratch / "packing"
    folder.mkdir()
    tokenizer = models.load_tokenizer(models.resolve("tiny-random", options.cache))
    model = data.layered_model(folder / "model", tokenizer, options.row_tokens, n_layers=8, hidden=256)
    lengths = data.packing_lengths(options.row_sessions, options.row_tokens)
    path = data.write_sessions(folder / "sessions.jsonl", tokenizer, lengths, seed=2)
    train = TrainConfig(sessions_per_step=len(lengths), max_steps=1, max_tokens=options.row_tokens, precision="fp32")
    return Job("ours", model, path, folder, train)


def lines(report: dict[str, Any]) -> list[str]:
    """The report for people: one line a figure, and what was not measured."""
    told = [f"{name} {version or 'is not installed'}" for name, version in report["versions"].items()]
    flat = [", ".join(told)]
    for part in PARTS:
        found = report.get(part, [])
        for row in found if isinstance(found, list) else [found]:
            flat += [f"{part}: {', '.join(_figures(row))}"]
            flat += [f"  {', '.join(_figures(share))}" for share in row.get("shares", ())]
    if report["versions"]["trl"] is None and {"speed", "memory"} & report.keys():
        flat.append("TRL is not installed here, so nothing is compared with it: see `shopcart bench training --help`")
    before, after = report["load_1min_before"], report["load_1min_after"]
    return [
        *flat,
        f"load of the last minute: {before:.1f} before, {after:.1f} after; {report['cores']} cores, one used",
    ]


def _figures(row: dict[str, Any]) -> list[str]:
    return [
        f"{name} {round(value / 1e9, 3)} GB".replace("_bytes", "")
        if name.endswith("_bytes")
        else f"{name} {value:.4g}"
        if isinstance(value, float)
        else f"{name} {value}"
        for name, value in row.items()
        if name != "shares"
    ]


def main(argv: list[str] | None = None) -> int:
    """An exit code; figures on stdout, progress and errors on stderr."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="where base models are kept")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part; may be repeated; default: all")
    parser.add_argument("--model", default="smollm2-135m", help="base model of the parts speed and memory")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="bf16")
    parser.add_argument("--rounds", type=int, default=1, help="of each contender; the median is told")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--session-tokens", type=int, default=1_700, help="of the part speed")
    parser.add_argument("--memory-tokens", type=int, default=8_192, help="of the part memory")
    parser.add_argument("--memory-steps", type=int, default=2, help="from the second on Adam's moments are there, too")
    parser.add_argument("--row-tokens", type=int, default=4_096, help="of a padded row in the part packing")
    parser.add_argument("--row-sessions", type=int, default=12, help="sessions of the part packing")
    parser.add_argument("--tokens-per-row", type=int, default=56_000, help="of a packed row in the part balance")
    options = parser.parse_args(argv)
    options.only = options.only or PARTS
    program.quiet()
    try:
        with tempfile.TemporaryDirectory() as scratch, under_way("measuring") as count:
            report = run(options, Path(scratch), count)
    except ValueError as error:
        program.log(f"error: {error}")
        return 1
    sys.stdout.write((json.dumps(report) if options.json else "\n".join(lines(report))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
