"""What bounds every policy: the human's own action word for word, and the simulator's."""

import json

import polars as pl
import pytest

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.policies.ceiling import bayes_optimal, ceiling, oracle
from shopcart_assets.platform.profiles import ORACLE, PolicyConfig


def test_the_oracle_is_the_humans_action_word_for_word() -> None:
    cases = pl.DataFrame({"action": ['{"type": "click", "name": "gone"}', '{"type": "terminate"}']})
    assert oracle(cases).to_list() == ceiling(ORACLE, cases, pl.DataFrame()).to_list() == cases["action"].to_list()
    with pytest.raises(EvaluationError, match="no ceiling 'sky'; known: bayes_optimal, oracle"):
        ceiling(PolicyConfig("sky", "ceiling"), cases, pl.DataFrame())


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
