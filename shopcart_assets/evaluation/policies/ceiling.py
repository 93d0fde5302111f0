"""The ceiling: what the simulated shopper's own policy holds likeliest. No real log has one."""

import json

import polars as pl

from shopcart_assets.evaluation import EvaluationError


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
