"""`shopcart ...`: thin commands over the stages' libraries and the lineage's jobs.

A command reads its arguments, makes one call and prints. An error that the project foresaw is one line and exit code 1;
wrong usage is exit code 2, Ctrl-C 130; anything else is a bug and shows its traceback.
"""

import datetime as dt
import json
import os
import sys
from pathlib import Path

import click

from shopcart_assets.cli_bench import bench
from shopcart_assets.cli_errors import told
from shopcart_assets.cli_experiments import estimate, experiments
from shopcart_assets.cli_llm import spend
from shopcart_assets.cli_rationales import rationales
from shopcart_assets.cli_score import compare, explore, score, story
from shopcart_assets.cli_sql import sql
from shopcart_assets.cli_training import show
from shopcart_assets.platform.export import Format, export
from shopcart_assets.platform.progress import counted, stopwatch
from shopcart_assets.platform.settings import Settings, load_settings
from shopcart_assets.traffic.importers.commands import import_group

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON, the rest on standard error.")
_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))


def main() -> None:
    """The entry point."""
    colour = False if os.environ.get("NO_COLOR") else None
    told(lambda: cli.main(prog_name="shopcart", standalone_mode=False, color=colour))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(package_name="shopcart-assets")
def cli() -> None:
    """From raw shopping traffic to evaluation tables that people can trust."""


cli.add_command(import_group)
cli.add_command(bench)
cli.add_command(estimate)
cli.add_command(experiments)
cli.add_command(spend)
cli.add_command(rationales)
cli.add_command(score)
cli.add_command(compare)
cli.add_command(story)
cli.add_command(explore)
cli.add_command(show)
cli.add_command(sql)


@cli.command()
@click.option(
    "--profile",
    type=click.Choice(["tiny", "demo", "study"]),
    help="How much to run; default: SHOPCART_PROFILE or demo.",
)
def demo(profile: str | None) -> None:
    """Run the whole lineage on the sample shop (simulated shoppers). Killed and started again, it completes."""
    from shopcart_assets import automation

    settings = load_settings(profile=profile)
    say = stopwatch()
    with automation.dagster_instance(settings) as instance:
        say(f"profile {settings.profile.name}; tables go to {settings.lake}")
        automation.run_demo(settings, instance, say)
    _summary(settings)


@cli.command()
@click.argument("drop", type=click.Path(path_type=Path))
@click.option("--register-only", is_flag=True, help="Only remember the drop; materialize its days from the UI.")
@_AS_JSON
def ingest(drop: Path, register_only: bool, as_json: bool) -> None:
    """Take a DROP of raw traffic (a folder) up to test cases and training conversations."""
    from shopcart_assets import automation
    from shopcart_assets.traffic import drops

    settings = load_settings()
    drops.register(settings.state, drop)
    days = drops.days(drop)
    profile = settings.profile
    click.echo(f"registered {drop}: {len(days)} days, {days[0]} to {days[-1]}", err=as_json)
    click.echo(
        f"profile {profile.name}: pages are cut to {profile.context.token_budget or 'no number of'} tokens, "
        f"{profile.split.test_share:.0%} of users are the test split (SHOPCART_PROFILE, shopcart.yaml)",
        err=as_json,
    )
    if not register_only:
        with automation.dagster_instance(settings) as instance:
            automation.run_all(automation.ingest_steps(days), instance, say := stopwatch(as_json))
            automation.run_all(automation.rebuild_steps(settings), instance, say)
        _show(settings, "select * from traffic.funnel where n > 0", as_json)


@cli.command()
@click.argument("policies", nargs=-1)
@click.option("--publish", is_flag=True, help="Compute metrics and the report from all verdicts, after the policies.")
def evaluate(policies: tuple[str, ...], publish: bool) -> None:
    """Predict and judge every test case with the named POLICIES."""
    from shopcart_assets import automation
    from shopcart_assets.evaluation import registry

    if not (policies or publish):
        raise click.UsageError("name a policy, or --publish what is judged already")
    settings = load_settings()
    asked = [registry.policy(settings.warehouse(), settings.profile, name) for name in policies]
    steps = automation.evaluate_steps(asked, publish)
    with automation.dagster_instance(settings) as instance:
        automation.add_policies(instance, policies)
        automation.run_all(steps, instance, stopwatch())


@cli.command()
@_FILES
@click.option("--format", "form", type=click.Choice(["html", "json"]), default="html", show_default=True)
@click.option("--budget", type=click.IntRange(min=0), default=5_500, show_default=True, help="Tokens a page; 0 = none.")
@click.option("--url", help="Where the pages were: it chooses the recipe. Without it, their content does.")
@click.option(
    "--recipe", default="auto", show_default=True, help="A site's recipe by name, auto, or none: as any site."
)
def simplify(files: tuple[Path, ...], form: str, budget: int, url: str | None, recipe: str) -> None:
    """Print the simplified HTML of saved pages, with hierarchical names, as a model sees it."""
    from shopcart_assets.context.simplify import simplify_file, to_json

    for file in counted(files, "pages"):
        page = simplify_file(file, token_budget=budget, url=url, recipe=recipe)
        click.echo(to_json(page) if form == "json" else page.html)


