"""McNemar's test for cases that come in clusters: closed forms beside the sign-flip test, asymptotic in the clusters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class ChiSquare:
    """A statistic that is chi-square with one degree of freedom under no difference, and its p-value."""

    statistic: float
    p: float


def durkalski(differences: ArrayLike) -> ChiSquare | None:
    """Durkalski's cluster-weighted test (2003): (sum d)^2 / sum d^2 over clusters; None where all differences are 0.

    A difference is a session's mean of (first right - second right), so that each session counts alike however long it is
    (sessions as clusters), or the sum of these over a user's sessions (users as clusters). With one case a cluster it is
    McNemar's (b-c)^2/(b+c):

    >>> round(durkalski([1] * 10 + [-1] * 2 + [0] * 30).statistic, 12) == round((10 - 2) ** 2 / (10 + 2), 12)
    True
    """
    return _chi_square(np.asarray(differences, dtype=np.float64), 1.0)


def obuchowski(differences: ArrayLike) -> ChiSquare | None:
    """Obuchowski's test (1998), as Yang et al. (2010) write it: the micro twin; None where all differences are 0.

    A difference is a cluster's number of cases that only the first has right less that of the second; with K clusters in
    `differences`, zeros too, the statistic is (K-1)/K * (sum)^2 / (sum of squares), about McNemar's with one case each.

    >>> round(obuchowski([1] * 10 + [-1] * 2).statistic, 12) == round(11 / 12 * (10 - 2) ** 2 / (10 + 2), 12)
    True
    """
    observed = np.asarray(differences, dtype=np.float64)
    return _chi_square(observed, (observed.size - 1) / max(1, observed.size))


def _chi_square(differences: np.ndarray[tuple[int, ...], np.dtype[np.float64]], factor: float) -> ChiSquare | None:
    from scipy.stats import chi2

    ordered = np.sort(differences)
    # Not `@`: how a dot product adds up depends on the machine's number of threads, and equal inputs give equal bytes.
    squares = float(np.square(ordered).sum())
    if squares == 0:
        return None
    statistic = factor * float(ordered.sum()) ** 2 / squares
    return ChiSquare(statistic, float(chi2.sf(statistic, 1)))
