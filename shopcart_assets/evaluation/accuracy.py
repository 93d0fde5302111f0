"""Exact-match accuracy of each policy: per session, then over sessions (paper 4.2), with an interval clustered by user."""

from collections.abc import Mapping

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.stats import clustered_interval


def session_accuracy(verdicts: pl.DataFrame) -> pl.DataFrame:
    """One row for each policy and session: its `accuracy`, `n_cases` and `user_id`, in sorted order."""
    return (
        verdicts.group_by("policy", "session_id")
        .agg(
            pl.col("user_id").first(),
            pl.col("is_exact").mean().alias("accuracy"),
            pl.col("is_exact").sum().cast(pl.Int64).alias("n_exact"),
            pl.len().cast(pl.Int64).alias("n_cases"),
        )
        .sort("policy", "session_id")
    )


def accuracy(verdicts: pl.DataFrame, cases: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
    """evaluation.accuracy over `verdicts` (with their policy), highest macro accuracy first.

    `kinds` says what each policy is; one that it does not name has none. `coverage` is the share of `cases` answered: the
    accuracies are over the answered ones. The interval is cut to [0, 1].
    """
    sessions = session_accuracy(verdicts)
    rows = [
        {"policy": policy, "kind": kinds.get(str(policy)), **_of_one(group, cases.height)}
        for (policy,), group in sessions.group_by("policy", maintain_order=True)
    ]
    return pl.DataFrame(rows, table("evaluation.accuracy").schema()).sort(
        ["macro_accuracy", "policy"], descending=[True, False]
    )


def _of_one(sessions: pl.DataFrame, n_asked: int) -> dict[str, float | int | None]:
    values, users = sessions["accuracy"].to_numpy(), sessions["user_id"].to_numpy()
    n_cases = int(sessions["n_cases"].sum())
    interval = clustered_interval(values, users)
    return {
        "macro_accuracy": float(values.mean()),
        "micro_accuracy": int(sessions["n_exact"].sum()) / n_cases,
        "n_cases": n_cases,
        "n_sessions": sessions.height,
        "n_users": sessions["user_id"].n_unique(),
        "low": max(0.0, interval.low) if interval else None,
        "high": min(1.0, interval.high) if interval else None,
        "coverage": n_cases / n_asked,
    }
