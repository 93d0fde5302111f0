"""What a test set can tell apart: asked before a difference is believed, and after none was found."""

ALPHA = 0.05
POWER = 0.8


def detectable(se: float, clusters: int, *, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The smallest true difference that a two-sided test finds with this power: (t_{1-alpha/2} + t_power) * se, G-1 df.

    `se` is the clustered standard error of the paired difference, whose unit the answer has (Bloom 1995). It assumes that
    another difference on this test set would have this very standard error: as many users, as alike the two policies, and
    no adjustment for other comparisons. None below two clusters, and where no cluster differs from another (se 0).

    >>> round(detectable(1.0, 100_000), 2)  # Bloom's multiple of the standard error
    2.8
    """
    from scipy.stats import t

    if clusters < 2 or se == 0:
        return None
    return float(t.ppf(1 - alpha / 2, clusters - 1) + t.ppf(power, clusters - 1)) * se
