"""What README.md and docs/ say works: commands run, links lead somewhere, tables are there, queries answer."""

import importlib.util
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import click
import pytest

from shopcart_assets.cli import cli
from shopcart_assets.context import recipe
from shopcart_assets.context.simplify import simplify
from shopcart_assets.platform.dictionary import STAGES
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.platform.warehouse import Warehouse
from tests import documentation as docs
from tests import documentation_shell as shell

MAKE_TARGETS = set(re.findall(r"^([a-z-]+):", (docs.ROOT / "Makefile").read_text(), re.MULTILINE))
OF_THE_SHELL = {"export", "cd", "mkdir", "eval", "mv", "source"}
OF_OTHERS = {"pip", "ray", "duckdb", "hf", "vllm", ".venv/bin/pytest", "psql", "createdb", "llama-server"}
PAGES = pytest.mark.parametrize("page", docs.PAGES, ids=docs.name)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """An empty one: all tables are there."""
    folder = tmp_path_factory.mktemp("lake")
    return Warehouse(open_lake(str(folder), folder / "uploads"), folder / "warehouse.duckdb")


def accept(command: click.Command, words: Sequence[str], parent: click.Context | None = None) -> None:
    """Raises UsageError where the command line would: an unknown command, option or choice, too many or too few arguments.

    Files need not be there, and nothing is run.
    """
    context = click.Context(command, parent, words[0], **command.context_settings)
    values, rest, _ = command.make_parser(context).parse_args(list(words[1:]))
    if isinstance(command, click.Group):
        name, under, rest = command.resolve_command(context, rest) if rest else ("", None, [])
        if under is not None:
            accept(under, [str(name), *rest], context)
        return
    if rest:
        raise click.UsageError(f"{words[0]}: too many words: {rest}")
    for parameter in command.params:
        if not isinstance(parameter.type, click.Path) and not values.get("help"):
            parameter.process_value(context, values.get(str(parameter.name)))


def check(words: Sequence[str]) -> None:
    program = words[0]
    if program == "shopcart":
        accept(cli, words)
    elif program == "make":
        assert {word for word in words[1:] if "=" not in word} <= MAKE_TARGETS, words
    elif program == "python":
        modules = [word for before, word in pairwise(words) if before == "-m"]
        assert modules and all(importlib.util.find_spec(module) for module in modules), words
    else:
        assert program in OF_THE_SHELL | OF_OTHERS, words


@PAGES
def test_each_command_is_one_that_there_is(page: Path) -> None:
    for block in docs.shell_blocks(page):
        for command in docs.commands(block.text):
            try:
                check(command.words or ["export"])
            except click.UsageError as error:
                pytest.fail(f"{block}: {' '.join(command.words)}: {error.format_message()}")
    for words in docs.inline_commands(page):
        try:
            check(words)
        except click.MissingParameter:
            pass  # prose may call a command by its name alone
        except click.UsageError as error:
            pytest.fail(f"{docs.name(page)}: {' '.join(words)}: {error.format_message()}")


@pytest.mark.parametrize(
    "line", ["shopcart nothing", "shopcart sql --fromat csv x", "shopcart sql --format xml x", "shopcart spend now"]
)
def test_a_command_that_there_is_not_is_noticed(line: str) -> None:
    with pytest.raises(click.UsageError):
        check(line.split())


@PAGES
def test_what_cannot_run_everywhere_names_the_test_that_runs_it(page: Path) -> None:
    for block in docs.shell_blocks(page):
        if block.proof is None:
            others = {one.words[0] for one in docs.commands(block.text) if one.words} & {*OF_OTHERS, "python"}
            assert not others, f"{block}: say what {others} needs: <!-- needs: ...; tests/...::test_... -->"
        else:
            file, _, name = block.proof.partition("::")
            assert f"def {name}(" in (docs.ROOT / file).read_text(), f"{block}: no test {block.proof}"


