"""Commands: help for each, answers on standard output, mistakes in one line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from shopcart_assets.cli import cli
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse

PAGE = """<html><head><title>Mugs</title></head><body><script>var s = "ada@example.org"</script>
<form role="search"><input type="text" name="q" value="mug"><button>Go</button></form>
<p>Write to ada@example.org</p><ul><li><a href="/dp/1">Red mug</a> <span>$9.99</span></li></ul></body></html>"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    return path


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_each_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(cli, [command, "--help"])
    assert result.exit_code == 0 and "Usage: " in result.output


def test_simplify_names_what_can_be_acted_on(platform: Platform, page: Path) -> None:
    result = CliRunner().invoke(cli, ["simplify", str(page), "--format", "json", "--budget", "0"])
    answer = json.loads(result.output)
    assert {"html", "title", "recipe", "tokens", "elements", "warnings"} == set(answer) and answer["recipe"] == "none"
    assert {
        "name": "search_input",
        "kind": "type",
        "tag": "input",
        "text": "",
        "xpath": "/html/body/form/input",
    } in answer["elements"]
    assert "$9.99" in answer["html"]


def test_simplify_takes_a_recipe_by_name_or_by_address(platform: Platform, page: Path) -> None:
    by_url = ["--url", "https://www.amazon.com/s?k=mug"]
    for more, recipe in (
        ([], "none"),
        (by_url, "amazon"),
        (["--recipe", "ebay"], "ebay"),
        ([*by_url, "--recipe", "none"], "none"),
    ):
        result = CliRunner().invoke(cli, ["simplify", str(page), "--format", "json", *more])
        assert json.loads(result.output)["recipe"] == recipe
    result = CliRunner().invoke(cli, ["simplify", str(page), "--recipe", "nobody"])
    assert result.exit_code != 0 and "no recipe 'nobody'; known: amazon, ebay, auto, none" in str(result.exception)


def test_scrub_replaces_and_lists_without_the_value(platform: Platform, page: Path) -> None:
    result = CliRunner().invoke(cli, ["scrub", str(page), "--format", "json"])
    answer = json.loads(result.output)
    assert "ada@example.org" not in result.output
    assert [finding["kind"] for finding in answer["findings"]] == ["email"]
    assert answer["findings"][0]["placeholder"] in answer["html"]


def test_scrub_looks_for_the_values_of_a_file(platform: Platform, tmp_path: Path) -> None:
    page, values = tmp_path / "chat.html", tmp_path / "values.json"
    page.write_text("<p>Chat with QUILLON ZEBROSKI</p>")
    values.write_text('{"name": "Quillon Zebroski"}')
    result = CliRunner().invoke(cli, ["scrub", str(page), "--user-values", str(values)])
    assert result.exit_code == 0 and "Chat with [NAME_" in result.output and "QUILLON" not in result.output


def test_the_privacy_bench_prints_its_figures(platform: Platform) -> None:
    result = CliRunner().invoke(cli, ["bench", "privacy", "--json", "--users", "1", "--seed", "4"])
    methods = json.loads(result.output)["methods"]
    assert methods["rules_and_gazetteer"]["recall"]["own"] >= methods["rules"]["recall"]["own"]


