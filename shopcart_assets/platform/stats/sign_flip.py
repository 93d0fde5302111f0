"""The sign-flip test: the sound answer to whether two policies differ, for any number of sessions a user."""

import numpy as np
from numpy.typing import ArrayLike

from shopcart_assets.platform.stats.clusters import Floats

MAX_EXACT_CLUSTERS = 20
N_FLIPS = 10_000
_BLOCK_FLIPS = 1_000


def sign_flip(differences: ArrayLike, *, rng: np.random.Generator, flips: int = N_FLIPS) -> float:
    """Two-sided p-value that the sum of the clusters' differences is 0, were each as likely to have the other sign.

    Exact (all 2^G sign patterns) up to 20 clusters; else (1 + hits) / (1 + flips) over random patterns. The patterns are
    laid over sizes in order, so that order, names and signs of the clusters do not matter.

    >>> sign_flip([1.0, 1.0, 1.0], rng=np.random.default_rng(0))
    0.25
    """
    moved = np.asarray(differences, dtype=np.float64)
    moved = moved[np.argsort(np.abs(moved), kind="stable")]
    moved = moved[moved != 0]
    if moved.size == 0:
        return 1.0
    sizes = np.abs(moved)
    # Sums that are equal on paper differ in their last bits, and must count as equal.
    observed = abs(float(moved.sum())) - 1e-12 * float(sizes.sum())
    if moved.size <= MAX_EXACT_CLUSTERS:
        return float(np.mean(np.abs(_all_sign_sums(sizes)) >= observed))
    # Block after block, so that memory is bounded at 3,526 users.
    starts = range(0, flips, _BLOCK_FLIPS)
    hits = sum(_hits(sizes, observed, min(_BLOCK_FLIPS, flips - start), rng) for start in starts)
    return (1 + hits) / (1 + flips)


def least_p(clusters: int, flips: int = N_FLIPS) -> float:
    """The smallest p-value that so many clusters can give: with five, all of one sign, it is above 0.05 all the same.

    >>> least_p(5), least_p(6)
    (0.0625, 0.03125)
    """
    return 2.0 ** (1 - clusters) if clusters <= MAX_EXACT_CLUSTERS else 1 / (1 + flips)


def _hits(sizes: Floats, observed: float, flips: int, rng: np.random.Generator) -> int:
    """How many of so many random sign patterns give a sum as far from 0 as the one observed."""
    n_bytes = -(-sizes.size // 8)
    drawn = np.frombuffer(rng.bytes(flips * n_bytes), np.uint8).reshape(flips, n_bytes)
    is_plus = np.unpackbits(drawn, axis=1, count=sizes.size)
    sums = 2 * (is_plus.astype(np.float64) @ sizes) - sizes.sum()
    return int(np.count_nonzero(np.abs(sums) >= observed))


def _all_sign_sums(values: Floats) -> Floats:
    """The sum for each of the 2^G patterns of signs."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate((sums + value, sums - value))
    return sums
