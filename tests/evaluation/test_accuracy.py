"""Accuracy and comparisons equal an independent computation in numpy on an invented set of verdicts."""

from collections import defaultdict
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats as sp

from shopcart_assets.evaluation.accuracy import accuracy
from shopcart_assets.evaluation.comparisons import Pair, comparisons, declared_pairs
from shopcart_assets.platform.profiles import paper, tiny
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


def test_comparisons() -> None:
    pairs = [Pair("b", "a", "one"), Pair("c", "a", "one"), Pair("c", "b", "two"), Pair("gone", "a", "two")]
    rows = {(row["policy"], row["rival"]): row for row in comparisons(VERDICTS, pairs).to_dicts()}
    assert set(rows) == {("b", "a"), ("c", "a"), ("c", "b")}
    for (policy, rival), row in rows.items():
        mine, theirs = by_session(policy), by_session(rival)
        d = {
            s: [int(x["is_exact"]) - int(y["is_exact"]) for x, y in zip(mine[s], theirs[s], strict=True)] for s in mine
        }
        means = {session: float(np.mean(values)) for session, values in d.items()}
        users = {session: cases[0]["user_id"] for session, cases in mine.items()}
        only_policy, only_rival = (sum(x == sign for values in d.values() for x in values) for sign in (1, -1))
        assert row["delta_points"] == pytest.approx(100 * np.mean(list(means.values())), abs=1e-10)
        expected = [100 * end for end in expected_interval(means, users)]
        assert (row["low_points"], row["high_points"]) == pytest.approx(expected, abs=1e-10)
        assert (row["only_policy"], row["only_rival"]) == (only_policy, only_rival)
        p = sp.binomtest(only_policy, only_policy + only_rival).pvalue
        assert row["p_mcnemar"] == pytest.approx(p, rel=1e-9)
        by_user: dict[str, float] = defaultdict(float)
        for session, value in means.items():
            by_user[users[session]] += value
        assert row["p_sign_flip"] == pytest.approx(flipped(list(by_user.values())), abs=0.02)
    small, large = sorted((rows["b", "a"]["p_sign_flip"], rows["c", "a"]["p_sign_flip"]))
    adjusted = sorted((rows["b", "a"]["p_holm"], rows["c", "a"]["p_holm"]))
    assert adjusted == pytest.approx([min(1, 2 * small), max(min(1, 2 * small), large)])
    assert rows["c", "b"]["p_holm"] == rows["c", "b"]["p_sign_flip"]


def flipped(values: list[float]) -> float:
    signs = np.random.default_rng(9).choice((-1, 1), (20_000, len(values)))
    return float((np.abs(signs @ np.array(values)) >= abs(sum(values)) - 1e-12).mean())


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


def test_the_declared_pairs_are_the_papers_claims_and_the_constant_policy() -> None:
    profile = tiny()
    pairs = declared_pairs(profile.policies, profile.experiments)
    assert pairs == [
        Pair("tiny-random-action_only-s0", "tiny-random-prompted", "fine_tuned_v_prompted"),
        Pair("tiny-random-reasoning-s0", "tiny-random-prompted", "fine_tuned_v_prompted"),
        Pair("tiny-random-reasoning-s0", "tiny-random-action_only-s0", "reasoning_v_action_only"),
        Pair("tiny-random-action_only-s0", "always_terminate", "fine_tuned_v_always_terminate"),
        Pair("tiny-random-reasoning-s0", "always_terminate", "fine_tuned_v_always_terminate"),
    ]


def test_each_seed_of_the_papers_grid_meets_its_own_counterpart() -> None:
    profile = paper()
    pairs = [
        pair
        for pair in declared_pairs(profile.policies, profile.experiments)
        if pair.family == "reasoning_v_action_only"
    ]
    assert len(pairs) == 18
    assert all(pair.policy.replace("-reasoning-", "-action_only-") == pair.rival for pair in pairs)
