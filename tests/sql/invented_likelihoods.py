"""Made-up likelihoods for given cases: some are tied, some are 0 or 1, some cases have no rank."""

import numpy as np
import polars as pl

from tests.evaluation.invented import filled


def likelihoods(cases: pl.DataFrame, seed: int) -> pl.DataFrame:
    """evaluation.likelihoods of one policy, in no order."""
    rng = np.random.default_rng(seed)
    n = cases.height
    nats = rng.gamma(2, 3, n)
    is_leaving = cases["action"].str.contains("terminate").to_numpy()
    p_terminate = np.round(rng.beta(0.5, 2, n) * np.where(is_leaving, 1, 0.7), rng.choice([2, 12]))
    p_purchase = np.where(rng.random(n) < 0.5, 0.0, (1 - p_terminate) * np.round(rng.random(n), 2))
    frame = cases.select("session_id", "step").with_columns(
        pl.Series("human_rank", rng.integers(1, 9, n)),
        pl.Series("human_nats", nats),
        pl.Series("p_terminate", p_terminate),
        pl.Series("p_purchase", p_purchase),
        seed=pl.lit(seed),
        n_candidates=pl.lit(9),
    )
    is_ranked = pl.Series(rng.random(n) < 0.8)
    return filled(
        "evaluation.likelihoods", frame.with_columns(human_rank=pl.when(is_ranked).then("human_rank"))
    ).sample(fraction=1, shuffle=True, seed=seed)
