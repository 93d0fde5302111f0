"""Scores predictions that were made elsewhere, without running a model: `shopcart score FILE`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.accuracy import accuracy
from shopcart_assets.evaluation.bootstrap import f1_intervals
from shopcart_assets.evaluation.names import names_of
from shopcart_assets.evaluation.predictions_file import is_predictions_file, read_predictions
from shopcart_assets.evaluation.sums import user_scores
from shopcart_assets.evaluation.verdicts import CASE, verdicts
from shopcart_assets.platform.count import Count, uncounted
from shopcart_assets.platform.view_text import answer
from shopcart_assets.platform.warehouse import Warehouse


@dataclass(frozen=True)
class Score:
    """`verdicts`: evaluation.verdicts with the policy. `accuracy`: evaluation.accuracy over what was answered, and more beside it.

    That is, for each policy: `n_cases_asked`, `n_sessions_asked`, what there was to answer; `macro_accuracy_at_least`, with each
    missing case counted as wrong; `share_illegal` of the answers; `f1` of the session outcome with its Wilson interval (`f1_low`,
    `f1_high`) and one by a bootstrap of users (`f1_by_user_low`, `f1_by_user_high`).
    """

    verdicts: pl.DataFrame
    accuracy: pl.DataFrame


def score(predictions: pl.DataFrame, cases: pl.DataFrame, names: pl.DataFrame, count: Count = uncounted) -> Score:
    """Verdicts and accuracy of `predictions` (policy, session_id, step, output: raw model text; any order).

    `cases` is dataset.cases and `names` context.elements, both with their day. A missing output counts as an empty answer, a
    missing case lowers the coverage. Raises EvaluationError where a prediction answers no case or one twice, or there is
    nothing to score.
    """
    judged = judge(predictions, cases, names, count)
    measured = accuracy(judged, cases, {}).drop("kind")
    beside = [
        {"policy": policy, **_beside(group, cases)}
        for (policy,), group in judged.group_by("policy", maintain_order=True)
    ]
    for more in (pl.DataFrame(beside), _outcomes(judged, count)):
        measured = measured.join(more, on="policy", how="left", maintain_order="left")
    return Score(judged, measured)


def judge(
    predictions: pl.DataFrame, cases: pl.DataFrame, names: pl.DataFrame, count: Count = uncounted
) -> pl.DataFrame:
    """evaluation.verdicts of the predictions, with their policy. Raises EvaluationError as `score` does."""
    if cases.is_empty():
        raise EvaluationError("there are no test cases yet: run `shopcart demo` or `shopcart ingest DROP` first")
    if predictions.is_empty():
        raise EvaluationError("there is no prediction in the file")
    answered = predictions.with_columns(
        pl.col("output").fill_null(""), pl.lit(None, pl.String).alias("stop_reason"), pl.lit(0, pl.Int64).alias("seed")
    )
    advance = count(answered.height, "cases")
    return pl.concat(
        verdicts(group, cases, names, advance=advance).with_columns(pl.lit(policy, pl.String).alias("policy"))
        for (policy,), group in answered.sort("policy", *CASE).group_by("policy", maintain_order=True)
    )


def _beside(judged: pl.DataFrame, cases: pl.DataFrame) -> dict[str, Any]:
    asked = cases.group_by("session_id").len("n")
    exact = judged.group_by("session_id").agg(pl.col("is_exact").sum().alias("n_exact"))
    shares = asked.join(exact, on="session_id", how="left").select(pl.col("n_exact").fill_null(0) / pl.col("n"))
    return {
        "n_cases_asked": cases.height,
        "n_sessions_asked": asked.height,
        "macro_accuracy_at_least": float(np.sort(shares.to_series().to_numpy()).mean()),
        "share_illegal": judged.filter(error="illegal").height / judged.height,
    }


def _outcomes(judged: pl.DataFrame, count: Count) -> pl.DataFrame:
    """F1 of each policy and its two intervals, by the lake's own view `evaluation.outcomes`."""
    scores = user_scores(judged)
    tables = {"evaluation.user_scores": scores, "evaluation.bootstrap": f1_intervals(scores, count=count)}
    return answer("evaluation.outcomes", tables).select(
        "policy",
        "f1",
        f1_low="low",
        f1_high="high",
        f1_by_user_low="bootstrap_low",
        f1_by_user_high="bootstrap_high",
    )


def score_file(warehouse: Warehouse, path: Path, count: Count = uncounted) -> Score:
    """The score of the policies in a CSV or Parquet file, judged by the lake's test cases. Raises EvaluationError."""
    predictions = read_predictions(path)
    cases = warehouse.read("dataset.cases")
    return score(predictions, cases, names_of(warehouse, cases), count)


def save(verdicts: pl.DataFrame, path: Path) -> None:
    """Writes verdicts to a new or replaced .csv or .parquet file, whole or not at all. Raises EvaluationError."""
    check_target(path)
    scratch = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        if path.suffix.lower() == ".csv":
            verdicts.write_csv(scratch)
        else:
            verdicts.write_parquet(scratch)
        scratch.replace(path)
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror or 'cannot be written'}") from error
    finally:
        scratch.unlink(missing_ok=True)


def check_target(path: Path) -> None:
    """Raises EvaluationError where verdicts cannot be saved as `path`: known before anything is judged."""
    if not is_predictions_file(str(path)):
        raise EvaluationError(f"{path}: verdicts are saved as .csv or .parquet")
    if not path.absolute().parent.is_dir():
        raise EvaluationError(f"{path}: there is no folder {path.parent}")


def in_words(row: Mapping[str, Any]) -> str:
    """One policy of `Score.accuracy` in a line."""
    interval = _interval(row["low"], row["high"])
    f1 = (
        "undefined"
        if row["f1"] is None
        else f"{row['f1']:.1%}{_interval(row['f1_by_user_low'], row['f1_by_user_high'])}"
    )
    return (
        f"{row['policy']}: {row['macro_accuracy']:.1%} of a session's actions exact{interval}, {row['micro_accuracy']:.1%} of "
        f"all; outcome F1 {f1}; {row['share_illegal']:.1%} illegal; {row['n_cases']:,} cases in {row['n_sessions']:,} sessions of "
        f"{row['n_users']:,} users"
    )


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({low:.1%} to {high:.1%})"


def partial(row: Mapping[str, Any]) -> str | None:
    """What must be said of a policy that did not answer every case; None where it did."""
    if row["n_cases"] == row["n_cases_asked"]:
        return None
    return (
        f"{row['policy']} is scored in part: {row['n_cases']:,} of {row['n_cases_asked']:,} cases, in {row['n_sessions']:,} of "
        f"{row['n_sessions_asked']:,} sessions ({row['coverage']:.1%}). Accuracy is over these; with the missing ones counted as "
        f"wrong it is {row['macro_accuracy_at_least']:.1%}"
    )
