"""The cluster bootstrap: intervals of statistics that have no formula. Where there is one, it covers better."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from shopcart_assets.platform.stats.clusters import LEVEL, Floats, Interval, cluster_sums

N_DRAWS = 2_000

Statistic = Callable[[Floats], Floats]
"""From sums (draws x columns) to one value a draw; NaN where the statistic is undefined."""


def bootstrap(
    columns: ArrayLike,
    cluster: ArrayLike,
    statistic: Statistic,
    *,
    rng: np.random.Generator,
    draws: int = N_DRAWS,
    level: float = LEVEL,
) -> Interval | None:
    """The percentile interval of a statistic of sums, whole clusters drawn with replacement.

    `columns` is rows x columns, such as tp, fp and fn of each session; `statistic` sees their sums in each draw. Draws in
    which it is undefined are left out; None below two clusters or where no draw is left. With 60 users it covers about 92 %
    of the times, with 300 about 94 %.

    >>> ones = np.ones((4, 1))
    >>> bootstrap(ones, list("aabb"), lambda sums: sums[:, 0] / 4, rng=np.random.default_rng(0))
    Interval(low=1.0, high=1.0)
    """
    rows = np.asarray(columns, dtype=np.float64)
    totals = np.column_stack([cluster_sums(column, cluster) for column in rows.T])
    clusters = len(totals)
    if clusters < 2:
        return None
    # In an order of their own, so that the names of the clusters do not matter.
    totals = totals[np.lexsort(totals.T)]
    drawn = np.stack([_sums(totals, rng) for _ in range(draws)])
    values = statistic(drawn)
    values = values[~np.isnan(values)]
    if not values.size:
        return None
    low, high = np.quantile(values, ((1 - level) / 2, (1 + level) / 2))
    return Interval(float(low), float(high))


def _sums(totals: Floats, rng: np.random.Generator) -> Floats:
    drawn = np.bincount(rng.integers(0, len(totals), len(totals)), minlength=len(totals))
    return np.asarray((drawn[:, None] * totals).sum(axis=0), dtype=np.float64)
