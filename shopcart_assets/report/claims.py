"""Whether a fine-tuned model can be told from its declared rivals, said plainly. Rows of evaluation.comparisons in, sentences out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from shopcart_assets.evaluation.words import ALPHA, call, p_value
from shopcart_assets.report.table_1 import Row

MAX_MODELS = 4
"""The most accurate of a big grid are said in words; all stand in the table."""

_FAMILIES = ("fine_tuned_v_prompted", "fine_tuned_v_always_terminate", "fine_tuned_v_always_buy")


@dataclass(frozen=True)
class Claims:
    """What is said of one fine-tuned model, a sentence for each declared rival: itself prompted, and the constant policies."""

    policy: str
    sentences: tuple[str, ...]


def claims(rows: Sequence[Row], comparisons: pl.DataFrame) -> list[Claims]:
    """The claims about the most accurate fine-tuned models, best first; those without a comparison are left out."""
    tuned = sorted((row for row in rows if row.kind == "fine_tuned"), key=lambda row: (-row.accuracy.value, row.label))
    place = {family: position for position, family in enumerate(_FAMILIES)}
    found = []
    for policy in (row.label for row in tuned):
        its = comparisons.filter(pl.col("policy") == policy, pl.col("family").is_in(_FAMILIES)).to_dicts()
        told = tuple(sentence(row) for row in sorted(its, key=lambda row: place[row["family"]]))
        found += [Claims(policy, told)] if told else []
    return found[:MAX_MODELS]


def sentence(row: Mapping[str, Any]) -> str:
    """One comparison: the call, the difference with its interval, and the smallest difference that can be found.

    >>> sentence({"rival": "b", "family": "fine_tuned_v_prompted", "delta_points": -1.25, "low_points": -4.0, "high_points": 1.5,
    ...           "p_holm": 0.4, "mde_points": 4.2})
    'Not distinguishable from b, its prompt-only self: 1.2 points lower (95 % interval -4.0 to 1.5, p = 0.40); minimum detectable \
difference 4.2 points.'
    """
    rival = row["rival"] + (", its prompt-only self" if row["family"] == _FAMILIES[0] else "")
    size = f"{abs(row['delta_points']):.1f} points {'higher' if row['delta_points'] >= 0 else 'lower'}"
    least = "" if row["mde_points"] is None else f"; minimum detectable difference {row['mde_points']:.1f} points"
    return f"{_call(row['p_holm'])} {rival}: {size} ({_interval(row)}, {p_value(row['p_holm'])}){least}."


def limits(comparisons: pl.DataFrame) -> str:
    """What a test set of this size can and cannot tell; `comparisons` has rows."""
    told = (
        "The minimum detectable difference is the true difference that a test set of this size finds four times in five: smaller "
        "ones are mostly missed, so that “not distinguishable” does not mean equal."
    )
    smallest = comparisons.sort("p_sign_flip_least", descending=True, nulls_last=True).row(0, named=True)
    least = smallest["p_sign_flip_least"]
    if least is None or least < ALPHA:
        return told
    return (
        f"With {smallest['n_users']} test users the test can call no difference distinguishable, however large: the smallest p that "
        f"it can give is {least:.2g}. The intervals are what a test set of this size has to say. {told}"
    )


def _call(p_holm: float | None) -> str:
    return "It cannot be judged against" if p_holm is None else f"{call(p_holm).capitalize()} from"


def _interval(row: Mapping[str, Any]) -> str:
    low, high = row["low_points"], row["high_points"]
    return "no interval" if low is None or high is None else f"95 % interval {low:.1f} to {high:.1f}"
