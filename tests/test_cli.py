"""Commands: help for each, answers on standard output, mistakes in one line."""

import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import click
import polars as pl
import pytest
from click.testing import CliRunner

from shopcart_assets.cli import cli, main
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.benchmark import names
from shopcart_assets.privacy.benchmark.sentences import Sentence
from shopcart_assets.privacy.free_text.context import ContextModel
from tests.terminal import Terminal

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


def test_the_names_bench_prints_its_figures(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    few = [Sentence(f"I gave it to {{v}} on day {n}", f"set {n}") for n in range(5)]
    monkeypatch.setattr(names, "load_sentences", lambda: [*few, Sentence("The Harper sofa is blue", "list")])
    written: list[ContextModel] = []
    monkeypatch.setattr(names, "write", written.append)
    measured = CliRunner().invoke(cli, ["bench", "names", "--json"])
    assert json.loads(measured.stdout)["n_sentences"] == 5 and not written
    fitted = CliRunner().invoke(cli, ["bench", "names", "--fit"])
    assert fitted.exit_code == 0 and "names found whole" in fitted.output and len(written) == 1


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


def _environ(folder: Path) -> dict[str, str]:
    """A user's who has set nothing, with this checkout."""
    root = str(Path(__file__).parents[1])
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": root, "SHOPCART_STATE": str(folder / "state"), "HOME": str(folder)}


def _run(arguments: list[str], folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "shopcart_assets.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**_environ(folder), **environ}, cwd=folder)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sql", "select * from nowhere"], r"shopcart: Catalog Error: Table with name nowhere does not exist"),
        (["ingest", "no/such/drop"], r"shopcart: .*no/such/drop"),
        (["erase", ""], r"shopcart: the id is empty: say whom to erase"),
        (["erase", "ann_lee"], r"shopcart: nobody by this id is in the lake or in a registered drop: check how"),
        (["evaluate", "nobody"], r"shopcart: no policy 'nobody' in this profile; declared: "),
    ],
)
def test_a_foreseen_mistake_is_a_line_and_no_traceback(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = _run(arguments, tmp_path)
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
    told = json.loads(CliRunner().invoke(cli, ["erase", "ann_lee", "--dry-run", "--json"]).stdout)
    assert told["removals"] == [{"table": "context.actions", "partition": "day=2026-09-01/", "n_rows": 1}]
    assert (told["n_sessions"], told["marks"], told["held_by_drops"]) == (1, [], {})
    assert platform.warehouse.read("context.actions").height == 2 and not platform.warehouse.exists("privacy.erasures")
    done = CliRunner().invoke(cli, ["erase", "ann_lee"])
    assert done.exit_code == 0, done.exception
    again = CliRunner().invoke(cli, ["erase", "ann_lee", "--json"])
    assert again.exit_code == 1 and "nobody by this id" in str(again.exception)
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


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


@pytest.mark.parametrize("path", [(), *_commands(cli)], ids=" ".join)
def test_help_fits_eighty_columns(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(cli, [*path, "--help"], terminal_width=80).output
    assert [line for line in shown.splitlines() if len(line) > 80] == []


def test_a_shell_completes_commands_options_and_choices(tmp_path: Path) -> None:
    asked = [
        (["shopcart", ""], "sql"),
        (["shopcart", "sql", "--f"], "--format"),
        (["shopcart", "sql", "--format", "pa"], "parquet"),
    ]
    for words, offered in asked:
        environ = {
            "_SHOPCART_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(words),
            "COMP_CWORD": str(len(words) - 1),
        }
        done = _run([], tmp_path, **environ)
        assert f"plain,{offered}" in done.stdout.splitlines(), done


def test_ctrl_c_is_one_line_and_exit_code_130(tmp_path: Path) -> None:
    with Terminal(["sql", "-"], _environ(tmp_path), tmp_path) as terminal:
        while not (tmp_path / "state" / "secret").exists():  # from there on it only waits for the query to be typed
            time.sleep(0.1)
        terminal.type("\x03")
        assert terminal.wait_for("shopcart: interrupted\r\n").replace("^C", "").strip() == ""
        assert terminal.process.wait(timeout=500) == 130


def test_no_color_is_heeded_in_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what a command colours when its output is a terminal, nothing is left."""

    @click.command()
    def red() -> None:
        click.echo(click.style("red", fg="red"))

    monkeypatch.setitem(cli.commands, "red", red)
    monkeypatch.setattr(sys, "argv", ["shopcart", "red"])
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda stream, color: color is False)
    for value, expected in (("", "\x1b[31mred\x1b[0m\n"), ("1", "red\n")):
        monkeypatch.setenv("NO_COLOR", value)
        shown = io.StringIO()
        with redirect_stdout(shown):
            main()
        assert shown.getvalue() == expected
