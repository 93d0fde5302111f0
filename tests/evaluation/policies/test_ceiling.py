"""What bounds every policy: the human's own action word for word, and the simulator's."""

import json

import polars as pl
import pytest

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.policies.ceiling import OracleScore, bayes_optimal, ceiling, oracle, oracle_score
from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.profiles import ORACLE, PolicyConfig
from shopcart_assets.platform.warehouse import Warehouse


def test_the_oracle_is_the_humans_action_word_for_word() -> None:
    cases = pl.DataFrame({"action": ['{"type": "click", "name": "gone"}', '{"type": "terminate"}']})
    assert oracle(cases).to_list() == ceiling(ORACLE, cases, pl.DataFrame()).to_list() == cases["action"].to_list()
    with pytest.raises(EvaluationError, match="no ceiling 'sky'; known: bayes_optimal, oracle"):
        ceiling(PolicyConfig("sky", "ceiling"), cases, pl.DataFrame())


def _judged(lake: Warehouse, cases: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    told = cases.select("session_id", "step", oracle(cases), stop_reason=pl.lit("end_turn"), seed=pl.lit(0))
    return verdicts(told, cases, names)


def test_the_oracle_scores_exactly_the_share_of_cases_that_can_be_won(lake: Warehouse) -> None:
    cases, names = lake.read("dataset.cases"), lake.read("context.elements")
    assert _judged(lake, cases, names)["is_exact"].all()
    assert oracle_score(_judged(lake, cases, names), cases, names) == OracleScore(cases.height, 0, 0)

    gone = names.filter(~pl.col("name").str.ends_with(".buy_now"))
    bought = cases.filter(pl.col("action").str.contains("buy_now")).height
    score = oracle_score(_judged(lake, cases, gone), cases, gone)
    assert score == OracleScore(cases.height, bought, 0) and bought > 0 and score.problem is None


def test_an_oracle_that_is_misjudged_is_found_whatever_went_wrong(lake: Warehouse) -> None:
    cases, names = lake.read("dataset.cases"), lake.read("context.elements")
    right = _judged(lake, cases, names)
    first = pl.int_range(pl.len()) == 0
    wrong = right.with_columns(is_exact=pl.when(first).then(False).otherwise("is_exact"))
    assert oracle_score(wrong, cases, names).n_misjudged == 1
    assert oracle_score(right.tail(-2), cases, names).n_misjudged == 2
    none_there = names.clear()
    undue = oracle_score(right, cases, none_there)
    assert undue.n_misjudged == undue.n_unwinnable > 0
    assert str(undue.problem).startswith(
        f"the oracle, which answers what the person did, is misjudged in {undue.n_misjudged} of "
    )


def test_the_ceiling_is_the_simulators_own_action() -> None:
    cases = pl.DataFrame({"session_id": ["a", "a"], "step": [3, 2]})
    optimal = pl.DataFrame(
        {
            "session_id": ["a", "a"],
            "step": [2, 3],
            "action_type": ["click", "terminate"],
            "name": ["mug", None],
            "text": [None, None],
        },
        schema_overrides={"text": pl.String},
    )
    assert bayes_optimal(cases, optimal).to_list() == ['{"type": "terminate"}', '{"type": "click", "name": "mug"}']
    pruned = optimal.with_columns(name=pl.lit(None, pl.String))
    assert json.loads(bayes_optimal(cases, pruned)[1]) == {"type": "click"}
    with pytest.raises(EvaluationError, match="1 of 2 cases come from logs without a simulator's policy"):
        bayes_optimal(cases, optimal.head(1))
