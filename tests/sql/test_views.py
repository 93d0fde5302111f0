"""Every view and every example runs on an empty lake and on an invented one, and says what Python says."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from shopcart_assets.evaluation.categories import category
from shopcart_assets.evaluation.known import student_t
from shopcart_assets.evaluation.sums import user_scores
from shopcart_assets.platform.actions import from_fields, from_json
from shopcart_assets.platform.dictionary import STAGES, TABLES, Table
from shopcart_assets.platform.view_text import SQL_FOLDER, answer, reads
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import DAYS, filled, one_refresh
from tests.evaluation.invented import verdicts as invented_verdicts
from tests.sql import evaluated_lake
from tests.sql.evaluated_lake import PROFILE

VIEWS = sorted(path for path in SQL_FOLDER.glob("*/*.sql") if path.parent.name in STAGES)
EXAMPLES = sorted(SQL_FOLDER.glob("examples/*.sql"))


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return evaluated_lake.build(tmp_path_factory.mktemp("evaluated"))


@pytest.mark.parametrize("path", [*VIEWS, *EXAMPLES], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_file_says_what_it_answers_and_is_one_statement(path: Path) -> None:
    text = path.read_text()
    header = [line for line in text.splitlines() if line.startswith("--")]
    assert text.startswith("-- ") and header
    assert ("?" in header[0]) == (path in EXAMPLES)
    assert path in EXAMPLES or "Key: " in text
    assert len(duckdb.extract_statements(text)) == 1
    assert max(map(len, text.splitlines())) <= 150


@pytest.mark.parametrize("path", [*VIEWS, *EXAMPLES], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_of_several_answers_to_a_case_the_judged_one_is_read(path: Path) -> None:
    text = path.read_text()
    assert "evaluation.predictions" not in text or "sample = 0" in text


def test_a_view_of_the_dictionary_has_its_types(warehouse: Warehouse) -> None:
    for name, table in TABLES.items():
        if table.is_view:
            told = warehouse.views.query(f"describe {name}").select("column_name", "column_type").rows()
            expected = warehouse.views.query(_typed(table)).select("column_name", "column_type").rows()
            assert told == expected, name


def _typed(table: Table) -> str:
    types = {pl.String(): "varchar", pl.Int64(): "bigint", pl.Float64(): "double", pl.Boolean(): "boolean"}
    columns = [f'null::{types[dtype]} as "{name}"' for name, dtype in table.schema().items()]
    return f"describe select {', '.join(columns)}"


def test_what_a_view_reads_is_what_duckdb_finds_in_its_text() -> None:
    with duckdb.connect() as connection:
        for path in VIEWS:
            (tree,) = connection.execute("select json_serialize_sql(?)", [path.read_text()]).fetchall()[0]
            assert reads(f"{path.parent.name}.{path.stem}") == sorted(set(_tables(json.loads(tree)))), path


def _tables(node: Any) -> Iterator[str]:
    """The qualified names of all tables in a syntax tree; those without a schema are of the text itself."""
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE" and node["schema_name"]:
            yield f"{node['schema_name']}.{node['table_name']}"
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from _tables(one)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_answers(evaluated: Warehouse, path: Path) -> None:
    rows = evaluated.views.query(path.read_text())
    assert rows.height > 0 or path.stem == "unwinnable_cases"  # the invented lake has none


def test_rationales_by_day_say_what_is_missing_and_what_it_cost(evaluated: Warehouse) -> None:
    (row,) = evaluated.views.query((SQL_FOLDER / "examples" / "rationales_by_day.sql").read_text()).to_dicts()
    n_actions = (
        evaluated.read("context.actions", day=DAYS[0]).join(evaluated.read("dataset.splits"), on="session_id").height
    )
    assert (row["day"], row["generator"], row["n_actions"]) == (DAYS[0], "invented", n_actions)
    assert (row["n_rationales"], row["n_missing"], row["n_requests"], row["n_unanswered"]) == (1, n_actions - 1, 2, 1)
    assert row["cost_usd"] == 0.5


def test_views_and_examples_stand_an_empty_lake(warehouse: Warehouse) -> None:
    for view in VIEWS:
        assert warehouse.views.query(f"from {view.parent.name}.{view.stem}").is_empty()
    for example in EXAMPLES:
        assert warehouse.views.query(example.read_text()).is_empty()


def test_errors_add_up_and_reconcile_with_accuracy(evaluated: Warehouse) -> None:
    errors = evaluated.views.query("from evaluation.errors")
    judged = evaluated.read("evaluation.verdicts")
    for row in evaluated.read("evaluation.accuracy").to_dicts():
        mine = errors.filter(pl.col("policy") == row["policy"])
        assert dict(mine.select("error", "n_cases").rows()) == Counter(
            judged.filter(pl.col("policy") == row["policy"])["error"]
        )
        assert mine["share_of_cases"].sum() == pytest.approx(1, abs=1e-12)
        wrong = mine.filter(pl.col("error") != "correct")
        assert wrong["weighted_share"].sum() == pytest.approx(1 - row["macro_accuracy"], abs=1e-12)
        if wrong.height:
            assert wrong["share_of_errors"].sum() == pytest.approx(1, abs=1e-12)
            assert wrong.filter(pl.col("error") == "illegal")["share_of_errors"].null_count() == wrong[
                "error"
            ].to_list().count("illegal")


def test_accuracy_by_step_adds_up_to_micro_accuracy(evaluated: Warehouse) -> None:
    steps = evaluated.views.query("from evaluation.accuracy_by_step")
    sums = steps.group_by("policy").agg(pl.col("n_exact").sum() / pl.col("n_cases").sum())
    micro = evaluated.read("evaluation.accuracy").select("policy", "micro_accuracy")
    for policy, exact, micro_accuracy in sums.join(micro, on="policy").rows():
        assert exact == pytest.approx(micro_accuracy, abs=1e-12), policy
    assert set(steps["human_type"]) == {"click", "type_and_submit", "terminate"}


def test_policies_that_differ_by_the_seed_alone_tell_their_spread() -> None:
    judged = user_scores(
        invented_verdicts(["run-s0", "run-s1", "other-s0", "always_buy", "always_leave"], n_sessions=60)
    )
    recipes = {"run-s0": "as the other", "run-s1": "as the other", "other-s0": None}
    baselines = pl.DataFrame({"policy": ["always_buy", "always_leave"], "kind": "baseline"})
    tuned = {"policy": list(recipes), "recipe": list(recipes.values()), "kind": "fine_tuned", "base_model": "base"}
    known = pl.concat([pl.DataFrame(tuned), baselines], how="diagonal")
    tables = {
        "evaluation.user_scores": judged,
        "evaluation.policies": filled("evaluation.policies", known),
        "evaluation.student_t": student_t(),
        "dataset.cases": pl.DataFrame({"step": [2]}),
    }
    rows = {row["policy"]: row for row in answer("evaluation.accuracy", tables).to_dicts()}
    assert {policy: row["n_seeds"] for policy, row in rows.items()} == {
        **dict.fromkeys(rows, 1),
        "run-s0": 2,
        "run-s1": 2,
    }
    values = sorted(rows[one]["macro_accuracy"] for one in ("run-s0", "run-s1"))
    assert [rows["run-s1"]["seed_low"], rows["run-s1"]["seed_high"]] == values


def test_the_leaderboard_is_accuracy_and_outcomes_best_first(evaluated: Warehouse) -> None:
    board = evaluated.views.query("from evaluation.leaderboard")
    assert board["place"].to_list() == [1, 2, 3, 4, 5]
    assert board["policy"][0] == "bayes_optimal"
    expected = evaluated.read("evaluation.accuracy")
    assert board["macro_accuracy_pct"].to_list() == pytest.approx(
        [100 * x for x in expected["macro_accuracy"]], abs=0.0051
    )
    judged = evaluated.read("evaluation.verdicts").filter(~pl.col("is_final"))
    means = dict(judged.group_by("policy").agg(100 * pl.col("is_exact").mean()).rows())
    assert dict(board.select("policy", "non_final_pct").rows()) == pytest.approx(means, abs=0.0051)


def test_table_1_puts_ours_beside_the_papers(evaluated: Warehouse) -> None:
    table = evaluated.views.query("from report.table_1")
    assert table.columns == [
        "source", "group", "model", "arm", "macro_accuracy_pct", "low", "high", "session_f1_pct", "is_simulated",
    ]  # fmt: skip
    paper = table.filter(pl.col("source") == "paper")
    assert paper.height == 23
    told = set(paper.select("model", "arm", "macro_accuracy_pct", "is_simulated").rows())
    assert {("Qwen2.5-7B", "reasoning", 17.26, False), ("DeepSeek-R1", "prompted", 11.86, False)} < told
    arms = dict(table.filter(pl.col("source") == "ours").select("model", "arm").rows())
    assert arms == {
        "bayes_optimal": "none",
        "always_terminate": "none",
        "tiny-random-prompted": "prompted",
        "tiny-random-action_only-s0": "action_only",
        "tiny-random-reasoning-s0": "reasoning",
    }
    assert table.filter(pl.col("source") == "ours")["is_simulated"].all()


def test_the_funnel_loses_nothing(evaluated: Warehouse) -> None:
    funnel = evaluated.views.query("from traffic.funnel")
    sums = funnel.group_by("day", "stage", "unit").agg(pl.col("n").sum(), pl.col("share").sum())
    assert sums["share"].to_list() == pytest.approx([1.0] * sums.height, abs=1e-12)
    assert sums.filter(pl.col("unit") == "event")["n"].to_list() == [10]
    split = funnel.filter((pl.col("stage") == "dataset") & pl.col("is_kept"))
    assert split["n"].sum() == evaluated.read("dataset.splits").height


def test_session_statistics_are_those_of_the_actions_beside_the_papers(evaluated: Warehouse) -> None:
    told = evaluated.views.query("from traffic.session_statistics")
    ours, paper = dict(told.select("statistic", "ours").rows()), dict(told.select("statistic", "paper").rows())
    actions = evaluated.read("context.actions")
    lengths = actions.group_by("session_id").len()["len"].sort()
    kinds = Counter(category(from_fields(*row)) for row in actions.select("action_type", "name", "text").rows())
    assert ours == pytest.approx(
        {
            "sessions": len(lengths),
            "users": actions["user_id"].n_unique(),
            "actions": actions.height,
            "actions_a_session": actions.height / len(lengths),
            "share_that_purchased": kinds["purchase"] / len(lengths),
            "searches_a_session": kinds["search"] / len(lengths),
            "filter_clicks_a_session": kinds["filter"] / len(lengths),
            "length_p50": lengths[-(-len(lengths) * 50 // 100) - 1],
            "length_p90": lengths[-(-len(lengths) * 90 // 100) - 1],
        }
    )
    assert kinds["purchase"] and kinds["filter"]
    assert paper["actions_a_session"] == pytest.approx(7.25, abs=0.005)
    assert paper["share_that_purchased"] == pytest.approx(0.139, abs=0.0005)
    assert paper["searches_a_session"] == 2.82 and paper["length_p50"] is None


def test_checkpoints_to_retrain_are_those_of_which_a_mark_speaks_as_they_are_now(evaluated: Warehouse) -> None:
    first, second = (run.name for run in PROFILE.experiments)
    marks = [
        ("erased-1", "checkpoint", first, f"hash of {first}", 2),
        ("erased-2", "checkpoint", first, f"hash of {first}", 3),
        ("erased-1", "checkpoint", second, "hash of an earlier run", 5),
        ("erased-1", "rationales", first, None, 7),
    ]
    columns = ["user_key", "kind", "name", "config_sha256", "n_sessions"]
    frame = pl.DataFrame(marks, columns, orient="row")
    evaluated.write("privacy.erasure_marks", filled("privacy.erasure_marks", frame))
    told = evaluated.views.query("select experiment, n_users, n_sessions from training.checkpoints_to_retrain")
    assert told.rows() == [(first, 2, 5)]


def test_the_mix_has_the_categories_of_the_policies_and_people_are_like_themselves(evaluated: Warehouse) -> None:
    mix = evaluated.views.query((SQL_FOLDER / "examples" / "action_mix.sql").read_text())
    people = mix.filter(pl.col("policy") == "human")
    counts = Counter(category(from_json(text)) for text in evaluated.read("dataset.cases")["action"])
    shares = {kind: round(100 * n / counts.total(), 1) for kind, n in counts.items()}
    assert dict(people.select("category", "share_pct").rows()) == pytest.approx(shares, abs=0.06)
    assert people["js_bits"].unique().to_list() == [0.0]
    assert mix["js_bits"].is_between(0, 1).all()
    leaving = mix.filter(pl.col("policy") == "always_terminate")
    assert leaving["category"].to_list() == ["terminate"] and leaving["js_bits"][0] > 0.1


def test_cost_counts_what_several_days_share_once_and_says_where_a_price_is_not_known(warehouse: Warehouse) -> None:
    def bought(table: str, *rows: tuple[str, str, float | None]) -> pl.DataFrame:
        asked = pl.DataFrame(rows, ["request_key", "state", "cost_usd"], orient="row").with_columns(input_tokens=10)
        return filled(table, asked)

    table = "reasoning.responses"
    with one_refresh(warehouse):
        first = bought(table, ("a", "answered", 0.5), ("b", "answered", 0.25))
        second = bought(table, ("a", "answered", 0.5), ("c", "under_way", None))
        warehouse.write(table, first, day=DAYS[0], generator="g")
        warehouse.write(table, second, day=DAYS[1], generator="g")
        unknown = bought("evaluation.responses", ("d", "answered", None), ("e", "answered", 1.0))
        warehouse.write("evaluation.responses", unknown, policy="p", round="r")
        run = pl.DataFrame({"train_seconds": [1_800.0], "peak_memory_bytes": [7]})
        warehouse.write("training.checkpoints", filled("training.checkpoints", run), experiment="x")
    rows = (
        warehouse.read("report.cost")
        .select("work", "name", "n_requests", "n_unanswered", "input_tokens", "cost_usd", "train_hours")
        .rows()
    )
    assert rows == [
        ("answers", "p", 2, 0, 20, None, None),
        ("rationales", "g", 3, 1, 30, 0.75, None),
        ("training", "x", None, None, None, None, 0.5),
    ]
