import numpy as np
import pytest

from shopcart_assets.platform.stats import bootstrap, cluster_sums, clustered_interval
from shopcart_assets.platform.stats.clusters import Floats

RNG = np.random.default_rng


def f1_of(sums: Floats) -> Floats:
    tp, fp, fn = sums.T
    positive = 2 * tp + fp + fn
    return np.asarray(np.where(positive > 0, 2 * tp / np.maximum(positive, 1), np.nan))


def mean_of(sums: Floats) -> Floats:
    return np.asarray(sums[:, 0] / sums[:, 1])


@pytest.fixture
def sessions() -> tuple[Floats, np.ndarray]:
    rng = RNG(5)
    users = np.repeat(np.arange(80), 6)
    return np.column_stack([rng.random(users.size) + rng.normal(0, 0.2, 80)[users], np.ones(users.size)]), users


def test_of_a_mean_it_is_about_the_clustered_t(sessions: tuple[Floats, np.ndarray]) -> None:
    columns, users = sessions
    drawn, formula = bootstrap(columns, users, mean_of, rng=RNG(0)), clustered_interval(columns[:, 0], users)
    assert drawn and formula
    assert (drawn.low, drawn.high) == pytest.approx((formula.low, formula.high), abs=0.012)


def test_it_is_a_resampling_of_whole_users(sessions: tuple[Floats, np.ndarray]) -> None:
    """The same by another road: users' rows put together draw by draw."""
    columns, users = sessions
    rng, values = RNG(7), []
    for _ in range(2_000):
        drawn = rng.choice(80, 80)
        values.append(columns.reshape(80, 6, 2)[drawn].reshape(-1, 2)[:, 0].mean())
    found = bootstrap(columns, users, mean_of, rng=RNG(0))
    assert found and (found.low, found.high) == pytest.approx(np.quantile(values, (0.025, 0.975)), abs=0.008)


def test_names_and_order_of_the_users_do_not_matter(sessions: tuple[Floats, np.ndarray]) -> None:
    columns, users = sessions
    order = RNG(1).permutation(users.size)
    renamed = np.array([f"user {(user * 37) % 80}" for user in users])
    one, other = (
        bootstrap(values, names, mean_of, rng=RNG(0))
        for values, names in ((columns, users), (columns[order], renamed[order]))
    )
    assert one and other and (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-12)
    assert one == bootstrap(columns, users, mean_of, rng=RNG(0)), "seeded"


def test_draws_without_a_positive_are_left_out_and_nothing_is_none() -> None:
    rare = np.array([[1, 0, 0]] + [[0, 0, 0]] * 3)
    found = bootstrap(rare, range(4), f1_of, rng=RNG(0))
    assert found and (found.low, found.high) == (1.0, 1.0)
    assert bootstrap(np.zeros((4, 3)), range(4), f1_of, rng=RNG(0)) is None
    assert bootstrap(np.ones((4, 3)), ["u"] * 4, f1_of, rng=RNG(0)) is None
    assert cluster_sums([1.0], ["u"]).tolist() == [1.0]
