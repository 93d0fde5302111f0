"""Runs a page's commands where their reader does: in a folder with a lake, in this process, with the streams of a shell."""

import os
from pathlib import Path

import polars as pl
from click.testing import CliRunner

from shopcart_assets.cli import cli
from shopcart_assets.evaluation.predict import predict
from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.profiles import PolicyConfig
from shopcart_assets.platform.settings import load_settings
from tests.documentation import ROOT, Block, Command, commands, shell_blocks
from tests.evaluation.invented import DAYS, fill, filled, one_refresh

POLICIES = {
    "always_terminate": "always_terminate",
    "always_buy": "always_buy",
    "smollm2-135m-action_only-s0": "first_result",
}
"""What is judged in the lake, and which built-in policy answers for it: no model is needed to try a command."""

PAGE = """<html><head><title>Mugs</title></head><body><form role="search"><input type="text" name="q" value="mug"></form>
<p>Write to ada@example.org</p><ul><li><a href="/dp/1">Red mug</a> <span>$9.99</span></li></ul></body></html>"""


def furnish(folder: Path) -> None:
    """A user's folder after a demo, as far as commands look: the checkout's `sql` and `docs`, a saved page, a lake."""
    for name in ("sql", "docs"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "page.html").write_text(PAGE)
    settings = load_settings()
    warehouse = settings.warehouse()
    fill(warehouse)
    said = warehouse.read("context.actions").select("session_id", "step", pl.lit("I want a mug.").alias("rationale"))
    with one_refresh(warehouse):
        for generator in ("human", "smollm2-135m"):
            for day in DAYS:
                told = filled("reasoning.rationales", said.filter(pl.col("session_id").str.starts_with(day)))
                warehouse.write("reasoning.rationales", told, day=day, generator=generator)
        cases, names = warehouse.read("dataset.cases"), warehouse.read("context.elements")
        for policy, stands_for in POLICIES.items():
            given = predict(warehouse, settings, PolicyConfig(stands_for, "baseline"), lambda line: None)
            warehouse.write("evaluation.predictions", given, policy=policy)
            warehouse.write("evaluation.verdicts", verdicts(given, cases, names), policy=policy)


def run(page: Path, names: dict[str, str]) -> int:
    """How many commands of the page were run, from top to bottom; `names` stand in for what a reader fills in.

    Blocks that need more than this folder are left out: they name the test that runs them. So is `make`, whose targets are another
    test's part. Raises AssertionError at the first that fails.
    """
    n_run = 0
    for block in shell_blocks(page):
        if block.proof is None:
            for command in commands(block.text):
                n_run += _run(block, command, names)
    return n_run


def _run(block: Block, command: Command, names: dict[str, str]) -> bool:
    if command.words[:1] != ["shopcart"]:
        return False
    words = [names.get(word, word) for word in command.words[1:]]
    typed = Path(command.streams["stdin"]).read_text() if "stdin" in command.streams else "select 1 as n"
    done = CliRunner().invoke(cli, words, input=typed, env=command.environ)
    assert done.exit_code == 0, f"{block}: shopcart {' '.join(words)}: {done.exception}\n{done.output}"
    if "stdout" in command.streams:
        Path(command.streams["stdout"]).write_bytes(done.stdout_bytes)
    return True


def write_files(page_blocks: list[Block]) -> None:
    """Puts the page's files into the working directory."""
    for block in page_blocks:
        if block.file:
            Path(os.curdir, block.file).write_text(block.text)
