"""The whole lineage as a user runs it, in the tiny profile: a random model, so that accuracies mean nothing and machinery everything."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.profiles import tiny
from shopcart_assets.platform.view_text import SQL_FOLDER
from shopcart_assets.platform.warehouse import Warehouse
from tests.traffic.importers import opera_table

pytestmark = pytest.mark.slow


class Home:
    """A fresh home of a new user: an empty state folder and lake."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        own = {name: value for name, value in os.environ.items() if not name.startswith(("SHOPCART_", "DAGSTER_"))}
        self.environ = {**own, "SHOPCART_STATE": str(folder), "SHOPCART_PROFILE": "tiny", "OMP_NUM_THREADS": "1"}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "shopcart_assets.cli", *arguments]
        return subprocess.Popen(
            command, env=self.environ, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def shopcart(self, *arguments: str) -> str:
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=1_800)
        assert process.returncode == 0, output
        return output

    @property
    def warehouse(self) -> Warehouse:
        lake = self.folder / "lake"
        return Warehouse(open_lake(str(lake), self.folder / "uploads"), lake / "warehouse.duckdb")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """After a `shopcart demo` that was killed as it began to judge and started again: what it leaves is what every user must find."""
    one = Home(tmp_path_factory.mktemp("home"))
    process = one.start("demo", "--profile", "tiny")
    deadline = time.monotonic() + 300
    while not list((one.folder / "lake" / "evaluation" / "verdicts").rglob("part.parquet")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "n" in one.shopcart("sql", "select count(*) as n from context.actions")
    one.shopcart("demo", "--profile", "tiny")
    return one


def test_killed_and_started_again_every_policy_is_judged_over_the_same_cases(home: Home) -> None:
    accuracy = home.warehouse.read("evaluation.accuracy")
    assert set(accuracy["policy"]) == {policy.name for policy in tiny().policies}
    assert accuracy["n_cases"].n_unique() == 1 and accuracy["n_cases"][0] > 0
    assert accuracy["coverage"].to_list() == [1.0] * accuracy.height
    ceiling = accuracy.filter(pl.col("kind") == "ceiling")["micro_accuracy"][0]
    assert ceiling > accuracy.filter(pl.col("policy") == "random_legal")["micro_accuracy"][0]


def test_nothing_of_a_session_is_lost_between_traffic_and_dataset(home: Home) -> None:
    read = home.warehouse.read
    sessions = read("traffic.sessions").filter("is_admitted").height
    assert sessions == read("dataset.splits").height + read("dataset.refused").height > 0
    assert read("dataset.splits").height == read("dataset.conversations_action_only").height


def test_no_personal_data_of_the_sample_shop_leaves_the_privacy_stage(home: Home) -> None:
    raw = b" ".join(home.warehouse.read("traffic.pages")["html"].to_list()).decode()
    emails = set(re.findall(r"[\w.]+@mail\.example", raw))
    assert emails, "the sample shop plants e-mail addresses"
    later = [
        path
        for stage in ("privacy", "context", "reasoning", "dataset")
        for path in (home.folder / "lake" / stage).rglob("*.parquet")
    ]
    text = "\n".join(pl.read_parquet(path).write_json() for path in later)
    assert not [email for email in emails if email in text]


def test_sql_and_the_report_answer(home: Home) -> None:
    assert "always_terminate" in home.shopcart(
        "sql", "select policy, macro_accuracy from evaluation.accuracy order by 1"
    )
    assert home.shopcart("sql", "--format", "csv", "select count(*) as n from dataset.cases").split()[0] == "n"
    report = (home.folder / "report" / "report.html").read_text()
    assert "simulated" in report.lower() and "always_terminate" in report


_FOR_A_MODEL_THAT_IS_RIGHT = {"unwinnable_cases", "where_one_is_right_and_the_other_wrong"}
"""What they ask for, a random model on the sample shop may not have done."""


@pytest.mark.parametrize("path", sorted(SQL_FOLDER.glob("examples/*.sql")), ids=lambda path: path.stem)
def test_every_example_answers(home: Home, path: Path) -> None:
    rows = home.warehouse.views.query(path.read_text())
    assert rows.height > 0 or path.stem in _FOR_A_MODEL_THAT_IS_RIGHT


def test_what_is_asked_again_is_not_worked_out_again(home: Home) -> None:
    before = home.warehouse.read("evaluation.verdicts")
    home.shopcart("rationales", "write", "tiny-random")
    assert home.warehouse.read("reasoning.responses")["is_reused"].all()
    home.shopcart("evaluate", tiny().experiments[0].name)
    assert home.warehouse.read("evaluation.verdicts").equals(before)


def test_whose_page_is_shown_in_the_ui_can_be_erased_like_anybody(home: Home) -> None:
    """The proof looks into Dagster's own storage too, where the metadata show the beginning of one context."""
    shown = home.warehouse.read("context.contexts")["page_id"][0]
    user_id = home.warehouse.read("context.actions").filter(pl.col("page_id") == shown)["user_id"][0]
    home.shopcart("erase", user_id)
    assert home.warehouse.read("context.actions").filter(pl.col("user_id") == user_id).is_empty()


DAYS = ("2026-10-01", "2026-10-02", "2026-10-03")


def test_a_real_page_drop_runs_to_cases_and_constant_policies(shared: Path, tmp_path: Path) -> None:
    one = Home(tmp_path)
    one.environ["SHOPCART_PROFILE"] = "paper"
    drop = tmp_path / "drop"
    for day in DAYS:
        shutil.copytree(shared / "raw_drop" / day, drop / day)
    shutil.copy(shared / "raw_drop" / "consent.csv", drop)
    assert f"3 days, {DAYS[0]} to {DAYS[-1]}" in one.shopcart("ingest", str(drop))
    read = one.warehouse.read
    assert {row["day"] for row in one.warehouse.partitions("dataset.cases")} == set(DAYS)
    assert read("dataset.cases").height > 25 and read("dataset.conversations_action_only").height > 60
    actions = read("context.actions")
    unresolved = actions.filter(pl.col("resolved_by") == "unresolved").height
    assert unresolved <= 0.01 * actions.height
    one.shopcart("evaluate", "always_terminate", "always_buy", "--publish")
    assert set(read("evaluation.accuracy")["policy"]) == {"always_terminate", "always_buy"}


def test_an_opera_import_runs_to_cases_on_its_own_names(tmp_path: Path) -> None:
    name = "search_results.mug.product_title"
    sessions = [opera_table.session_id(f"{at:04d}aaaa-0000") for at in range(12)]
    rows = [
        row
        for one in sessions
        for row in (
            opera_table.search(one, 1, "mug"),
            opera_table.action(one, 9, "click", name, click_type="product_link"),
            opera_table.action(one, 20, "terminate"),
        )
    ]
    unsearched = opera_table.action(opera_table.session_id("ffff"), 3, "click", "go_to_cart")
    one = Home(tmp_path / "home")
    one.folder.mkdir()
    source = opera_table.write(tmp_path / "OPeRA", rows, [unsearched])
    one.shopcart("import", "opera", str(source), "--out", "drop", "--consent-ground", "a signed form")
    assert "1 days, 2025-04-03 to 2025-04-03" in one.shopcart("ingest", "drop")
    read = one.warehouse.read
    assert read("traffic.sessions").group_by("refusal").len().sort("refusal").rows() == [
        (None, 12),
        ("starts_without_submit", 1),
    ]
    actions = read("context.actions").sort("session_id", "step")
    assert actions.select("action_type", "name", "resolved_by").rows() == 12 * [
        ("type_and_submit", "nav_bar.search_input", "name"),
        ("click", name, "name"),
        ("terminate", None, "none"),
    ]
    assert name in read("context.contexts").filter(pl.col("html").str.contains(name))["html"][0]
    assert set(read("privacy.pages")["format"]) == {"context"}
    assert read("dataset.cases").height == 2 * read("dataset.splits").filter(split="test").height > 0
