"""Is one policy better than another? Pairs are declared before the numbers are seen, and adjusted inside their family."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import ExperimentConfig, PolicyConfig
from shopcart_assets.platform.stats import cluster_sums, clustered_interval, holm, mcnemar, sign_flip

_SEED = 0


@dataclass(frozen=True)
class Pair:
    """A declared comparison; the claim is that `policy` beats `rival`."""

    policy: str
    rival: str
    family: str


def declared_pairs(policies: Sequence[PolicyConfig], experiments: Sequence[ExperimentConfig]) -> list[Pair]:
    """The paper's claims (4.4, 4.5) and the one that it leaves out, a family each.

    Each fine-tuned model with its own prompted base model; the reasoning arm with the action-only arm of the same base
    model and seed; each fine-tuned model with `always_terminate`.
    """
    by_name = {one.name: one for one in experiments}
    tuned = [
        (one.name, by_name[str(one.model)]) for one in policies if one.kind == "fine_tuned" and one.model in by_name
    ]
    prompted = {str(one.model): one.name for one in policies if one.kind == "prompted"}
    plain = {(run.base_model, run.seed): name for name, run in tuned if run.arm == "action_only"}
    has_constant = any(one.name == "always_terminate" for one in policies)
    families: dict[str, Iterable[tuple[str, str | None]]] = {
        "fine_tuned_v_prompted": ((name, prompted.get(run.base_model)) for name, run in tuned),
        "reasoning_v_action_only": (
            (name, plain.get((run.base_model, run.seed))) for name, run in tuned if run.arm == "reasoning"
        ),
        "fine_tuned_v_always_terminate": ((name, "always_terminate") for name, _ in tuned if has_constant),
    }
    return [Pair(name, rival, family) for family, pairs in families.items() for name, rival in pairs if rival]


def comparisons(verdicts: pl.DataFrame, pairs: Sequence[Pair]) -> pl.DataFrame:
    """evaluation.comparisons: each pair whose two policies both have verdicts, over the cases that both answered.

    `p_holm` adjusts `p_sign_flip` over the family's pairs that could be computed.
    """
    there = set(verdicts["policy"].unique())
    rows = [_compare(verdicts, pair) for pair in pairs if {pair.policy, pair.rival} <= there]
    frame = pl.DataFrame([row for row in rows if row["n_cases"]], table("evaluation.comparisons").schema())
    return frame.with_columns(
        pl.col("p_sign_flip").map_batches(_holm, return_dtype=pl.Float64).over("family").alias("p_holm")
    )


def _holm(p_values: pl.Series) -> pl.Series:
    return pl.Series(holm(p_values.to_list()), dtype=pl.Float64)


def _compare(verdicts: pl.DataFrame, pair: Pair) -> dict[str, Any]:
    both = _paired(verdicts, pair)
    sessions = both.group_by("session_id").agg(pl.col("user_id").first(), pl.col("d").mean()).sort("session_id")
    row = {"policy": pair.policy, "rival": pair.rival, "family": pair.family, "n_cases": both.height}
    if not both.height:
        return row
    differences, users = sessions["d"].to_numpy(), sessions["user_id"].to_numpy()
    interval = clustered_interval(differences, users)
    only_policy, only_rival = int((both["d"] > 0).sum()), int((both["d"] < 0).sum())
    return {
        **row,
        "delta_points": 100 * float(differences.mean()),
        "low_points": 100 * interval.low if interval else None,
        "high_points": 100 * interval.high if interval else None,
        "only_policy": only_policy,
        "only_rival": only_rival,
        "p_mcnemar": mcnemar(only_policy, only_rival),
        "p_sign_flip": sign_flip(cluster_sums(differences, users), rng=np.random.default_rng(_SEED)),
    }


def _paired(verdicts: pl.DataFrame, pair: Pair) -> pl.DataFrame:
    """The cases that both answered: session, user, and `d` = 1 where only the policy is right, -1 where only the rival."""
    case = ["session_id", "step"]
    mine = verdicts.filter(pl.col("policy") == pair.policy).select(*case, "user_id", pl.col("is_exact").cast(pl.Int64))
    theirs = verdicts.filter(pl.col("policy") == pair.rival).select(*case, rival=pl.col("is_exact").cast(pl.Int64))
    return mine.join(theirs, on=case).with_columns(d=pl.col("is_exact") - pl.col("rival"))
