import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm

from shopcart_assets.platform.stats import mcnemar, mcnemar_asymptotic, mcnemar_midp

COUNTS = st.integers(0, 80)


def test_published_values() -> None:
    assert mcnemar(10, 2) == pytest.approx(0.03857421875, abs=1e-12)
    assert mcnemar_asymptotic(10, 2) == pytest.approx(0.0209, abs=5e-5)
    # Fagerland, Lydersen and Laake 2013: airway hyper-responsiveness before and after stem cell transplantation
    assert (round(mcnemar(1, 7), 3), round(mcnemar_midp(1, 7), 3)) == (0.070, 0.039)
    assert round(mcnemar_asymptotic(1, 7), 3) == 0.034
    assert mcnemar(0, 0) == mcnemar_midp(0, 0) == mcnemar_asymptotic(0, 0) == mcnemar(5, 5) == 1.0


def test_a_whole_corpus_is_no_trouble() -> None:
    assert 0 < mcnemar(49_000, 51_000) < 1e-9
    assert mcnemar(0, 100_000) == mcnemar_midp(0, 100_000) == 0.0
    assert mcnemar_midp(49_000, 51_000) == pytest.approx(mcnemar_asymptotic(49_000, 51_000), rel=0.01)


@given(COUNTS, COUNTS)
def test_the_exact_one_is_a_binomial_test(b: int, c: int) -> None:
    assert mcnemar(b, c) == pytest.approx(binomtest(b, b + c, 0.5).pvalue if b + c else 1.0, abs=1e-12)


@given(COUNTS, COUNTS)
def test_the_mid_p_counts_half_of_each_equally_likely_table(b: int, c: int) -> None:
    """Another road: P(more extreme) + half of P(as extreme), both tails."""
    n, far = b + c, abs(b - c)
    both = [(float(binom.pmf(k, n, 0.5)), abs(2 * k - n)) for k in range(n + 1)]
    expected = sum(p for p, distance in both if distance > far) + sum(p for p, distance in both if distance == far) / 2
    if far == 0:
        # Only one table is as extreme, and it lies in both tails: it is halved once.
        expected = 1 - (float(binom.pmf(b, n, 0.5)) / 2 if n else 0)
    assert mcnemar_midp(b, c) == pytest.approx(expected, abs=1e-12)
    assert mcnemar_midp(b, c) <= mcnemar(b, c) + 1e-15


@given(COUNTS, COUNTS)
def test_the_asymptotic_one_is_a_normal_test(b: int, c: int) -> None:
    expected = 2 * float(norm.sf(abs(b - c) / (b + c) ** 0.5)) if b + c else 1.0
    assert mcnemar_asymptotic(b, c) == pytest.approx(expected, abs=1e-12)


@given(COUNTS, COUNTS)
def test_all_are_symmetric(b: int, c: int) -> None:
    for form in (mcnemar, mcnemar_midp, mcnemar_asymptotic):
        assert form(b, c) == form(c, b)
