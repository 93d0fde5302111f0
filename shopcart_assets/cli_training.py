"""Commands about fine-tuning runs before they start. Thin, as those of `cli` are."""

import subprocess
import sys

import click

from shopcart_assets.platform.settings import load_settings


@click.command()
@click.argument("experiment")
@click.option("--session", metavar="ID", help="Which session, trained or held out; default: the first.")
@click.option("--model", metavar="NAME", help="Tokenizer and template of this base model instead.")
@click.option("--full", is_flag=True, help="Show the middle of long pages too.")
@click.option("--html", is_flag=True, help="Print a page for a browser.")
def show(experiment: str, session: str | None, model: str | None, full: bool, html: bool) -> None:
    """Print a training session of EXPERIMENT as its model reads it, what it learns from marked. Nothing is trained."""
    from shopcart_assets.training import runs

    settings = load_settings()
    run = runs.Run(settings.profile.experiment(experiment), settings.state, "work/show")
    source, partition = runs.conversations_table(run.experiment)
    runs.write(run, settings.warehouse().read(source, **partition))
    named = {"session": session, "model": model}
    options = [f"--{name}={value}" for name, value in named.items() if value is not None]
    options += [f"--{name}" for name, is_set in {"full": full, "html": html}.items() if is_set]
    sys.exit(subprocess.call([sys.executable, "-m", "ml_jobs.show", "--config", str(run.config), *options]))
