"""What views need to know and no verdict tells: which policies there are, and the quantiles of Student's t."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.experiment import ExperimentConfig
from shopcart_assets.platform.policy import PolicyConfig

MAX_DF = 10_000


def policy_rows(
    policies: Sequence[PolicyConfig], experiments: Sequence[ExperimentConfig], checkpoints: pl.DataFrame
) -> pl.DataFrame:
    """evaluation.policies: a row for each of `policies`, by name.

    The declared `experiments` and the finished `checkpoints` (training.checkpoints) tell what a policy fine-tuned.
    """
    tuned = {one.name: one.base_model for one in experiments}
    tuned |= dict(checkpoints.select("experiment", "base_model").iter_rows())
    rows = [
        {
            "policy": one.name,
            "kind": one.kind,
            "model": one.model,
            "base_model": tuned.get(str(one.model)) if one.kind == "fine_tuned" else one.model,
            "arm": one.arm,
            "generator": one.generator,
            "is_thinking": one.is_thinking if one.arm == "think" else None,
            "seed": one.seed,
        }
        for one in sorted(policies, key=lambda one: one.name)
    ]
    return pl.DataFrame(rows, table("evaluation.policies").schema())


def student_t() -> pl.DataFrame:
    """evaluation.student_t. At the last row t is 1.9602, the normal's 1.9600: above it the last row serves."""
    from scipy.stats import t

    df = np.arange(1, MAX_DF + 1)
    return pl.DataFrame({"df": df, "t_975": t.ppf(0.975, df)}, table("evaluation.student_t").schema())
