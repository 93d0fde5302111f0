"""How far people are from people, by an independent computation, and in whatever order the rows come."""

from hashlib import sha256

import polars as pl
import pytest
from scipy.spatial.distance import jensenshannon

from shopcart_assets.evaluation.human_floor import human_floor
from shopcart_assets.evaluation.sums import with_categories
from tests.evaluation.invented import cases_of, verdicts

CASES = with_categories(cases_of(verdicts(["a"], n_sessions=120, n_users=12)))


def halves(split: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    users = sorted(set(CASES["user_id"]), key=lambda one: sha256(f"{split}:{one}".encode()).hexdigest())
    first = users[: len(users) // 2]
    return CASES.filter(pl.col("user_id").is_in(first)), CASES.filter(~pl.col("user_id").is_in(first))


def test_the_floor_is_the_mean_over_halves_of_the_users() -> None:
    floor = {row["given"]: row for row in human_floor(CASES, n_splits=3).to_dicts()}
    for given, keys in {"nothing": [], "previous_category": ["previous_category"], "step": ["step"]}.items():
        found = []
        for split in range(3):
            first, second = (half.group_by(*keys, "human_category").len() for half in halves(split))
            both = first.join(second, on=[*keys, "human_category"], how="full", coalesce=True).fill_null(0)
            found.append(jensenshannon(both["len"], both["len_right"], base=2) ** 2)
        assert floor[given]["js_bits"] == pytest.approx(sum(found) / 3, abs=1e-12)
        assert floor[given]["js_bits_p95"] <= max(found) + 1e-12
    assert floor["nothing"]["js_bits"] < floor["previous_category"]["js_bits"]


def test_order_does_not_matter_and_one_user_has_no_halves() -> None:
    shuffled = CASES.sample(fraction=1.0, shuffle=True, seed=3)
    assert human_floor(shuffled, n_splits=4).equals(human_floor(CASES, n_splits=4))
    assert human_floor(CASES.with_columns(user_id=pl.lit("u")), n_splits=4).is_empty()
    assert human_floor(CASES.clear(), n_splits=4).is_empty()
