"""Policies that were asked for several answers to a case: how many of them are right. One answer is `verdicts`' business."""

import polars as pl

from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.dictionary import table


def samples(predictions: pl.DataFrame, cases: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """evaluation.samples of one policy's `predictions`, by session and step; empty where each case has one answer.

    Every sample is judged as verdicts are; `cases` and `names` as there. Raises EvaluationError where a prediction answers no
    case, or a sample of a case is there twice.
    """
    schema = table("evaluation.samples").schema()
    drawn = predictions["sample"].unique().sort().to_list()
    if len(drawn) < 2:
        return pl.DataFrame(schema=schema)
    judged = pl.concat(
        verdicts(predictions.filter(pl.col("sample") == sample).drop("sample"), cases, names) for sample in drawn
    )
    counted = judged.group_by("seed", "session_id", "step").agg(
        n_samples=pl.len(),
        n_exact=pl.col("is_exact").sum(),
        n_legal=pl.col("predicted_action").count(),
        n_distinct=pl.col("predicted_action").drop_nulls().n_unique(),
    )
    return counted.select(pl.col(name).cast(dtype) for name, dtype in schema.items()).sort("session_id", "step")