@PAGES
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in docs.links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{docs.name(page)}: {path}"
        assert not anchor or anchor in docs.anchors(target), f"{docs.name(page)}: {path}#{anchor}"


def test_every_page_is_listed() -> None:
    listed = {(docs.INDEX.parent / path).resolve() for path, _ in docs.links(docs.INDEX)}
    assert {page for page in docs.PAGES[1:] if page != docs.INDEX} <= listed


@PAGES
def test_tables_and_columns_are_those_of_the_dictionary(page: Path, lake: Warehouse) -> None:
    columns: dict[str, set[str]] = {}
    for table, column in lake.views.query('select "table", "column" from dictionary').iter_rows():
        columns.setdefault(table, set()).add(column)
    for name in docs.table_names(page, list(STAGES)):
        schema, table, *named = name.split(".")
        known = columns.get(f"{schema}.{table}", set())
        assert known and known.issuperset(named), f"{docs.name(page)}: {name}"


@PAGES
def test_its_queries_answer(page: Path, lake: Warehouse) -> None:
    asked = [block.text for block in docs.blocks(page) if block.language == "sql"]
    for block in docs.shell_blocks(page):
        for command in docs.commands(block.text):
            if command.words[:2] == ["shopcart", "sql"]:
                asked += [word for word in command.words[2:] if " " in word]
    for query in asked:
        assert lake.views.query(query).width > 0


EXAMPLES = docs.ROOT / "shopcart_assets" / "reasoning" / "prompts" / "think_aloud.yaml"
READ_BY_SETTINGS = {"shopcart.yaml", "experiments.yaml", "policies.yaml"}


@PAGES
def test_its_configuration_files_can_be_used(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, each with those before it; what a file of the reader's own says is in the project's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "think_aloud.yaml").write_text(EXAMPLES.read_text())
    for block in docs.blocks(page):
        if block.file in READ_BY_SETTINGS:
            shell.write_files([block])
            load_settings(profile="demo")


RUN_A_COMMAND = {
    "README.md",
    "docs/backfill.md",
    "docs/configuration.md",
    "docs/erasure.md",
    "docs/experiments.md",
    "docs/launchers.md",
    "docs/likelihoods.md",
    "docs/logs.md",
    "docs/policies.md",
    "docs/recipes.md",
    "docs/sql.md",
    "docs/statistics.md",
}
"""Pages of which at least one command runs here: none of them can stop doing so unnoticed."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder with a lake, furnished once."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        shell.furnish(folder)
    return folder


@PAGES
def test_its_commands_run(page: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    shell.write_files([block for block in docs.blocks(page) if block.file not in READ_BY_SETTINGS])
    users = load_settings().warehouse().read("context.actions")["user_id"]
    n_run = shell.run(page, {"USER_ID": users[0]})
    assert (n_run > 0) == (docs.name(page) in RUN_A_COMMAND)


SHOP_PAGE = """<html><head><title>Mugs</title></head><body><input id="shop-search" type="search" name="q"><div id="results">
<div class="hit" data-id="1"><h2><a href="/p/1">Red mug</a></h2></div>
<div class="hit" data-id="2"><h2><a href="/p/2">Blue mug</a></h2></div></div><p class="is-hidden">Hidden</p></body></html>"""


def test_the_recipe_that_is_explained_does_what_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = [one for one in docs.blocks(docs.ROOT / "docs" / "recipes.md") if one.file == "shop.yaml"]
    (tmp_path / "shop.yaml").write_text(block.text)
    monkeypatch.setattr(recipe, "shipped", lambda: (recipe.load(tmp_path / "shop.yaml"),))
    page = simplify(SHOP_PAGE, token_budget=0, url="https://shop.example/search?q=mug")
    assert page.recipe == "shop" and page.warnings == () and "Hidden" not in page.html
    assert [one.name for one in page.names] == [
        "search_input",
        "search_results.red_mug.view_product",
        "search_results.blue_mug.view_product",
    ]
