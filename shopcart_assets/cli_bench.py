"""`shopcart bench ...`: commands that measure. Thin, as those of `cli` are."""

import json
from functools import partial
from pathlib import Path

import click


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
@click.option(
    "--llm", metavar="GENERATOR", help="A generator of the profile or shopcart.yaml: measure its LLM pass too."
)
def bench_privacy(as_json: bool, seed: int, users: int, pages: Path | None, llm: str | None) -> None:
    """Plant personal data of made-up people in made-up traffic, scrub it, and measure what is found and what is spoilt."""
    from shopcart_assets.platform.settings import load_settings
    from shopcart_assets.privacy.benchmark.run import bench as run
    from shopcart_assets.privacy.benchmark.run import pass_of

    report = run(users, seed, pages, pass_of(llm, load_settings(), partial(click.echo, err=True)) if llm else None)
    click.echo(json.dumps(report.to_dict()) if as_json else "\n".join(report.lines()))
