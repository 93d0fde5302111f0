import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import nct, t

from shopcart_assets.platform.stats import detectable


def test_textbook_multiples() -> None:
    """(1.96 + 0.84) standard errors with many clusters; more with few."""
    assert detectable(0.01, 100_000) == pytest.approx(0.028016, abs=1e-5)
    assert detectable(1.0, 12) == pytest.approx(2.200985 + 0.875530, abs=1e-5)


def test_undefined_is_none() -> None:
    assert detectable(0.1, 1) is None and detectable(0.0, 60) is None


@given(st.integers(8, 400), st.floats(0.5, 0.95))
def test_it_is_close_to_the_exact_power_of_the_t_test(clusters: int, power: float) -> None:
    """The exact answer solves a non-central t; the formula, the usual one, is within 5 % of it from eight clusters on."""
    df = clusters - 1
    critical = float(t.ppf(0.975, df))
    exact = brentq(lambda shift: float(nct.sf(critical, df, shift)) - power, 0.1, 10)
    assert detectable(1.0, clusters, power=power) == pytest.approx(exact, rel=0.05)


@given(st.floats(1e-6, 10), st.integers(2, 1_000))
def test_it_scales_with_the_standard_error_and_falls_with_clusters(se: float, clusters: int) -> None:
    one, twice, more = detectable(se, clusters), detectable(2 * se, clusters), detectable(se, clusters + 1)
    assert one and twice and more
    assert twice == pytest.approx(2 * one) and more < one
