"""`shopcart score`, `compare`, `story` and `explore`: predictions made elsewhere, any two policies, sessions to read. Thin, as all commands are."""

import json
from pathlib import Path

import click

from shopcart_assets.platform.progress import under_way
from shopcart_assets.platform.settings import load_settings


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--verdicts", type=click.Path(dir_okay=False, path_type=Path), help="Save each verdict as .csv or .parquet."
)
@click.option("--format", "form", type=click.Choice(["json", "text"]), default="json", show_default=True)
def score(file: Path, verdicts: Path | None, form: str) -> None:
    """Score predictions made elsewhere: a CSV or Parquet FILE with policy, session_id, step, output.

    In any order, of one policy or several; output is the model's text, word for word. Prints a JSON object or a line for each
    policy, the best one first. What was answered in part is said so on standard error.
    """
    from shopcart_assets.evaluation.score import check_target, in_words, partial, save, score_file

    if verdicts:
        check_target(verdicts)
    with under_way(f"scoring {file}") as count:
        scored = score_file(load_settings().warehouse(), file, count)
    if verdicts:
        save(scored.verdicts, verdicts)
    for row in scored.accuracy.to_dicts():
        click.echo(json.dumps(row, ensure_ascii=False) if form == "json" else in_words(row))
        if said := partial(row):
            click.echo(said, err=True)


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def compare(first: str, second: str, form: str) -> None:
    """Compare A with B: policies that are evaluated, or files of predictions (.csv, .parquet) with one policy each.

    Prints the difference in macro accuracy with its interval, the tests, and whether a test set of this size can tell.
    """
    from shopcart_assets.evaluation import registry
    from shopcart_assets.evaluation.compare import compare as compare_two
    from shopcart_assets.evaluation.compare import in_words

    settings = load_settings()
    warehouse = settings.warehouse()
    declared = [one.name for one in registry.policies(warehouse, settings.profile)]
    with under_way("comparing") as count:
        row = compare_two(warehouse, first, second, declared, count)
    click.echo(json.dumps(row, ensure_ascii=False) if form == "json" else in_words(row))


_COLOURS = {"right": "green", "wrong": "red", "none": "bright_black"}


@click.command()
@click.argument("session_id", required=False)
@click.option("--policies", metavar="A,B", default="", help="Only these; default: all that were judged.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page for a browser instead.")
def story(session_id: str | None, policies: str, html: Path | None) -> None:
    """Print test session SESSION_ID (default: the longest) step by step, with what each policy expected and why."""
    from shopcart_assets.evaluation.story import lake, page, text
    from shopcart_assets.platform.drawing.colours import looks
    from shopcart_assets.platform.page_file import put_in_place

    named = [name.strip() for name in policies.split(",") if name.strip()]
    warehouse = load_settings().warehouse()
    told = lake.story(warehouse, session_id, named)
    if html is None:
        click.echo(text.as_text(told, lambda part, call: click.style(part, fg=_COLOURS[call])))
        return
    put_in_place(html, page.session_page(told, looks(lake.judged(warehouse))))
    click.echo(
        f"{html}: holds what a person did, outside the lake; `shopcart erase` does not reach it, so delete it when you are done"
    )


@click.command()
@click.argument("sessions", nargs=-1, metavar="[SESSION]...")
@click.option(
    "--sample", type=click.IntRange(0), help="Test sessions drawn at random beside those asked for.  [default: 100]"
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draw.")
@click.option("--open", "is_opened", is_flag=True, help="Open it in the browser.")
def explore(sessions: tuple[str, ...], sample: int | None, seed: int, is_opened: bool) -> None:
    """Write the session explorer: a page for each test SESSION, and an index with every policy's wrong answers.

    Told are the sessions asked for, a few that are worth a look and a random sample. Pages of an earlier explorer that are not
    told again are deleted; so are those of users that `shopcart erase` takes out.
    """
    from shopcart_assets.evaluation.story import explorer
    from shopcart_assets.platform.page_file import FOLDER

    settings = load_settings()
    n_sample = explorer.N_SAMPLE if sample is None else sample
    folder = settings.state / FOLDER
    with under_way("writing the explorer") as count:
        told = explorer.explore(settings.warehouse(), folder, sessions, n_sample=n_sample, seed=seed, count=count)
    click.echo(f"{told.index}: {len(told.pages)} sessions")
    for one in dict.fromkeys(sessions):
        click.echo(f"{told.pages[one]}: session {one}")
    if is_opened:
        click.launch(told.index.as_uri())
