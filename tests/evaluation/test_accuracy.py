"""Accuracy equals an independent computation in numpy on an invented set of verdicts."""

from collections import defaultdict
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats as sp

from shopcart_assets.evaluation.accuracy import accuracy
from shopcart_assets.evaluation.comparisons import Pair, comparisons
from tests.evaluation.invented import verdicts

POLICIES = ("a", "b", "c")
VERDICTS = verdicts(POLICIES)
CASES = VERDICTS.filter(pl.col("policy") == "a")


def by_session(policy: str) -> dict[str, list[dict[str, Any]]]:
    rows = sorted(
        VERDICTS.filter(pl.col("policy") == policy).to_dicts(), key=lambda row: (row["session_id"], row["step"])
    )
    return {key: list(group) for key, group in groupby(rows, key=lambda row: row["session_id"])}


def expected_interval(values: dict[str, float], users: dict[str, str]) -> tuple[float, float]:
    mean = np.mean(list(values.values()))
    residuals: dict[str, float] = defaultdict(float)
    for session, value in values.items():
        residuals[users[session]] += value - float(mean)
    clusters = len(residuals)
    se = np.sqrt(sum(r * r for r in residuals.values()) * clusters / (clusters - 1)) / len(values)
    low, high = sp.t.interval(0.95, clusters - 1, loc=mean, scale=se)
    return float(low), float(high)


@pytest.mark.parametrize("policy", POLICIES)
def test_accuracy(policy: str) -> None:
    row = accuracy(VERDICTS, CASES, {"a": "baseline"}).filter(pl.col("policy") == policy).to_dicts()[0]
    sessions = by_session(policy)
    means = {session: float(np.mean([case["is_exact"] for case in rows])) for session, rows in sessions.items()}
    users = {session: rows[0]["user_id"] for session, rows in sessions.items()}
    low, high = expected_interval(means, users)
    cases = [case["is_exact"] for rows in sessions.values() for case in rows]
    assert row["macro_accuracy"] == pytest.approx(np.mean(list(means.values())), abs=1e-12)
    assert row["micro_accuracy"] == pytest.approx(np.mean(cases), abs=1e-12)
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-12)
    assert (row["n_cases"], row["n_sessions"], row["n_users"]) == (len(cases), len(sessions), len(set(users.values())))
    assert row["coverage"] == 1.0 and row["kind"] == ("baseline" if policy == "a" else None)


def test_the_order_of_the_rows_does_not_matter() -> None:
    shuffled = VERDICTS.sample(fraction=1.0, shuffle=True, seed=5)
    pairs = [Pair("b", "a", "one")]
    assert accuracy(shuffled, CASES, {}).equals(accuracy(VERDICTS, CASES, {}))
    assert comparisons(shuffled, pairs).equals(comparisons(VERDICTS, pairs))


def test_partial_coverage_is_said() -> None:
    row = accuracy(CASES.head(100), CASES, {}).to_dicts()[0]
    assert row["coverage"] == pytest.approx(100 / CASES.height) and row["n_cases"] == 100


def test_one_user_has_no_interval_and_no_verdict_gives_typed_empty_tables() -> None:
    alone = VERDICTS.with_columns(user_id=pl.lit("u"))
    assert accuracy(alone, CASES, {})["low"].null_count() == 3
    assert comparisons(alone, [Pair("b", "a", "one")])["low_points"].to_list() == [None]
    nothing = VERDICTS.clear()
    pairs = [Pair("b", "a", "one")]
    assert [frame.height for frame in (accuracy(nothing, CASES, {}), comparisons(nothing, pairs))] == [0, 0]
