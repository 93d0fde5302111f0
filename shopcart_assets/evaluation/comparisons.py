"""Is one policy better than another? Differences, intervals and tests of declared pairs, adjusted inside their family."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from shopcart_assets.evaluation.answers import Answers, answered, by_session, of_verdicts
from shopcart_assets.evaluation.pairs import Pair as Pair
from shopcart_assets.evaluation.pairs import declared_pairs as declared_pairs
from shopcart_assets.platform import stats
from shopcart_assets.platform.dictionary import table

_SEED = 0


def comparisons(verdicts: pl.DataFrame, pairs: Sequence[Pair]) -> pl.DataFrame:
    """`compared`, of a frame of verdicts with their policy."""
    return compared(of_verdicts(verdicts), pairs)


def compared(answers: Answers, pairs: Sequence[Pair]) -> pl.DataFrame:
    """evaluation.comparisons: each pair whose two policies were judged, over the cases that both answered.

    `p_holm` adjusts `p_sign_flip` over the family's pairs that could be computed.
    """
    rows = [compare(answers, pair) for pair in pairs if {pair.policy, pair.rival} <= answers.right.keys()]
    whole = [{**row, "p_holm": None} for row in rows if row["n_cases"]]
    frame = pl.DataFrame(whole, table("evaluation.comparisons").schema())
    return frame.with_columns(
        pl.col("p_sign_flip").map_batches(holm, return_dtype=pl.Float64).over("family").alias("p_holm")
    )


def holm(p_values: pl.Series) -> pl.Series:
    """Holm's adjustment of one family's column."""
    return pl.Series(stats.holm(p_values.to_list()), dtype=pl.Float64)


def compare(answers: Answers, pair: Pair) -> dict[str, Any]:
    """A row of evaluation.comparisons without `p_holm`, which needs the family; only keys and `n_cases` where that is 0."""
    mine, theirs = answers.right[pair.policy], answers.right[pair.rival]
    both = answered(answers, (pair.policy, pair.rival))
    row = {"policy": pair.policy, "rival": pair.rival, "family": pair.family, "n_cases": int(both.sum())}
    if not row["n_cases"]:
        return row
    difference = mine - theirs
    sessions = by_session(answers, difference, both)
    of_case = difference[both]
    return {
        **row,
        "cluster_unit": "user",
        "n_sessions": sessions.mean.size,
        "coverage": float(both.mean()),
        **clustered(sessions.mean, sessions.user),
        "p_durkalski_session": _p(stats.durkalski(sessions.mean)),
        **_pooled(int((of_case == 1).sum()), int((of_case == -1).sum())),
        "p_obuchowski": _p(stats.obuchowski(stats.cluster_sums(of_case, answers.user[answers.session[both]]))),
    }


def clustered(difference: stats.Floats, user: Sequence[Any] | np.ndarray[Any, Any]) -> dict[str, Any]:
    """What the sessions' differences say, users being the independent units: points, and p-values of the macro difference."""
    n_users = len(np.unique(user))
    interval, se = stats.clustered_interval(difference, user), stats.cluster_se(difference, user)
    least = None if se is None else stats.detectable(se, n_users)
    by_user = stats.cluster_sums(difference, user)
    chi_square = stats.durkalski(by_user)
    return {
        "n_users": n_users,
        "delta_points": 100 * float(difference.mean()),
        "low_points": 100 * interval.low if interval else None,
        "high_points": 100 * interval.high if interval else None,
        "mde_points": 100 * least if least is not None else None,
        "p_sign_flip": stats.sign_flip(by_user, rng=np.random.default_rng(_SEED)),
        "p_sign_flip_least": stats.least_p(n_users),
        "chi2_durkalski": chi_square and chi_square.statistic,
        "p_durkalski": _p(chi_square),
    }


def _pooled(only_policy: int, only_rival: int) -> dict[str, Any]:
    """The paper's test in its three forms."""
    return {
        "only_policy": only_policy,
        "only_rival": only_rival,
        "p_mcnemar_exact": stats.mcnemar(only_policy, only_rival),
        "p_mcnemar_midp": stats.mcnemar_midp(only_policy, only_rival),
        "p_mcnemar_asymptotic": stats.mcnemar_asymptotic(only_policy, only_rival),
    }


def _p(found: stats.ChiSquare | None) -> float | None:
    return found.p if found else None
