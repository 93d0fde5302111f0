"""`shopcart bench ...`: commands that measure. Thin, as those of `cli` are."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import click

from shopcart_assets.platform.progress import tell, under_way

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def size_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what the pages of a made-up log are like."""
    options = (
        click.option(
            "--repeat",
            default=0.0,
            show_default=True,
            type=click.FloatRange(0, 1),
            help="Share of pages that are served to everybody alike, so that their bytes come again.",
        ),
        click.option(
            "--page-kb",
            default=0,
            show_default=True,
            type=click.IntRange(0, 20_000),
            help="Fill pages up to so many kB.",
        ),
        click.option(
            "--pages",
            type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
            help="Fill pages with the bodies of this folder's .html files.",
        ),
        click.option("--seed", default=7, show_default=True),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def bench() -> None:
    """Measure how fast or how well a part of the pipeline works. Prints figures and judges nothing."""


@bench.command("context")
@click.argument("pages_dir", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_AS_JSON
def bench_context(pages_dir: Path, as_json: bool) -> None:
    """Time simplifying the saved pages of PAGES_DIR against parsing alone: a page, a node, memory, two processes."""
    from shopcart_assets.context.bench import bench_folder

    with under_way("timing pages") as count:
        report = bench_folder(pages_dir, count=count)
    click.echo(json.dumps(report.to_dict()) if as_json else "\n".join(report.lines()))


@bench.command("privacy")
@_AS_JSON
@click.option("--seed", default=0, show_default=True)
@click.option("--users", default=40, show_default=True, type=click.IntRange(min=1))
@click.option(
    "--pages",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Saved pages: more titles, and the speed on them.",
)
@click.option(
    "--llm", metavar="GENERATOR", help="A generator of the profile or shopcart.yaml: measure its LLM pass too."
)
def bench_privacy(as_json: bool, seed: int, users: int, pages: Path | None, llm: str | None) -> None:
    """Plant personal data of made-up people in made-up traffic, scrub it, and measure what is found and what is spoilt."""
    from shopcart_assets.platform.settings import load_settings
    from shopcart_assets.privacy.benchmark.run import bench as run
    from shopcart_assets.privacy.benchmark.run import pass_of
    from shopcart_assets.privacy.benchmark.speed import bench_speed

    with under_way("scrubbing made-up traffic") as count:
        report = run(users, seed, pages, pass_of(llm, load_settings(), tell) if llm else None, count)
        speed = bench_speed(pages, seed, count=count) if pages else None
    told = report.to_dict() | ({"speed": speed.to_dict()} if speed else {})
    click.echo(json.dumps(told) if as_json else "\n".join([*report.lines(), *(speed.lines() if speed else [])]))


@bench.command("names")
@click.option("--fit", "is_to_fit", is_flag=True, help="Fit the model on all of the set, and put it into the package.")
@_AS_JSON
def bench_names(is_to_fit: bool, as_json: bool) -> None:
    """Measure the model of people's names in sentences on parts of the development set that it was not fitted on."""
    from shopcart_assets.privacy.benchmark.names import bench as run

    with under_way("fitting models") as count:
        report = run(is_to_fit, count)
    click.echo(json.dumps(report.to_dict()) if as_json else "\n".join(report.lines()))


@bench.command("synthesis")
@click.option("--sessions", default=10_000, show_default=True, type=click.IntRange(min=1))
@click.option("--mode", default="per_action", show_default=True, type=click.Choice(["per_action", "per_session"]))
@_AS_JSON
def bench_synthesis(sessions: int, mode: Literal["per_action", "per_session"], as_json: bool) -> None:
    """Time planning the requests for rationales of a made-up day, and looking them up in a ledger that has all answers."""
    from shopcart_assets.reasoning.bench import bench as run

    with under_way("planning requests") as count:
        report = run(sessions, mode, count=count)
    click.echo(json.dumps(report.to_dict()) if as_json else "\n".join(report.lines()))


@bench.command("views")
@click.option("--cases", default=199_100, show_default=True, type=click.IntRange(min=1), help="Test cases.")
@click.option("--sessions", default=31_865, show_default=True, type=click.IntRange(min=1))
@click.option("--users", default=3_526, show_default=True, type=click.IntRange(min=1))
@click.option("--policies", default=30, show_default=True, type=click.IntRange(min=1))
@click.option("--scored", type=click.IntRange(min=0), help="Policies with likelihoods.  [default: all of them]")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(min=1), help="Threads of DuckDB.")
@click.option("--seed", default=0, show_default=True)
@_AS_JSON
def bench_views(
    cases: int, sessions: int, users: int, policies: int, scored: int | None, threads: int, seed: int, as_json: bool
) -> None:
    """Time each view of sql/evaluation over made-up verdicts and likelihoods, and adding these up; by default 6 million of each, the
    paper's corpus by 30 policies."""
    from shopcart_assets.evaluation.bench import bench as run
    from shopcart_assets.evaluation.bench_data import Size

    try:
        size = Size(cases, sessions, users, policies, policies if scored is None else scored)
        with under_way("timing views") as count:
            report = run(size, n_threads=threads, seed=seed, count=count)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(report.to_dict()) if as_json else "\n".join(report.lines()))


