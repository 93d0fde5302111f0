"""The policy: a proper distribution everywhere, known optimum, and the paper's figures (section 4.1 and figure 2)."""

import random
from functools import cache

import pytest

from shopcart_assets.traffic.sample_shop.catalogue import Catalogue
from shopcart_assets.traffic.sample_shop.shopper import (
    MAX_ACTIONS,
    MOVES,
    History,
    Step,
    is_last,
    moves,
    situation,
    walk,
)
from shopcart_assets.traffic.sample_shop.views import CLOSE, Shop, click, search

SHOP = Shop(Catalogue(7), 3)
STEEL = SHOP.results("steel kettle")


@cache
def sessions(n: int = 6_000, seed: int = 7) -> list[list[Step]]:
    rng = random.Random(seed)
    return [list(walk(SHOP, rng)) for _ in range(n)]


def _per_session(count: int) -> float:
    return count / len(sessions())


# Tolerances: the standard errors of 6,000 sessions are 0.05 actions, 0.02 searches, 0.45 points of purchases and 0.15 in the
# ratio of searches to filter clicks; each tolerance is at least two of them.
@pytest.mark.slow
def test_the_shoppers_are_calibrated_to_the_paper() -> None:
    steps = [step.move for session in sessions() for step in session]
    searches = sum(move.event_type == "submit" for move in steps)
    filters = sum((move.ref or "").startswith("filter") for move in steps)
    purchases = sum(session[-1].move == click("buy") for session in sessions())
    assert _per_session(len(steps)) == pytest.approx(7.25, abs=0.15)
    assert _per_session(searches) == pytest.approx(2.82, abs=0.1)
    assert _per_session(purchases) == pytest.approx(0.139, abs=0.01)
    assert searches / filters == pytest.approx(7.0, abs=0.7)


@pytest.mark.slow
def test_the_ceiling_is_what_always_guessing_the_optimum_earns() -> None:
    later = [step for session in sessions() for step in session[1:]]
    ceiling = sum(step.probability for step in later) / len(later)
    earned = sum(step.move == step.optimal for step in later) / len(later)
    assert 0.45 < ceiling < 0.65
    assert earned == pytest.approx(ceiling, abs=0.01)  # two standard errors are 0.005


@pytest.mark.slow
def test_every_session_starts_with_a_search_and_ends_with_a_purchase_or_a_closed_window() -> None:
    for session in sessions():
        assert session[0].view is None and session[0].move.event_type == "submit"
        assert is_last(session[-1].move) and not any(is_last(step.move) for step in session[:-1])
        assert 2 <= len(session) <= MAX_ACTIONS


def test_the_policy_is_a_distribution_over_what_the_page_offers() -> None:
    rng = random.Random(1)
    for _ in range(200):
        for step in walk(SHOP, rng):
            if step.view is None:
                continue
            chances = moves(step.view, History(3, 2))
            assert sum(chances.values()) == pytest.approx(1)
            for move in chances:
                assert is_last(move) or SHOP.follow(step.view, move)


def test_the_situations() -> None:
    bargain = next(product for product in SHOP.catalogue.products.values() if product.is_bargain)
    plain = next(product for product in SHOP.catalogue.products.values() if not product.is_bargain)
    assert situation(SHOP.results("steel ketlte"), History(1, 9)) == "misspelt"
    assert situation(SHOP.product(bargain, STEEL), History(9, 9)) == "bargain"
    assert situation(SHOP.product(plain, STEEL), History(2, 4)) == "tired"
    assert situation(SHOP.product(plain, STEEL), History(2, 1)) == "product"
    assert situation(STEEL, History(1, 1)) == "fresh"
    assert situation(STEEL, History(3, 1, 1)) == "returned"


def test_the_likeliest_moves_can_be_read_off_the_page() -> None:
    def best(view: object, history: History) -> object:
        chances = moves(view, history)  # type: ignore[arg-type]
        return max(chances, key=lambda move: chances[move])

    opened = SHOP.product(STEEL.cards[0], STEEL)
    assert best(SHOP.results("steel ketlte"), History(1, 1)) == search("steel kettle")
    assert best(STEEL, History(1, 1)) == click("card:0")
    assert best(STEEL, History(1, 1, 0, frozenset({STEEL.cards[0].sku}))) == click("card:1")
    assert best(
        STEEL, History().after(search("steel kettle"), STEEL).after(click("card:0"), opened).after(click("back"), STEEL)
    ) == search(STEEL.suggestion)
    assert best(STEEL, History(8, 4)) == CLOSE
    assert moves(STEEL, History(MAX_ACTIONS - 1, 2)) == {CLOSE: 1.0}


def test_each_situation_adds_up_to_a_hundred_or_is_scaled_where_moves_are_of_two_pages() -> None:
    totals = {name: sum(weights.values()) for name, weights in MOVES.items() if name != "tired"}
    assert set(totals.values()) == {100}
