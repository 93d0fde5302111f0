"""`shopcart experiments` and `shopcart estimate`: which are declared, how far they are, and what they will take.

Thin, as the commands of `cli` are.
"""

import json
import shutil
import subprocess
import sys

import click

from shopcart_assets.platform.export import boxed
from shopcart_assets.platform.profiles import PROFILES
from shopcart_assets.platform.settings import Settings, load_settings


@click.command()
@click.option("--profile", type=click.Choice([*PROFILES]), help="Default: SHOPCART_PROFILE or demo.")
@click.option("--dry-run", is_flag=True, help="Print what the whole grid takes: no data, weights or GPU is needed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def experiments(profile: str | None, dry_run: bool, as_json: bool) -> None:
    """List the experiments of the profile and of experiments.yaml: what each is, and whether it is trained."""
    settings = load_settings(profile=profile)
    _estimate(settings, as_json) if dry_run else _list(settings, as_json)


@click.command()
@click.option("--profile", type=click.Choice([*PROFILES]), default="paper", show_default=True)
def estimate(profile: str) -> None:
    """Print the memory and time that a profile's fine-tuning runs need, without weights and without a GPU."""
    sys.exit(subprocess.call([sys.executable, "-m", "ml_jobs.estimate", "--profile", profile]))


def _list(settings: Settings, as_json: bool) -> None:
    from shopcart_assets.training import automation, overview

    trained = [key["experiment"] for key in settings.warehouse().partitions("training.checkpoints")]
    under_way = automation.training_under_way(settings)
    rows = overview.rows(settings.profile, settings.launcher, settings.state, trained, under_way)
    if as_json:
        click.echo(json.dumps([dict(zip(overview.COLUMNS, row, strict=True)) for row in rows]))
    else:
        click.echo(boxed(overview.COLUMNS, rows, _width()))


_FIGURES = {
    "base_model": "base model",
    "setting": "setting",
    "n_runs": "runs",
    "ranks": "ranks",
    "steps": "steps",
    "memory_gb": "GB a rank",
    "hours": "hours a run",
    "gpu_hours": "GPU-hours a run",
    "gpu_hours_in_all": "GPU-hours in all",
}


def _estimate(settings: Settings, as_json: bool) -> None:
    from shopcart_assets.training import overview

    found = overview.estimate(settings.profile, settings.launcher)
    if as_json:
        click.echo(json.dumps(found))
        return
    shown = [name for name in _FIGURES if name != "setting" or any(row["setting"] for row in found["rows"])]
    table = [tuple(row[name] for name in shown) for row in found["rows"]]
    click.echo(boxed([_FIGURES[name] for name in shown], table, _width()))
    click.echo("\n".join(overview.totals(found)))


def _width() -> int:
    return shutil.get_terminal_size((160, 50)).columns
