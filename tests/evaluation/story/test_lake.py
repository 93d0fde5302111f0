"""Stories of the invented lake: which sessions, which policies, what is asked for wrongly, the command, and the asset."""

import re
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from shopcart_assets.cli import cli
from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.story import lake
from shopcart_assets.evaluation.story.assets import story as asset
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.story.conftest import POLICIES


def test_the_longest_test_session_is_told_unless_one_is_named(judged: Warehouse) -> None:
    tests = judged.read("dataset.splits").filter(split="test").sort("n_steps", "session_id", descending=[True, False])
    longest, other = tests["session_id"][0], tests["session_id"][-1]
    told = lake.story(judged)
    assert (told.session_id, len(told.steps), told.policies) == (longest, tests["n_steps"][0], POLICIES)
    assert [guess.policy for guess in told.steps[1].guesses] == list(POLICIES)
    assert lake.story(judged, other, ["first_result"]).policies == ("first_result",)
    rows = judged.read("evaluation.verdicts", policy="first_result").filter(session_id=longest)
    assert told.n_right("first_result") == rows["is_exact"].sum()


def test_what_there_is_not_is_one_clear_line(judged: Warehouse) -> None:
    training = judged.read("dataset.splits").filter(split="train")["session_id"][0]
    for session, policies, words in (
        ("gone", (), "no test session 'gone'"),
        (training, (), "is in the training split"),
        (None, ("best",), "no verdicts of 'best'; judged so far: always_terminate, first_result"),
    ):
        with pytest.raises(EvaluationError, match=words):
            lake.story(judged, session, policies)


def test_an_empty_lake_has_no_stories(warehouse: Warehouse) -> None:
    with pytest.raises(EvaluationError, match="no test sessions yet"):
        lake.story(warehouse)


def test_the_example_query_says_the_same(judged: Warehouse) -> None:
    said = judged.views.query(Path("sql/examples/read_a_session.sql").read_text())
    told = lake.story(judged)
    assert said.filter(step=2)["policy"].to_list() == list(POLICIES)
    right = said.filter(policy="first_result")["is_exact"].sum()
    assert right == told.n_right("first_result") and said["step"].n_unique() == len(told.steps)


def test_the_command_prints_it_and_writes_a_page(judged: Warehouse, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["story", "--policies", "first_result"])
    assert done.exit_code == 0 and done.output.startswith("session ") and "right: first_result " in done.output
    page = tmp_path / "page.html"
    done = CliRunner().invoke(cli, ["story", "--html", str(page)])
    assert done.exit_code == 0 and "`shopcart erase` does not reach it" in done.output
    assert page.read_text().startswith("<!doctype html>") and "All sessions" not in page.read_text()


def test_the_command_writes_the_explorer_and_says_where(judged: Warehouse, platform: Platform) -> None:
    session = lake.story(judged).session_id
    done = CliRunner().invoke(cli, ["explore", session, "--sample", "1"])
    index, page = done.output.splitlines()
    assert done.exit_code == 0 and re.fullmatch(r".*report/story\.html: [1-4] sessions", index)
    assert page.endswith(f": session {session}") and Path(page.rpartition(": ")[0]).exists()
    assert Path(index.rpartition(": ")[0]).parent == platform.settings.state / "report"


def test_the_asset_writes_the_page_and_shows_previews_without_ids(judged: Warehouse, platform: Platform) -> None:
    run = dg.materialize([asset], resources={"platform": platform}, instance=dg.DagsterInstance.ephemeral())
    (event,) = run.asset_materializations_for_node("evaluation__story")
    shown = {name: str(value.value) for name, value in event.metadata.items()}
    index = (platform.settings.state / "report" / "story.html").read_text()
    tests = lake.test_sessions(judged)["session_id"].to_list()
    assert set(shown) == {
        "path",
        "url",
        "n_sessions",
        "the longest session",
        "a purchase",
        "where policies differ most",
    }
    assert shown["n_sessions"] == str(len(tests)) and all(one in index for one in tests)
    assert not any(one in text for one in tests for text in shown.values())
