"""Table 1: every policy measured here, and every row that the paper prints, in one form that the page and the figure share.

Accuracies and F1 are percent here, because the paper prints percent; the tables of the lake hold shares.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from shopcart_assets.evaluation.figures.accuracy import KINDS, ordered


@dataclass(frozen=True)
class Estimate:
    """A percentage and its 95 % interval; the ends are None where no interval can be given."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table. `f1` is None where it is not defined: nobody bought and nobody was predicted to."""

    label: str
    group: str
    kind: str
    accuracy: Estimate
    f1: Estimate | None
    n_cases: int | None = None
    n_sessions: int | None = None
    n_users: int | None = None
    coverage: float = 1.0


def measured(accuracy: pl.DataFrame, outcomes: pl.DataFrame) -> list[Row]:
    """One row a policy of evaluation.accuracy: by kind, then from the lowest to the highest accuracy."""
    f1 = {row["policy"]: row for row in outcomes.iter_rows(named=True)}
    return [
        Row(
            label=row["policy"],
            group=KINDS[row["kind"]],
            kind=row["kind"],
            accuracy=_percent(row, "macro_accuracy"),
            f1=_f1(f1.get(row["policy"])),
            n_cases=row["n_cases"],
            n_sessions=row["n_sessions"],
            n_users=row["n_users"],
            coverage=row["coverage"],
        )
        for row in ordered(accuracy)
    ]


def printed(published: pl.DataFrame) -> list[Row]:
    """One row for each row of Table 1 in report.published, in the paper's order; the paper gives no intervals."""
    return [
        Row(
            label=row["model"] + (" + reasoning" if row["reasoning"] else ""),
            group=row["group"],
            kind="fine_tuned" if row["reasoning"] is not None else "prompted",
            accuracy=Estimate(row["action_accuracy_pct"]),
            f1=Estimate(row["session_f1_pct"]),
        )
        for row in published.filter(pl.col("paper_table") == 1).iter_rows(named=True)
    ]


def grouped(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows under their groups' names, both in the order of the rows."""
    return [(group, list(members)) for group, members in groupby(rows, key=lambda row: row.group)]


def _f1(row: Mapping[str, Any] | None) -> Estimate | None:
    return None if row is None or row["f1"] is None else _percent(row, "f1")


def _percent(row: Mapping[str, Any], column: str) -> Estimate:
    low, high = row["low"], row["high"]
    return Estimate(100 * row[column], None if low is None else 100 * low, None if high is None else 100 * high)
