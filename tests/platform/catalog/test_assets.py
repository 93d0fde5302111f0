"""What a person sees of an asset before it was ever made: true of every asset and check of the one Definitions object."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.definitions import defs
from shopcart_assets.platform.catalog.assets import PERSONAL_DATA, catalogued, figures, markdown
from shopcart_assets.platform.dictionary import PARTITION_COLUMNS, STAGES, TABLES, Table
from shopcart_assets.platform.preview import NO_PREVIEW
from shopcart_assets.platform.warehouse import Warehouse, Written
from shopcart_assets.traffic.definitions import ASSETS as TRAFFIC

ROOT = Path(__file__).parents[3]
SPECS = {".".join(spec.key.path): spec for spec in defs.resolve_all_asset_specs()}
CHECKS = {spec.key: spec for checks in defs.asset_checks or () for spec in checks.check_specs}
VERBS = {
    "act",
    "add",
    "answered",
    "are",
    "become",
    "consents",
    "do",
    "ends",
    "fits",
    "has",
    "have",
    "hit",
    "is",
    "respect",
    "say",
    "start",
}


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_asset_says_what_it_is_whose_it_is_and_where_its_code_is(name: str) -> None:
    spec = SPECS[name]
    sentences = (spec.description or "").split("\n\n")
    assert spec.group_name == name.split(".")[0] and spec.owners and 1 <= len(spec.kinds) <= 2
    assert re.fullmatch(r"[A-Z].*[.:].*", sentences[0]) and len(sentences[0]) <= 180
    # What a row is, and then what its step does, or the key and the caveats of a view. Files are their step's sentence.
    assert len(sentences) == (2 if name in TABLES else 1) and all(sentences)
    (reference,) = spec.metadata["dagster/code_references"].code_references
    code = Path(reference.file_path)
    is_view = name in TABLES and TABLES[name].is_view
    assert code.is_relative_to(ROOT / ("sql" if is_view else "shopcart_assets") / name.split(".")[0])
    assert code.read_text().splitlines()[reference.line_number - 1].startswith(("-- ", "@", "def "))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_shows_its_columns_its_query_and_what_of_people_it_holds(table: Table) -> None:
    metadata, tags = SPECS[table.name].metadata, SPECS[table.name].tags
    shown = {column.name: column.description for column in metadata["dagster/column_schema"].columns}
    assert list(shown) == [*table.schema().names(), *table.partitioned_by] and all(shown.values())
    assert {name: shown[name] for name in table.partitioned_by}.items() <= PARTITION_COLUMNS.items()
    assert metadata["dagster/table_name"] == table.name and f'"from {table.name} limit' in metadata["query"]
    assert tags[PERSONAL_DATA] == ("raw" if table.is_raw else "pseudonymous" if table.persons() else "none")


def test_what_is_no_table_says_what_of_people_it_holds_too() -> None:
    assert {name: SPECS[name].tags[PERSONAL_DATA] for name in SPECS.keys() - TABLES.keys()} == {
        "traffic.sample_drop": "none",
        "evaluation.story": "pseudonymous",
        "report.page": "none",
    }


def test_groups_are_the_stages_in_the_order_of_the_data() -> None:
    """Collapsed, the graph reads from left to right: an edge between groups never goes back."""
    edges = {(dep.asset_key.path[0], spec.group_name) for spec in SPECS.values() for dep in spec.deps}
    assert {group for edge in edges for group in edge} == set(STAGES)
    assert all(STAGES.index(a) <= STAGES.index(str(b)) for a, b in edges)
    assert all((a, b) in edges for a, b in pairwise(STAGES))


@pytest.mark.parametrize("key", sorted(CHECKS), ids=lambda key: key.to_user_string())
def test_every_check_is_named_and_described_by_a_sentence(key: dg.AssetCheckKey) -> None:
    words = key.name.split("_")
    assert VERBS & set(words[1:]), "a subject and its verb: every_case_is_judged"
    assert re.fullmatch(r"[A-Z`kC].*\.", CHECKS[key].description or "", re.DOTALL)


@pytest.mark.parametrize(
    "one", [*(defs.jobs or ()), *(defs.sensors or ()), *(defs.schedules or ())], ids=lambda one: one.name
)
def test_every_job_sensor_and_schedule_says_what_it_does(one: dg.SensorDefinition) -> None:
    assert re.fullmatch(r"[A-Z].*\.", one.description or "", re.DOTALL)


@pytest.mark.parametrize("name", sorted(SPECS))
def test_nothing_that_is_said_of_an_asset_is_taken_for_markup(name: str) -> None:
    """The UI renders Markdown: `zone:<zone>` would read zone:, and stars would vanish."""
    schema = SPECS[name].metadata.get("dagster/column_schema")
    for text in [SPECS[name].description, *(one.description for one in (schema.columns if schema else ()))]:
        assert not re.search(r"(?<!\\)[<*\[~]", re.sub("`[^`]*`", "", text or "")), text


def _policies(made: list[dg.AssetsDefinition]) -> Iterator[tuple[str, dg.FreshnessPolicy]]:
    for spec in (spec for one in made for spec in one.specs):
        if spec.freshness_policy:
            yield spec.key.path[-1], spec.freshness_policy


def test_days_must_be_fresh_only_where_the_configuration_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not dict(_policies(catalogued(TRAFFIC)))
    (tmp_path / "shopcart.yaml").write_text("fresh_within_hours: 36")
    policies = dict(_policies(catalogued(TRAFFIC)))
    assert policies.keys() == {"intake", "quarantine", "sessions", "pages", "events"}
    assert policies["events"] == dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36))


def test_a_write_shows_its_rows_and_bytes_as_bare_numbers_and_raw_traffic_no_row(warehouse: Warehouse) -> None:
    sessions = pl.DataFrame({"session_id": ["s-1"], "user_id": ["u-1"], "split": ["train"], "n_steps": [3]})
    rows = sessions.with_columns(outcome=pl.lit("purchase"))
    told = figures(warehouse.write("dataset.splits", rows, day="2026-10-01"))
    assert told["dagster/row_count"] == 1 and told["size_bytes"] > 0
    assert "purchase" in told["preview"].value and "s-1" not in told["preview"].value
    raw = figures(warehouse.write("traffic.quarantine", TABLES["traffic.quarantine"].empty(), day="2026-10-01"))
    assert raw["preview"] == NO_PREVIEW and "preview" not in figures(Written("evaluation.rounds"))


def test_markdown_is_shown_word_for_word() -> None:
    assert markdown("a *b* [c](javascript:d)").value == "```\na *b* [c](javascript:d)\n```"