@bench.command("generate")
@click.option("--sessions", default=31_865, show_default=True, type=click.IntRange(min=1))
@click.option("--out", type=click.Path(path_type=Path), help="The drop's folder.  [default: bench-<sessions>]")
@size_options
@_AS_JSON
def bench_generate(
    sessions: int, out: Path | None, repeat: float, page_kb: int, pages: Path | None, seed: int, as_json: bool
) -> None:
    """Write a raw drop of made-up traffic at the paper's counts: 31,865 sessions, 230,965 actions, 4,432 purchases, 3,526 users;
    other numbers of sessions in proportion, to the nearest whole number. A folder that holds this very drop is left as it is."""
    from shopcart_assets.traffic.sample_shop.at_size import ensure
    from shopcart_assets.traffic.sample_shop.size import Size

    size = Size(sessions, repeat=repeat, page_kb=page_kb, pages=pages, seed=seed)
    drop = out or Path(f"bench-{sessions}")
    with under_way(f"writing {drop}") as count:
        facts = ensure(size, drop, count)
    click.echo(json.dumps(facts.to_dict()) if as_json else "\n".join([*facts.lines(), f"in {drop}"]))


@bench.command("pipeline")
@click.option("--sessions", default=31_865, show_default=True, type=click.IntRange(min=1), help="The largest size.")
@click.option("--home", default="bench-pipeline", show_default=True, type=click.Path(file_okay=False, path_type=Path))
@size_options
@_AS_JSON
def bench_pipeline(
    sessions: int, home: Path, repeat: float, page_kb: int, pages: Path | None, seed: int, as_json: bool
) -> None:
    """Run every stage that asks no model over a made-up log of a hundredth, a tenth and all of the sessions, and say how long each
    takes, in how much memory, and how it grows. What was measured is kept in HOME: started again, it goes on from there."""
    from shopcart_assets import bench_pipeline as pipeline
    from shopcart_assets.traffic.sample_shop.size import Size

    size = Size(sessions, repeat=repeat, page_kb=page_kb, pages=pages, seed=seed)
    with under_way("measuring stages") as count:
        tell(pipeline.HEADER)
        measured = pipeline.bench(size, home, tell, count)
    told = [one.to_dict() for one in measured]
    click.echo(json.dumps(told) if as_json else "\n".join([pipeline.HEADER, *(one.line() for one in measured)]))


@bench.command("training", context_settings={"ignore_unknown_options": True})
@_AS_JSON
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
    TRL is no dependency. To have it beside what is installed:
      python -m venv .venv-trl
      realpath .venv/lib/python3.*/site-packages \\
        > $(echo .venv-trl/lib/python3.*/site-packages)/beside.pth
      .venv-trl/bin/pip install trl==1.16.0
      shopcart bench training --python .venv-trl/bin/python
    """
    sys.exit(_measure("ml_jobs.bench", as_json, options, python.absolute()))


@bench.command("generation", context_settings={"ignore_unknown_options": True})
@_AS_JSON
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[BENCH OPTION]...")
def bench_generation(as_json: bool, options: tuple[str, ...]) -> None:
    """Answer the cases of made-up sessions side by side, on one thread: transformers' `generate` on each whole prompt, one
    cache a session, and ours. CPU-seconds, tokens read, and how many answers are equal token by token.

    \b
    Bench options are those of `python -m ml_jobs.bench.generation --help`.
    The embedded model instead of random layers:
      shopcart bench generation --model smollm2-135m --steps 6 --sessions 1
    """
    sys.exit(_measure("ml_jobs.bench.generation", as_json, options))


def _measure(module: str, as_json: bool, options: tuple[str, ...], python: Path | str = sys.executable) -> int:
    """The exit code of a bench that needs torch, and so a process of its own."""
    from shopcart_assets.platform.settings import load_settings

    cache = load_settings().state / "models"
    flags = ["--json"] if as_json else []
    command = [str(python), "-m", module, "--cache", str(cache), *flags, *options]
    # From here another interpreter finds this project, which is not installed in it.
    return subprocess.call(command, cwd=Path(__file__).parents[1])
