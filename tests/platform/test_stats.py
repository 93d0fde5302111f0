"""Published values, identities and invariants; size and coverage are simulated in stats/."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.stats import (
    cluster_se,
    cluster_sums,
    clustered_interval,
    f1,
    f1_wilson,
    holm,
    sign_flip,
    wilson,
)

RNG = np.random.default_rng
FLOATS = st.floats(-1, 1, allow_nan=False).map(lambda x: round(x, 3))
PAIRS = st.lists(st.tuples(FLOATS, st.sampled_from("uvwxyz")), min_size=2, max_size=40)


def test_published_values() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    interval = wilson(1, 29)  # Newcombe 1998, table I
    assert interval and (round(interval.low, 4), round(interval.high, 4)) == (0.0061, 0.1718)
    prevalence = 4_432 / 31_865
    assert f1(4_432, 27_433, 0) == pytest.approx(2 * prevalence / (1 + prevalence), abs=1e-15)


def test_undefined_is_none() -> None:
    assert cluster_se([0.5, 0.7], ["u", "u"]) is None
    assert clustered_interval([0.5], ["u"]) is None
    assert wilson(0, 0) is None and f1_wilson(0, 0, 0) is None and f1(0, 0, 0) is None


@given(st.lists(FLOATS, min_size=2, max_size=30))
def test_single_clusters_give_the_ordinary_standard_error(values: list[float]) -> None:
    expected = np.std(values, ddof=1) / np.sqrt(len(values))
    assert cluster_se(values, [f"u{i}" for i in range(len(values))]) == pytest.approx(expected, abs=1e-12)


@given(PAIRS, st.randoms(use_true_random=False))
def test_order_and_names_of_users_do_not_matter(pairs: list[tuple[float, str]], random: object) -> None:
    values, users = zip(*pairs, strict=True)
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    others, names = zip(*((value, f"renamed-{user}") for value, user in shuffled), strict=True)
    one, two = clustered_interval(values, users), clustered_interval(others, names)
    assert (one is None) == (two is None)
    if one and two:
        assert (one.low, one.high) == pytest.approx((two.low, two.high), abs=1e-12)
    p_one = sign_flip(cluster_sums(values, users), rng=RNG(0))
    assert p_one == pytest.approx(sign_flip(cluster_sums(others, names), rng=RNG(0)), abs=1e-12)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_exact_sign_flip_is_the_enumeration(values: list[int]) -> None:
    from itertools import product

    sums = [
        abs(sum(s * v for s, v in zip(signs, values, strict=True))) for signs in product((1, -1), repeat=len(values))
    ]
    assert sign_flip(values, rng=RNG(0)) == pytest.approx(np.mean([s >= abs(sum(values)) for s in sums]), abs=1e-12)


@given(st.lists(FLOATS, min_size=1, max_size=12))
def test_exact_sign_flip_is_symmetric(values: list[float]) -> None:
    assert sign_flip(values, rng=RNG(0)) == sign_flip([-value for value in values], rng=RNG(0))


def test_random_sign_flip_is_symmetric_too_and_zeros_change_nothing() -> None:
    values = RNG(4).normal(0.2, 1, 90)
    p = sign_flip(values, rng=RNG(0))
    assert p == sign_flip(-values, rng=RNG(0)) == sign_flip(np.append(values, np.zeros(7)), rng=RNG(0))
    assert p == sign_flip(RNG(1).permutation(values), rng=RNG(0))


@given(st.lists(FLOATS, min_size=2, max_size=12))
def test_exact_sign_flip_is_scipys_permutation_test(values: list[float]) -> None:
    from scipy.stats import permutation_test

    done = permutation_test((np.array(values),), np.sum, permutation_type="samples", n_resamples=5_000, vectorized=True)
    assert sign_flip(values, rng=RNG(0)) == pytest.approx(min(1.0, float(done.pvalue)), abs=1e-9)


def test_random_sign_flip_is_seeded_near_the_exact_one_and_never_zero() -> None:
    values = RNG(3).normal(0.25, 1, 25)
    first = sign_flip(values, rng=RNG(1))
    assert first == sign_flip(values[::-1], rng=RNG(1))
    assert first == pytest.approx(sign_flip(values, rng=RNG(2), flips=20_000), abs=0.02)
    assert sign_flip(np.ones(200), rng=RNG(0), flips=99) == 0.01


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_never_lowers(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    assert all(0 <= after <= 1 for after in adjusted)
    ranked = [adjusted[i] for i in np.argsort(p_values, kind="stable")]
    assert ranked == sorted(ranked)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_f1_lies_in_its_interval(tp: int, fp: int, fn: int) -> None:
    value, interval = f1(tp, fp, fn), f1_wilson(tp, fp, fn)
    assert (value is None) == (interval is None)
    if value is not None and interval:
        assert 0 <= interval.low <= value + 1e-12 and value - 1e-12 <= interval.high <= 1


def test_the_interval_goes_by_clusters_and_not_by_rows() -> None:
    once = clustered_interval([0.1, 0.3, 0.8], ["a", "b", "c"])
    twice = clustered_interval([0.1, 0.1, 0.3, 0.3, 0.8, 0.8], ["a", "a", "b", "b", "c", "c"])
    assert once and twice
    assert (once.low + once.high) / 2 == pytest.approx(0.4)
    assert once.high - once.low == pytest.approx(2 * 4.302653 * 0.2081666)
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high)), "each row told twice is no more clusters"
