"""Test cases: what is asked of a model, and what the person did."""

import polars as pl

from shopcart_assets.platform.actions import from_fields, to_json


def cases(actions: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """dataset.cases: each action from the second on of each test session (paper 4.2), by session and step.

    The first search is no case: nothing comes before it from which it could be predicted.
    """
    test = splits.filter(pl.col("split") == "test").select("session_id", "n_steps")
    asked = (
        actions.join(test, on="session_id", how="inner")
        .filter(pl.col("step") > 1)
        .sort("session_id", "step")
        .with_columns(is_final=pl.col("step") == pl.col("n_steps"))
    )
    human = [to_json(from_fields(*fields)) for fields in asked.select("action_type", "name", "text").iter_rows()]
    return asked.select("session_id", "step", "user_id", pl.Series("action", human, pl.String), "page_id", "is_final")
