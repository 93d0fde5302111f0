"""The promises of the tests and intervals, kept in simulated studies; and the paper's test, which does not keep its own."""

import numpy as np
import pytest

from shopcart_assets.platform.stats import (
    cluster_se,
    clustered_interval,
    detectable,
    durkalski,
    mcnemar,
    mcnemar_midp,
    obuchowski,
    sign_flip,
)
from tests.platform.stats.study import Design, Studies, studies

N_STUDIES = 8_000
"""The standard error of a rate of 5 % is a quarter of a point: the bounds below are four of them away."""


@pytest.fixture(scope="module")
def under_no_difference() -> Studies:
    return studies(Design(), N_STUDIES, np.random.default_rng(0))


def rate(p_values: list[float]) -> float:
    return float(np.mean(np.array(p_values) < 0.05))


@pytest.mark.slow
def test_the_sign_flip_by_user_rejects_a_true_null_in_five_percent(under_no_difference: Studies) -> None:
    rng = np.random.default_rng(1)
    by_user = under_no_difference.means.sum(axis=2)
    assert 0.04 < rate([sign_flip(differences, rng=rng, flips=4_000) for differences in by_user]) < 0.06


@pytest.mark.slow
def test_the_closed_forms_by_user_do_so_too(under_no_difference: Studies) -> None:
    macro = [durkalski(differences) for differences in under_no_difference.means.sum(axis=2)]
    micro = [obuchowski(differences) for differences in under_no_difference.sums.sum(axis=2)]
    assert 0.04 < rate([one.p for one in macro if one]) < 0.06
    assert 0.035 < rate([one.p for one in micro if one]) < 0.06


@pytest.mark.slow
def test_what_ignores_users_rejects_far_too_often(under_no_difference: Studies) -> None:
    """The paper's pooled McNemar test, in either form, and Durkalski's where the sessions of a person count as independent."""
    tables = list(zip(under_no_difference.only_first, under_no_difference.only_second, strict=True))
    by_session = [durkalski(differences) for differences in under_no_difference.means.reshape(N_STUDIES, -1)]
    assert rate([mcnemar(b, c) for b, c in tables]) > 0.2
    assert rate([mcnemar_midp(b, c) for b, c in tables]) > 0.2
    assert 0.1 < rate([one.p for one in by_session if one]) < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 0.4])
def test_the_interval_by_user_covers_the_truth_in_95_percent(shift: float) -> None:
    design = Design(shift=shift)
    users = np.repeat(np.arange(design.users), design.sessions)
    means = studies(design, 4_000, np.random.default_rng(2)).means.reshape(4_000, -1)
    truth = float(means.mean())  # over 2 million sessions: a tenth of a point from it at most
    intervals = [clustered_interval(differences, users) for differences in means]
    assert truth == pytest.approx(0.062 if shift else 0, abs=0.002)
    assert 0.93 < np.mean([one.low <= truth <= one.high for one in intervals if one]) < 0.97


@pytest.mark.slow
def test_the_detectable_difference_is_detected_in_80_percent() -> None:
    """Values whose true difference is exactly what the true standard error can detect."""
    n_users, rng = 60, np.random.default_rng(3)
    values = rng.normal(size=(4_000, n_users))
    shift = detectable(1 / np.sqrt(n_users), n_users)
    assert shift
    users = np.arange(n_users)
    intervals = [clustered_interval(row + shift, users) for row in values]
    assert 0.78 < np.mean([one.low > 0 for one in intervals if one]) < 0.82
    spread = [cluster_se(row, users) for row in values[:200]]
    assert np.mean([one for one in spread if one]) == pytest.approx(1 / np.sqrt(n_users), rel=0.02)
