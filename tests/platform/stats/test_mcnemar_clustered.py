import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from shopcart_assets.platform.stats import cluster_se, durkalski, mcnemar_asymptotic, obuchowski

SIGNS = st.lists(st.sampled_from([-1, 0, 1]), min_size=2, max_size=60)
MEANS = st.lists(st.floats(-1, 1).map(lambda value: round(value, 3)), min_size=2, max_size=40)


@given(SIGNS)
def test_one_case_a_cluster_is_mcnemar(differences: list[int]) -> None:
    b, c = differences.count(1), differences.count(-1)
    macro, micro = durkalski(differences), obuchowski(differences)
    if b + c == 0:
        assert macro is None and micro is None
        return
    assert macro and micro
    assert macro.p == pytest.approx(mcnemar_asymptotic(b, c), abs=1e-12)
    assert micro.statistic == pytest.approx(macro.statistic * (len(differences) - 1) / len(differences), rel=1e-12)


@given(MEANS, st.randoms(use_true_random=False))
def test_neither_order_nor_direction_matters(differences: list[float], random: object) -> None:
    shuffled = [-value for value in differences]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for test in (durkalski, obuchowski):
        one, other = test(differences), test(shuffled)
        assert (one is None) == (other is None)
        if one and other:
            assert (one.statistic, one.p) == pytest.approx((other.statistic, other.p), rel=1e-9, abs=1e-12)


def test_durkalski_by_hand() -> None:
    """Four sessions with b_k, c_k and n_k: ((b-c)/n summed)^2 over the sum of ((b-c)/n)^2 (Durkalski 2003, equation 2)."""
    only_first, only_second, n_cases = np.array([2, 0, 1, 3]), np.array([1, 1, 0, 0]), np.array([5, 4, 2, 6])
    d = (only_first - only_second) / n_cases
    expected = (0.2 - 0.25 + 0.5 + 0.5) ** 2 / (0.04 + 0.0625 + 0.25 + 0.25)
    found = durkalski(d)
    assert found and (found.statistic, found.p) == pytest.approx((expected, float(chi2.sf(expected, 1))))


@given(MEANS)
def test_under_the_null_it_is_the_squared_t_with_the_variance_around_zero(differences: list[float]) -> None:
    """z = mean / (sqrt(sum d^2) / n), the standard error of cluster_se without its centre and its small-sample factor."""
    found, values = durkalski(differences), np.array(differences)
    se = cluster_se(values, np.arange(values.size))
    if found and se is not None and np.ptp(values) > 0:
        n = values.size
        around_zero = se**2 * (n - 1) / n + values.mean() ** 2 / n
        assert found.statistic == pytest.approx(values.mean() ** 2 / around_zero, rel=1e-9)


def test_no_difference_at_all_is_none() -> None:
    assert durkalski([0.0] * 9) is None and obuchowski([0] * 9) is None and durkalski([]) is None