@cli.command()
@_FILES
@click.option("--format", "form", type=click.Choice(["html", "json"]), default="html", show_default=True)
@click.option(
    "--user-values",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON such as {"name": ["Ann Lee"], "city": "Oslo"}: values to look for beside those that the page tells.',
)
@click.option("--url", default="", help="Where the pages were: for zones that are declared for one site.")
def scrub(files: tuple[Path, ...], form: str, user_values: Path | None, url: str) -> None:
    """Print saved pages of one user with personal data replaced by pseudonyms; JSON also lists what was found where."""
    from shopcart_assets.privacy.one_page import read_values, scrub_file
    from shopcart_assets.privacy.own_zones import own_zones
    from shopcart_assets.privacy.pseudonyms import Pseudonyms

    known = read_values(user_values) if user_values else []
    settings = load_settings()
    pseudonyms = Pseudonyms(settings.secret.get_secret_value().encode(), user_id="")
    own = own_zones(settings.privacy_zones)
    for file in counted(files, "pages"):
        scrubbed = scrub_file(file.read_bytes(), pseudonyms, url, known, own)
        click.echo(json.dumps(scrubbed, ensure_ascii=False) if form == "json" else scrubbed["html"])


@cli.command()
@click.argument("user_id")
@click.option("--dry-run", is_flag=True, help="Only print what would go.")
@_AS_JSON
def erase(user_id: str, dry_run: bool, as_json: bool) -> None:
    """Take USER_ID out of every table, cache and spool, for good. Killed at any moment and started again, it completes."""
    from shopcart_assets import automation
    from shopcart_assets.privacy.erasure import receipt, run

    settings, now = load_settings(), dt.datetime.now(dt.UTC)
    estate = run.Estate.of(settings)
    plan = run.preview(estate, user_id, now)
    held = run.require_known(estate, plan)
    if dry_run:
        told = receipt.forecast(plan, held)
        click.echo(json.dumps(told.figures()) if as_json else "\n".join(told.lines()))
        return
    run.order(estate, user_id, now)
    with automation.dagster_instance(settings) as instance:
        automation.run_all(automation.erase_steps(settings), instance, stopwatch(as_json))
    _show(settings, _RECEIPT, as_json, user_key=plan.stone.key)


@cli.command()
@click.option("--port", default=3000, show_default=True)
def ui(port: int) -> None:
    """Open the Dagster UI on this machine: the asset graph, runs, checks and schedules."""
    from shopcart_assets import automation

    with automation.dagster_instance(load_settings()):
        pass
    workspace = Path(__file__).parents[1] / "workspace.yaml"
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.execv(dagster, [dagster, "dev", "-w", str(workspace), "-h", "127.0.0.1", "-p", str(port)])


def _show(settings: Settings, query: str, as_json: bool = False, **parameters: object) -> None:
    sys.stdout.flush()
    form: Format = "json" if as_json else "table"
    export(settings.warehouse().views, query, form, sys.stdout.buffer, 140, parameters or None)


_RECEIPT = """
    select erased_at, kind, place, n_partitions, n_rows, n_left from privacy.erasures
    where user_key = $user_key and (n_rows > 0 or n_left > 0) order by all
"""
_LEADERBOARD = """
    select policy, kind, macro_accuracy_pct as "accuracy %", low_pct as low, high_pct as high, session_f1_pct as "F1 %",
           illegal_pct as "illegal %", n_cases as cases
    from evaluation.leaderboard
"""
_COMPARISONS = """
    select policy, rival, round(delta_points, 1) as points, round(low_points, 1) as low, round(high_points, 1) as high,
           round(mde_points, 1) as detectable, p_sign_flip as p, p_holm as "p (Holm)"
    from evaluation.comparisons
    where not starts_with(family, 'baseline_')
"""


def _summary(settings: Settings) -> None:
    """What came out, and where to look: the tables, the report, the UI."""
    click.echo(
        "\nSIMULATED shoppers: the shop and its visitors were generated, so nothing here says how people shop.\n"
    )
    _show(settings, _LEADERBOARD)
    click.echo()
    _show(settings, _COMPARISONS)
    lines = {
        "report": settings.state / "report" / "report.html",
        "SQL": 'shopcart sql "select * from evaluation.accuracy"   (select * from dictionary lists every column)',
        "UI": "make ui",
    }
    click.echo("".join(f"\n{name:>8}  {value}" for name, value in lines.items()))


if __name__ == "__main__":
    main()
