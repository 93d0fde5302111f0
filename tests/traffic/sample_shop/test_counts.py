"""Totals are exact at every size, and every session stays a draw of the policy."""

import pytest

from shopcart_assets.traffic.sample_shop.catalogue import Catalogue
from shopcart_assets.traffic.sample_shop.counts import PAPER, Counts, Plan, scaled
from shopcart_assets.traffic.sample_shop.shopper import walk
from shopcart_assets.traffic.sample_shop.views import Shop

SHOP = Shop(Catalogue(7), 4)


@pytest.mark.parametrize("n_sessions", [1, 2, 5, 60])
def test_totals_are_exact(n_sessions: int) -> None:
    counts = scaled(n_sessions)
    plan = Plan(counts, SHOP, seed=3)
    sessions = [list(walk(SHOP, plan.rng(index))) for index in range(n_sessions)]
    assert sum(map(len, sessions)) == counts.n_actions
    assert sum(steps[-1].move.event_type == "click" for steps in sessions) == counts.n_purchases
    assert sum(steps[-1].move.event_type == "close" for steps in sessions) == n_sessions - counts.n_purchases


def test_totals_that_are_far_off_are_reached_too() -> None:
    few, many = Counts(30, 160, 2, 3), Counts(30, 290, 12, 3)
    for counts in (few, many):
        plan = Plan(counts, SHOP, seed=0)
        sessions = [list(walk(SHOP, plan.rng(index))) for index in range(30)]
        assert sum(map(len, sessions)) == counts.n_actions


def test_the_paper_is_the_paper_and_equal_seeds_give_equal_plans() -> None:
    assert scaled(31_865) == PAPER
    one, same, other = (Plan(scaled(40), SHOP, seed).attempts(range(40)) for seed in (1, 1, 2))
    assert one == same != other
