"""Intervals of what has no formula: whole users drawn again and again (evaluation.bootstrap)."""

import numpy as np
import polars as pl

from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.stats import bootstrap
from shopcart_assets.platform.stats.bootstrap import N_DRAWS
from shopcart_assets.platform.stats.clusters import Floats

SEED = 0


def f1_intervals(
    user_scores: pl.DataFrame, *, draws: int = N_DRAWS, seed: int = SEED, count: Count = uncounted
) -> pl.DataFrame:
    """evaluation.bootstrap of each policy of `user_scores` (evaluation.user_scores): the interval of F1.

    Every policy has the same seed, so that policies over the same users are drawn alike.
    """
    policies = user_scores.sort("policy", "user_id").group_by("policy", maintain_order=True)
    rows = [
        {"policy": policy, "metric": "f1", **_interval(group, draws, seed), "draws": draws, "seed": seed}
        for (policy,), group in each(policies, user_scores["policy"].n_unique(), "policies bootstrapped", count)
    ]
    return pl.DataFrame(rows, table("evaluation.bootstrap").schema())


def _interval(users: pl.DataFrame, draws: int, seed: int) -> dict[str, float | None]:
    called = ("terminate", "other", "illegal")
    counts = users.select(
        tp="n_bought_purchase",
        fp="n_left_purchase",
        fn=pl.sum_horizontal(f"n_bought_{one}" for one in called),
    ).to_numpy()
    drawn = bootstrap(counts, users["user_id"].to_numpy(), _f1, rng=np.random.default_rng(seed), draws=draws)
    return {"low": drawn.low if drawn else None, "high": drawn.high if drawn else None}


def _f1(sums: Floats) -> Floats:
    """F1 of each draw from its tp, fp and fn; NaN where nothing is positive or called so."""
    tp, fp, fn = sums.T
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * tp / (2 * tp + fp + fn), dtype=np.float64)
