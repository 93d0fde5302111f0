"""`shopcart import KIND SOURCE`: one command a format, all with the same end. What a format means is in its own module."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from shopcart_assets.platform.progress import under_way
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.traffic import drops
from shopcart_assets.traffic.importers.deliver import Delivery
from shopcart_assets.traffic.importers.opera import import_opera, opera_lines
from shopcart_assets.traffic.importers.opera_files import CONFIGS, Config
from shopcart_assets.traffic.importers.rrweb import KIND, import_rrweb

OUT = click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the new drop; default: in the state folder."
)
CONSENT_GROUND = click.option(
    "--consent-ground",
    metavar="TEXT",
    help="Where it is written down that everybody in the source agreed to this use; without it nobody is admitted later.",
)

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group(name="import")
def import_group() -> None:
    """Turn a log in another format into a raw drop, and register it; `shopcart ingest` then takes it like any other."""


@import_group.command("table")
@click.argument("source")
@click.option("--mapping", type=click.Path(path_type=Path), required=True, help="YAML: which column is which field.")
@OUT
@click.option(
    "--preview", "is_preview", is_flag=True, help="Show what the mapping makes of the first rows; write nothing."
)
@CONSENT_GROUND
@AS_JSON
def table_command(
    source: str, mapping: Path, out: Path | None, is_preview: bool, consent_ground: str | None, as_json: bool
) -> None:
    """Import SOURCE: a Parquet or CSV file, a folder of them, or hf://datasets/OWNER/NAME[@REVISION]/PATH."""
    from shopcart_assets.traffic.importers.table import preview, run

    if is_preview:
        click.echo(preview.preview(source, mapping, shutil.get_terminal_size((160, 50)).columns))
        return
    with under_way(f"importing {source}") as count:
        imported = run.import_table(source, mapping, out or default_folder(run.KIND, source), consent_ground, count)
    figures = {"n_read": imported.n_read, "skipped": dict(imported.skipped), "n_equal": imported.n_equal}
    finish(imported.delivery, as_json, run.lines(imported), figures, imported.says_consent)


@import_group.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--config", type=click.Choice(CONFIGS), default="filtered_action", show_default=True)
@OUT
@CONSENT_GROUND
@AS_JSON
def opera(source: Path, config: Config, out: Path | None, consent_ground: str | None, as_json: bool) -> None:
    """Import the OPeRA data set: SOURCE is a folder with its Parquet files, such as a download from the Hugging Face hub."""
    folder = out or default_folder(f"opera-{config.removesuffix('_action')}", source.resolve().name)
    with under_way(f"importing {source}") as count:
        delivery, found = import_opera(source, folder, config, consent_ground, count)
    finish(delivery, as_json, opera_lines(found), found)


@import_group.command()
@click.argument("source", type=click.Path(path_type=Path))
@OUT
@CONSENT_GROUND
@click.option(
    "--user", metavar="ID", help="Whose recordings these are, where they do not say; default: the file's name."
)
@AS_JSON
def rrweb(source: Path, out: Path | None, consent_ground: str | None, user: str | None, as_json: bool) -> None:
    """Import session recordings of rrweb: SOURCE is a file or a folder of lists of events, or of exports such as PostHog's."""
    folder = out or default_folder(KIND, source.resolve().name)
    with under_way(f"importing {source}") as count:
        delivery = import_rrweb(source, folder, consent_ground=consent_ground, user=user, count=count)
    finish(delivery, as_json)


def default_folder(kind: str, source: str) -> Path:
    """Where the drop of a source lies unless --out says otherwise: `<state>/drops/import-<kind>-<source's name>`."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(source).name.strip()) or "source"
    return load_settings().state / "drops" / f"import-{kind}-{name}"


def finish(
    delivery: Delivery,
    as_json: bool,
    lines: Sequence[str] = (),
    figures: Mapping[str, Any] | None = None,
    says_consent: bool = False,
) -> None:
    """Registers the drop and says what came in, what was refused and what to do next.

    `lines` and `figures` are what the format has to say of its own, to a person and to a script. `says_consent`: the events
    themselves say what their users consented to.
    """
    drops.register(load_settings().state, delivery.folder)
    if as_json:
        told = asdict(delivery) | {"folder": str(delivery.folder), "refused": dict(delivery.refused)}
        click.echo(json.dumps(told | dict(figures or {})))
    else:
        click.echo("\n".join([*lines, *_lines(delivery, says_consent)]))


def _lines(delivery: Delivery, says_consent: bool) -> Iterator[str]:
    first, last = delivery.days[0], delivery.days[-1]
    yield f"{delivery.folder}: {delivery.n_events:,} events, {delivery.n_pages:,} pages, {first} to {last}"
    for reason, n in sorted(delivery.refused.items()):
        yield f"  refused {n:,}: {reason}"
    if not delivery.n_users_with_consent and not says_consent:
        yield "  nobody's consent is known, so nobody will be admitted: see --consent-ground"
    yield f"{len(delivery.changed)} files changed" if delivery.changed else "nothing changed since the last import"
    yield f"next: shopcart ingest {delivery.folder}"
