"""McNemar's test in its three forms: the paper's test, over pooled cases, which it takes as independent. They are not.

Under no difference, with user and session effects, it rejects a true null at 5 % in about 25 % of studies. The tests that
keep their promise are in `sign_flip` and `mcnemar_clustered`.
"""


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value, conditional on the cases that only one of the two has right. Conservative.

    >>> round(mcnemar(10, 2), 4)
    0.0386
    """
    from scipy.stats import binom

    return min(1.0, 2 * float(binom.cdf(min(only_first, only_second), only_first + only_second, 0.5)))


def mcnemar_midp(only_first: int, only_second: int) -> float:
    """The mid-p value: the exact one less the probability of the very table seen (Fagerland et al. 2013, who prefer it).

    >>> round(mcnemar_midp(1, 7), 3)  # Fagerland's table 1: airway hyper-responsiveness; exact .070, mid-p .039
    0.039
    """
    from scipy.stats import binom

    fewer, both = min(only_first, only_second), only_first + only_second
    # With equal numbers the observed table lies in both tails: the p-value is 1 less half of it counted twice.
    if 2 * fewer == both:
        return 1.0 - float(binom.pmf(fewer, both, 0.5)) / 2 if both else 1.0
    return 2 * float(binom.cdf(fewer, both, 0.5)) - float(binom.pmf(fewer, both, 0.5))


def mcnemar_asymptotic(only_first: int, only_second: int) -> float:
    """The p-value of (b-c)^2/(b+c) as a chi-square with one degree of freedom, without continuity correction.

    >>> round(mcnemar_asymptotic(10, 2), 4)
    0.0209
    """
    from scipy.stats import chi2

    both = only_first + only_second
    return float(chi2.sf((only_first - only_second) ** 2 / both, 1)) if both else 1.0
