"""`shopcart rationales ...`: written by generators, set beside people's. Thin, as the commands of `cli` are."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from shopcart_assets.platform.progress import stopwatch
from shopcart_assets.platform.settings import load_settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def rationales() -> None:
    """Write rationales; compare generators with each other and with what people said (generator `human`)."""


@rationales.command()
@click.argument("generators", nargs=-1, required=True, metavar="GENERATOR...")
@click.option("--first", metavar="DAY", default="", help="Only from this day on, such as 2026-10-01.")
@click.option("--last", metavar="DAY", default="9999", help="Only up to this day.")
def write(generators: tuple[str, ...], first: str, last: str) -> None:
    """Write the rationales of every day by each GENERATOR, as a backfill in the UI does, one run after another.

    Each keeps within its budget. What was answered before costs nothing again, so the same command completes what was killed.
    """
    from shopcart_assets import automation

    settings = load_settings()
    asked = [settings.profile.generator(name).name for name in generators]
    built = {key["day"] for key in settings.warehouse().partitions("context.actions")}
    days = sorted(day for day in built if first <= day and day <= last)
    if not days:
        raise click.UsageError("no such day is in the lake: `shopcart ingest DROP` takes days in")
    with automation.dagster_instance(settings) as instance:
        automation.run_all(automation.synthesize_steps(asked, days), instance, stopwatch())


@rationales.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each generator.")
def compare(as_json: bool) -> None:
    """Print length, person, variety and overlap with people's words of each generator's rationales."""
    from shopcart_assets.reasoning.compare import profiles

    warehouse = load_settings().warehouse()
    for one in profiles(warehouse.read("reasoning.rationales"), warehouse.read("context.actions")):
        click.echo(json.dumps(asdict(one)) if as_json else one.line())


@rationales.command()
@click.option("--a", "first", required=True, help="A generator, such as human.")
@click.option("--b", "second", required=True, help="Another generator.")
@click.option("--n", default=50, show_default=True, type=click.IntRange(min=1), help="Steps to judge, at most.")
@click.option("--seed", default=0, show_default=True, help="Another one draws other steps.")
@click.option("--out", default="sheet.csv", show_default=True, type=click.Path(dir_okay=False, path_type=Path))
def sheet(first: str, second: str, n: int, seed: int, out: Path) -> None:
    """Write a blind sheet for a reader, and its key beside it. The reader writes left, right or tie into `choice`."""
    from shopcart_assets.reasoning.blind import KEY_COLUMNS, SHEET_COLUMNS, draw
    from shopcart_assets.reasoning.sheets import write_sheets

    warehouse, key = load_settings().warehouse(), out.with_name(f"{out.stem}.key.csv")
    told, actions = warehouse.read("reasoning.rationales"), warehouse.read("context.actions")
    drawn = draw(told, actions, lambda day: warehouse.read("context.contexts", day=day), (first, second), n, seed)
    write_sheets({out: (SHEET_COLUMNS, drawn.sheet), key: (KEY_COLUMNS, drawn.key)})
    click.echo(f"{out}: {len(drawn.sheet)} steps for the reader, who must not see {key}")
    click.echo(
        "They hold what people did, outside the lake: `shopcart erase` does not reach them. Delete them when you are done."
    )


@rationales.command()
@click.argument("sheet", type=_FILE)
@click.argument("key", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def score(sheet: Path, key: Path, as_json: bool) -> None:
    """Print which generator the reader of SHEET preferred, and whether that can be chance; KEY was written beside it."""
    from shopcart_assets.reasoning import blind
    from shopcart_assets.reasoning.sheets import read_sheet

    found = blind.score(read_sheet(sheet, ("item", "choice")), read_sheet(key, blind.KEY_COLUMNS))
    click.echo(json.dumps(asdict(found)) if as_json else "\n".join(found.lines()))
