"""Rounds: a server's model drifts, so to evaluate it again is to ask it again. What a round is called, and which one is meant."""

import datetime as dt
import re
from collections.abc import Iterable

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.llm.outcomes import ANSWERED
from shopcart_assets.platform.warehouse import Warehouse

TAG = "shopcart/round"
"""The tag of a run that evaluates a policy in a round of its own."""


def week(day: dt.date) -> str:
    """The round of that day: its ISO week.

    >>> week(dt.date(2026, 11, 25)), week(dt.date(2027, 1, 1))
    ('2026-W48', '2026-W53')
    """
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}"


def chosen(asked_for: str | None, earlier: Iterable[str], today: dt.date) -> str:
    """The round that a run is for: the one that it asks for, else the last one that there was, else this week.

    Raises EvaluationError where what it asks for is no week.

    >>> chosen(None, ["2026-W47", "2026-W48"], dt.date(2026, 12, 24)), chosen(None, [], dt.date(2026, 11, 25))
    ('2026-W48', '2026-W48')
    """
    if asked_for is None:
        return max(earlier, default=week(today))
    year_week = re.fullmatch(r"(\d{4})-W(\d\d)", asked_for)
    try:
        if year_week:
            return week(dt.date.fromisocalendar(int(year_week[1]), int(year_week[2]), 1))
    except ValueError:
        pass
    raise EvaluationError(f"{TAG}: {asked_for!r} is no round: write an ISO week such as {week(today)}")


def known(warehouse: Warehouse, policy: str) -> list[str]:
    """The rounds in which the policy's server was asked, the oldest first."""
    return sorted(one["round"] for one in warehouse.partitions("evaluation.responses") if one["policy"] == policy)


def last(warehouse: Warehouse, policy: str) -> str:
    """The last of them. Raises EvaluationError where there is none."""
    if asked := known(warehouse, policy):
        return asked[-1]
    raise EvaluationError(f"the server of policy {policy} was never asked: materialize evaluation/responses first")


def judged(verdicts: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """evaluation.rounds of one policy in one round, from its evaluation.verdicts and evaluation.responses of that round.

    A case's cost is that of all its samples, and unknown where one of them is.
    """
    answered = responses.filter(pl.col("state") == ANSWERED)
    is_known = pl.col("cost_usd").is_not_null().all()
    costs = (
        answered.sort("sample")
        .group_by("session_id", "step")
        .agg(model=pl.col("model").first(), cost_usd=pl.when(is_known).then(pl.col("cost_usd").sum()))
    )
    told = verdicts.join(costs, on=["session_id", "step"], how="left").sort("session_id", "step")
    return told.select(table("evaluation.rounds").schema().names())
