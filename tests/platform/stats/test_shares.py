from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.stats import pass_at_k, wilson


@given(st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))
def test_pass_at_k_is_the_share_of_all_choices_of_k_that_hold_a_right_one(n: int, c: int, k: int) -> None:
    answers = [True] * min(c, n) + [False] * max(0, n - c)
    chosen = [any(one) for one in combinations(answers, k)]
    expected = float(np.mean(chosen)) if chosen else None
    assert pass_at_k(n, min(c, n), k) == (None if expected is None else pytest.approx(expected, abs=1e-12))


@given(st.integers(0, 60), st.integers(1, 60))
def test_wilson_is_scipys(successes: int, trials: int) -> None:
    from scipy.stats import binomtest

    ours = wilson(min(successes, trials), trials)
    theirs = binomtest(min(successes, trials), trials).proportion_ci(method="wilson")
    assert ours and (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
