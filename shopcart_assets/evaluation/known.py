"""What views need to know and no verdict tells: which policies there are, and the quantiles of Student's t."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import polars as pl

from shopcart_assets.evaluation.pairs import Run, as_trained
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.policy import PolicyConfig

MAX_DF = 10_000


def policy_rows(policies: Sequence[PolicyConfig], runs: Sequence[Run]) -> pl.DataFrame:
    """evaluation.policies: a row for each of `policies`, by name. The `runs` (pairs.trained) tell what a policy fine-tuned."""
    base_of = {one.name: one.base_model for one in runs}
    recipes = {one.name: _recipe(one, run) for one, run in as_trained(policies, runs)}
    rows = [
        {
            "policy": one.name,
            "kind": one.kind,
            "model": one.model,
            "base_model": base_of.get(str(one.model)) if one.kind == "fine_tuned" else one.model,
            "arm": one.arm,
            "generator": one.generator,
            "is_thinking": one.is_thinking if one.arm == "think" else None,
            "seed": one.seed,
            "recipe": recipes.get(one.name),
        }
        for one in sorted(policies, key=lambda one: one.name)
    ]
    return pl.DataFrame(rows, table("evaluation.policies").schema())


def _recipe(policy: PolicyConfig, run: Run) -> str | None:
    """A hash of everything that made the policy, but for the seed."""
    if run.train is None:
        return None
    made = run.base_model, policy.arm, run.generator, policy.is_thinking, asdict(run.train)
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]


def student_t() -> pl.DataFrame:
    """evaluation.student_t. At the last row t is 1.9602, the normal's 1.9600: above it the last row serves."""
    from scipy.stats import t

    df = np.arange(1, MAX_DF + 1)
    return pl.DataFrame({"df": df, "t_975": t.ppf(0.975, df)}, table("evaluation.student_t").schema())
