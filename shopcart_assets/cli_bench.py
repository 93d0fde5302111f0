"""`shopcart bench ...`: commands that measure. Thin, as those of `cli` are."""

import json
import subprocess
import sys
from pathlib import Path

import click

from shopcart_assets.platform.settings import load_settings


@click.group()
def bench() -> None:
    """Measure how fast or how well a part of the pipeline works. Prints figures and judges nothing."""


@bench.command("context")
@click.argument("pages_dir", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_context(pages_dir: Path, as_json: bool) -> None:
    """Time simplifying the saved pages of PAGES_DIR against parsing alone: a page, a node, memory, two processes."""
    from shopcart_assets.context.bench import bench_folder

    report = bench_folder(pages_dir)
    click.echo(json.dumps(report.to_dict()) if as_json else "\n".join(report.lines()))


@bench.command("privacy")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--seed", default=0, show_default=True)
@click.option("--users", default=40, show_default=True, type=click.IntRange(min=1))
@click.option(
    "--pages", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Saved pages: more titles."
)
def bench_privacy(as_json: bool, seed: int, users: int, pages: Path | None) -> None:
    """Plant personal data of made-up people in made-up traffic, scrub it, and measure what is found and what is spoilt."""
    from shopcart_assets.privacy.benchmark.run import bench as run

    report = run(users, seed, pages)
    click.echo(json.dumps(report.to_dict()) if as_json else "\n".join(report.lines()))


@bench.command("training", context_settings={"ignore_unknown_options": True})
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--python",
    default=sys.executable,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An interpreter that has TRL too.",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[BENCH OPTION]...")
def bench_training(as_json: bool, python: Path, options: tuple[str, ...]) -> None:
    """Train side by side with TRL's SFTTrainer and with padding, on one thread: CPU-seconds, memory, losses; and count
    how evenly a step's sessions are shared out over ranks. Bench options are those of `python -m ml_jobs.bench --help`.

    \b
    TRL is no dependency. To have it beside what is installed, without changing that:
      python -m venv .venv-trl
      realpath .venv/lib/python3.*/site-packages > $(echo .venv-trl/lib/python3.*/site-packages)/beside.pth
      .venv-trl/bin/pip install trl==1.16.0
      shopcart bench training --python .venv-trl/bin/python
    """
    cache = load_settings().state / "models"
    flags = ["--json"] if as_json else []
    command = [str(python.absolute()), "-m", "ml_jobs.bench", "--cache", str(cache), *flags, *options]
    # From here the other interpreter finds this project, which is not installed in it.
    sys.exit(subprocess.call(command, cwd=Path(__file__).parents[1]))
