"""Scores predictions that were made elsewhere, without running a model: `shopcart score FILE`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.accuracy import accuracy
from shopcart_assets.evaluation.verdicts import CASE, verdicts
from shopcart_assets.platform.warehouse import Warehouse

COLUMNS = {"policy": pl.String(), "session_id": pl.String(), "step": pl.Int64(), "output": pl.String()}


@dataclass(frozen=True)
class Score:
    """`verdicts`: evaluation.verdicts with the policy. `accuracy`: evaluation.accuracy; its coverage says what was answered."""

    verdicts: pl.DataFrame
    accuracy: pl.DataFrame


def score(predictions: pl.DataFrame, cases: pl.DataFrame, names: pl.DataFrame) -> Score:
    """Verdicts and accuracy of `predictions` (policy, session_id, step, output: raw model text; any order).

    `cases` is dataset.cases and `names` context.elements, both with their day. A missing output counts as an empty answer, a
    missing case lowers the coverage. Raises EvaluationError where a prediction answers no case or one twice, or there is
    nothing to score.
    """
    if cases.is_empty():
        raise EvaluationError("there are no test cases yet: run `shopcart demo` or `shopcart ingest DROP` first")
    if predictions.is_empty():
        raise EvaluationError("there is no prediction in the file")
    answered = predictions.with_columns(
        pl.col("output").fill_null(""), pl.lit(None, pl.String).alias("stop_reason"), pl.lit(0, pl.Int64).alias("seed")
    )
    judged = pl.concat(
        verdicts(group, cases, names).with_columns(pl.lit(policy, pl.String).alias("policy"))
        for (policy,), group in answered.sort("policy", *CASE).group_by("policy", maintain_order=True)
    )
    return Score(judged, accuracy(judged, cases, {}))


def score_file(warehouse: Warehouse, path: Path) -> pl.DataFrame:
    """evaluation.accuracy of the policies in a CSV or Parquet file, judged by the lake's test cases. Raises EvaluationError."""
    cases, names = warehouse.read("dataset.cases"), warehouse.read("context.elements")
    return score(read_predictions(path), cases, names).accuracy


def read_predictions(path: Path) -> pl.DataFrame:
    """The four columns of a CSV or Parquet file, whatever others it has. Raises EvaluationError."""
    readers: dict[str, Callable[[Path], pl.DataFrame]] = {".csv": _read_csv, ".parquet": pl.read_parquet}
    if path.suffix not in readers:
        raise EvaluationError(f"{path}: predictions are a .csv or a .parquet file")
    try:
        frame = readers[path.suffix](path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise EvaluationError(f"{path}: not readable as {path.suffix[1:]}") from error
    if missing := [name for name in COLUMNS if name not in frame.columns]:
        raise EvaluationError(f"{path}: no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
    try:
        return frame.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())
    except pl.exceptions.PolarsError as error:
        raise EvaluationError(f"{path}: step must be a whole number in every row") from error


def _read_csv(path: Path) -> pl.DataFrame:
    """All columns as text: an output that looks like a number is still an output."""
    return pl.read_csv(path, infer_schema=False)