def test_the_training_bench_hands_its_options_on_and_its_exit_code_back(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(subprocess, "call", lambda command, cwd: called.append(command) or 3)  # type: ignore[func-returns-value]
    result = CliRunner().invoke(cli, ["bench", "training", "--json", "--only", "balance", "--rounds", "2"])
    assert result.exit_code == 3
    assert called[0][:3] == [sys.executable, "-m", "ml_jobs.bench"]
    assert called[0][-5:] == ["--json", "--only", "balance", "--rounds", "2"]


def test_the_generation_bench_is_a_process_of_its_own(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(subprocess, "call", lambda command, cwd: called.append(command) or 0)  # type: ignore[func-returns-value]
    result = CliRunner().invoke(cli, ["bench", "generation", "--json", "--model", "smollm2-135m", "--steps", "6"])
    assert result.exit_code == 0
    assert called[0][:3] == [sys.executable, "-m", "ml_jobs.bench.generation"]
    assert called[0][-5:] == ["--json", "--model", "smollm2-135m", "--steps", "6"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("csv", "n,word\n1,a\n"),
        ("json", [{"n": 1, "word": "a"}]),
        ("table", r"n  word\n─  ────\n1  a\n\(1 rows\)\n"),
        ("parquet", "PAR1"),
    ],
)
def test_sql_answers_in_each_format(platform: Platform, form: str, expected: object) -> None:
    result = CliRunner().invoke(cli, ["sql", "select 1::int as n, 'a' as word", "--format", form])
    assert result.exit_code == 0, result.exception
    if form == "json":
        assert json.loads(result.output) == expected
    elif form == "table":
        assert re.fullmatch(str(expected), result.output)
    else:
        assert result.stdout_bytes.decode(errors="replace").replace("\r", "").startswith(str(expected))


def test_a_query_in_a_file_is_asked_by_standard_input(platform: Platform) -> None:
    result = CliRunner().invoke(cli, ["sql", "--format", "csv", "-"], input="-- What?\nselect 1::int as n")
    assert result.output == "n\n1\n"


def test_sql_cannot_write(platform: Platform) -> None:
    result = CliRunner().invoke(cli, ["sql", "create table traffic.mine (a int)"])
    assert result.exit_code != 0 and "read-only" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sql", "select * from nowhere"], r"shopcart: Catalog Error: Table with name nowhere does not exist"),
        (["ingest", "no/such/drop"], r"shopcart: .*no/such/drop"),
        (["erase", "ann_lee"], r"shopcart: nobody by this id is in the lake or in a registered drop: check how"),
        (["evaluate", "nobody"], r"shopcart: no policy 'nobody' in this profile; declared: "),
    ],
)
def test_a_foreseen_mistake_is_a_line_and_no_traceback(tmp_path: Path, arguments: list[str], message: str) -> None:
    environ = {"PATH": "/usr/bin:/bin", "SHOPCART_STATE": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "shopcart_assets.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, cwd=tmp_path)
    assert done.returncode == 1 and re.match(message, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_to_evaluate_nothing_is_wrong_usage() -> None:
    result = CliRunner().invoke(cli, ["evaluate"])
    assert result.exit_code == 2 and "name a policy" in result.output


def test_erase_says_what_would_go_and_then_what_went(platform: Platform) -> None:
    schema = table("context.actions").schema()
    rows = [dict.fromkeys(schema) | {"session_id": f"session-{one}", "user_id": one} for one in ("ann_lee", "bob_ray")]
    platform.warehouse.write("context.actions", pl.DataFrame(rows, schema), day="2026-09-01")
    asked = CliRunner().invoke(cli, ["erase", "ann_lee", "--dry-run"])
    assert asked.output.splitlines() == [
        "would go: 1 sessions, 0 pages that nobody else saw on their day",
        "        1 rows in 1 partitions  context.actions",
    ]
    assert platform.warehouse.read("context.actions").height == 2 and not platform.warehouse.exists("privacy.erasures")
    done = CliRunner().invoke(cli, ["erase", "ann_lee"])
    assert done.exit_code == 0, done.exception
    assert platform.warehouse.read("context.actions")["user_id"].to_list() == ["bob_ray"]
    assert re.search(r"table +context.actions +1 +1 +0\n\(1 rows\)", done.output)
    storage = b"".join(one.read_bytes() for one in platform.settings.state.rglob("*") if one.is_file())
    assert b"session-ann_lee" not in storage and b"ann_lee" not in storage and len(storage) > 10_000


def test_a_warehouse_asked_before_any_run_has_empty_tables(warehouse: Warehouse) -> None:
    assert warehouse.views.query("select count(*)::bigint as n from evaluation.accuracy")["n"][0] == 0


def test_bench_views_times_every_view() -> None:
    options = ["--cases", "60", "--sessions", "20", "--users", "4", "--policies", "1"]
    result = CliRunner().invoke(cli, ["bench", "views", "--json", *options])
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told["n_verdicts"] == 60 and "evaluation.leaderboard" in told["seconds"]
    refused = CliRunner().invoke(cli, ["bench", "views", "--cases", "10", "--sessions", "20"])
    assert refused.exit_code == 2 and "at least as many cases as sessions" in refused.output
