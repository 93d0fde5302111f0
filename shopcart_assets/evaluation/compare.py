"""Two policies, or predictions made elsewhere, side by side in words and figures: `shopcart compare A B`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.answers import answers
from shopcart_assets.evaluation.comparisons import compare as compare_pair
from shopcart_assets.evaluation.names import names_of
from shopcart_assets.evaluation.pairs import Pair
from shopcart_assets.evaluation.predictions_file import is_predictions_file, read_predictions
from shopcart_assets.evaluation.score import judge
from shopcart_assets.evaluation.verdicts import CASE
from shopcart_assets.evaluation.words import ALPHA, call, p_value
from shopcart_assets.platform.count import Count, uncounted
from shopcart_assets.platform.warehouse import Warehouse

FEW_USERS = 30


def compare(
    warehouse: Warehouse, first: str, second: str, declared: Iterable[str] = (), count: Count = uncounted
) -> dict[str, Any]:
    """A row of evaluation.comparisons for any two: `policy` is the first, `rival` the second; and `verdict`, a word.

    Each is a policy of the lake or the path of a file with the predictions of one. It stands alone, so nothing is adjusted:
    there is no family and no `p_holm`. Raises EvaluationError; an unknown policy is told from a `declared` one that is not
    judged yet.
    """
    if first == second:
        raise EvaluationError(f"{first} is compared with another policy, not with itself")
    cases = warehouse.read("dataset.cases")
    if cases.is_empty():
        raise EvaluationError("there are no test cases yet: run `shopcart demo` or `shopcart ingest DROP` first")
    sides = [_side(warehouse, cases, one, set(declared), count) for one in (first, second)]
    names = [name for name, _ in sides]
    if names[0] == names[1]:
        names = [first, second]
    judged = zip(names, (frame for _, frame in sides), strict=True)
    # Not counted: a few calls of numpy over all users at once, three seconds at the paper's size.
    row = compare_pair(answers(cases, judged), Pair(names[0], names[1], "asked"))
    if not row["n_cases"]:
        raise EvaluationError(f"{names[0]} and {names[1]} have no answered case in common")
    del row["family"]
    return {**row, "verdict": call(row["p_sign_flip"])}


def _side(
    warehouse: Warehouse, cases: pl.DataFrame, name: str, declared: set[str], count: Count
) -> tuple[str, pl.DataFrame]:
    """The policy's name and its verdicts."""
    judged = [one["policy"] for one in warehouse.partitions("evaluation.verdicts")]
    if name in judged:
        return name, warehouse.read_columns("evaluation.verdicts", [*CASE, "is_exact"], policy=name)
    if is_predictions_file(name):
        return _from_file(warehouse, cases, Path(name), count)
    if name in declared:
        raise EvaluationError(f"policy {name!r} is not evaluated yet: `shopcart evaluate {name}` does it")
    known = ", ".join(judged) or "none"
    raise EvaluationError(f"no policy {name!r}, nor a .csv or .parquet file; evaluated: {known}")


def _from_file(warehouse: Warehouse, cases: pl.DataFrame, path: Path, count: Count) -> tuple[str, pl.DataFrame]:
    predictions = read_predictions(path)
    found = predictions["policy"].unique().sort().to_list()
    if len(found) > 1:
        raise EvaluationError(f"{path}: a comparison needs one policy a file; here are {', '.join(found[:8])}")
    verdicts = judge(predictions, cases, names_of(warehouse, cases), count)
    return found[0], verdicts


def in_words(row: Mapping[str, Any]) -> str:
    """A comparison for people to read: what the difference is, whether it can be told from none, and by which test."""
    lines = [
        f"{row['policy']} is {_size(row)} than {row['rival']}{_interval(row)}.",
        f"{row['n_cases']:,} cases in {row['n_sessions']:,} sessions of {row['n_users']:,} users, that both answered "
        f"({row['coverage']:.1%} of the test cases). Right alone: {row['policy']} in {row['only_policy']:,}, {row['rival']} in "
        f"{row['only_rival']:,}.",
        "",
        f"  {'sign-flip over users':<27}{p_value(row['p_sign_flip']):<12}the one to go by",
        f"  {'Durkalski by user':<27}{p_value(row['p_durkalski']):<12}the same in closed form, for many users",
        f"  {'McNemar over pooled cases':<27}{p_value(row['p_mcnemar_exact']):<12}the paper's test; it takes the cases of a person "
        f"as independent (mid-p: {p_value(row['p_mcnemar_midp'])})",
        "",
        _conclusion(row),
    ]
    return "\n".join(lines)


def _size(row: Mapping[str, Any]) -> str:
    return (
        f"{abs(row['delta_points']):.1f} points {'higher' if row['delta_points'] >= 0 else 'lower'} in macro accuracy"
    )


def _interval(row: Mapping[str, Any]) -> str:
    if row["low_points"] is None:
        return ", without an interval: one user tells nothing of others"
    return f" (95 % interval {row['low_points']:.1f} to {row['high_points']:.1f}, clustered by user)"


def _conclusion(row: Mapping[str, Any]) -> str:
    found = f"{row['verdict'].capitalize()} at this size."
    if row["mde_points"] is not None:
        found += (
            f" A true difference of {row['mde_points']:.1f} points would be found in 80 % of test sets like this one."
        )
    if row["p_sign_flip_least"] >= ALPHA:
        found += f" With {row['n_users']} users nothing can be: the least possible p-value is {row['p_sign_flip_least']:.2g}."
    elif row["n_users"] < FEW_USERS:
        found += f" {row['n_users']} users are few: read the interval as a rough one."
    return f"{found} This pair stands alone: nothing is adjusted for other comparisons."
