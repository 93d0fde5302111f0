"""What bounds every policy from above: the human's own action, and the simulated shopper's own policy. Neither predicts."""

import json

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.platform.profiles import PolicyConfig


def ceiling(policy: PolicyConfig, cases: pl.DataFrame, optimal: pl.DataFrame) -> pl.Series:
    """The answers of the policy with this name, in the order of `cases`. Raises EvaluationError for an unknown one."""
    match policy.name:
        case "oracle":
            return oracle(cases)
        case "bayes_optimal":
            return bayes_optimal(cases, optimal)
    raise EvaluationError(f"no ceiling {policy.name!r}; known: bayes_optimal, oracle")


def oracle(cases: pl.DataFrame) -> pl.Series:
    """What the person did, word for word, as `cases` (dataset.cases) has it: the only policy that is shown it.

    It proves the judge, and says how many cases nobody can win: it must be exact in every case whose human action is legal
    on its page (the asset check oracle_is_exact), and cannot be in the others.
    """
    return cases["action"].alias("output")


def bayes_optimal(cases: pl.DataFrame, optimal: pl.DataFrame) -> pl.Series:
    """For each case the likeliest action as JSON, in the order of `cases`; `optimal` is context.optimal.

    An action whose target was pruned from its page has no name, so that it will be judged illegal: that costs accuracy
    which no predictor could have. Raises EvaluationError where a case comes from a log that says no such thing.
    """
    told = cases.join(optimal, on=("session_id", "step"), how="left", maintain_order="left")
    if missing := told["action_type"].null_count():
        raise EvaluationError(
            f"bayes_optimal: {missing} of {cases.height} cases come from logs without a simulator's policy; "
            "evaluate it on simulated traffic only"
        )
    rows = told.select(pl.col("action_type").alias("type"), "name", "text").iter_rows(named=True)
    answers = [
        json.dumps({key: value for key, value in row.items() if value is not None}, ensure_ascii=False) for row in rows
    ]
    return pl.Series("output", answers, pl.String)
