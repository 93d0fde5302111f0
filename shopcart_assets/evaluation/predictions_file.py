"""Files of predictions made elsewhere, as people write them: CSV or Parquet, checked at the edge. Nothing is judged here."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from shopcart_assets.evaluation import EvaluationError

COLUMNS = ("policy", "session_id", "step", "output")
SUFFIXES = (".csv", ".parquet")
_LONGEST_QUOTE = 40


def is_predictions_file(text: str) -> bool:
    """Whether an argument means a file and not a policy.

    >>> is_predictions_file("mine.CSV"), is_predictions_file("always_buy"), is_predictions_file("Qwen2.5-7B")
    (True, False, False)
    """
    return Path(text).suffix.lower() in SUFFIXES


def read_predictions(path: Path) -> pl.DataFrame:
    """The four columns of the file, whatever others it has: text, and `step` as a whole number; a missing output stays null.

    Raises EvaluationError with one line that says what is wrong with the file, and in which row.
    """
    readers: dict[str, Callable[[Path, bytes], pl.DataFrame]] = {".csv": _read_csv, ".parquet": _read_parquet}
    if not is_predictions_file(str(path)):
        raise EvaluationError(f"{path}: predictions are a .csv or a .parquet file")
    if not path.is_file():
        raise EvaluationError(f"{path}: there is no such file")
    try:
        frame = readers[path.suffix.lower()](path, path.read_bytes())
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror or 'not readable'}") from error
    if missing := [name for name in COLUMNS if name not in frame.columns]:
        found = ", ".join(_quoted(name) for name in frame.columns[:8])
        raise EvaluationError(f"{path}: no column {', '.join(missing)}; it needs {', '.join(COLUMNS)} and has {found}")
    texts = [_text(path, frame[name]) for name in COLUMNS if name != "step"]
    whole = pl.DataFrame([*texts, _whole_number(path, frame["step"])]).select(COLUMNS)
    for name in ("policy", "session_id", "step"):
        for row in whole[name].is_null().arg_true():
            raise EvaluationError(f"{path}: row {row + 1} has no {name}")
    return whole


def _read_csv(path: Path, content: bytes) -> pl.DataFrame:
    """All columns as text: an output that looks like a number is still an output. What polars says may quote the outputs."""
    try:
        return pl.read_csv(content, infer_schema=False)
    except pl.exceptions.NoDataError as error:
        raise EvaluationError(f"{path}: the file is empty") from error
    except pl.exceptions.PolarsError as error:
        told = str(error)
        if "utf-8" in told:
            raise EvaluationError(f"{path}: not UTF-8 text") from error.with_traceback(None)
        raise EvaluationError(
            f"{path}: not readable as csv: an output with a comma, quote or line break stands in double quotes, and a quote "
            'inside it is doubled ("")'
        ) from error.with_traceback(None)


def _read_parquet(path: Path, content: bytes) -> pl.DataFrame:
    if not content:
        raise EvaluationError(f"{path}: the file is empty")
    try:
        return pl.read_parquet(content)
    except pl.exceptions.PolarsError as error:
        raise EvaluationError(f"{path}: not readable as parquet") from error


def _text(path: Path, column: pl.Series) -> pl.Series:
    if column.dtype.is_nested() or column.dtype == pl.Object:
        raise EvaluationError(f"{path}: {column.name} must be text; here it is {column.dtype}")
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError as error:
        raise EvaluationError(f"{path}: {column.name} must be text; here it is {column.dtype}") from error


def _whole_number(path: Path, column: pl.Series) -> pl.Series:
    """The column as whole numbers; 2.0 is one, 2.5 and "two" are not."""
    if not (column.dtype.is_numeric() or column.dtype in (pl.String, pl.Null)):
        raise EvaluationError(f"{path}: step must be a whole number; here it is {column.dtype}")
    numbers = column.cast(pl.Int64, strict=False)
    is_wrong = column.is_not_null() & (numbers.is_null() | (column.cast(pl.Float64, strict=False) != numbers))
    for row in is_wrong.arg_true():
        raise EvaluationError(
            f"{path}: step must be a whole number in every row; row {row + 1} has {_quoted(column[row])}"
        )
    return numbers


def _quoted(value: object) -> str:
    """Untrusted text, safe to print: cut, and without control characters."""
    text = repr(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
