"""What the simulated shoppers say: of the page and the session so far, before the move, never of what comes after."""

import random
import re

import pytest

from shopcart_assets.reasoning.human import defect_of
from shopcart_assets.traffic.sample_shop.catalogue import Catalogue
from shopcart_assets.traffic.sample_shop.shopper import MOVES, Step, walk
from shopcart_assets.traffic.sample_shop.think_aloud import SITUATIONS, WISHES, say
from shopcart_assets.traffic.sample_shop.views import CLOSE, ProductView, ResultsView, Shop, click

SHOP = Shop(Catalogue(7), 2)


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    rng = random.Random(7)
    return [step for _ in range(300) for step in walk(SHOP, rng)]


def test_there_are_words_for_every_situation_and_every_wish() -> None:
    assert SITUATIONS.keys() == {"start", *MOVES}
    assert WISHES.keys() == {name for row in MOVES.values() for name in row}


def test_what_is_said_is_fit_for_a_rationale(steps: list[Step]) -> None:
    for text in {say(step) for step in steps}:
        assert defect_of(text) is None
        assert re.search(r"\bI\b", text)


def test_the_wish_is_the_one_that_the_move_fulfils(steps: list[Step]) -> None:
    said = {step.wish: say(step) for step in steps}
    assert {step.wish for step in steps if step.move == CLOSE} == {"close"}
    assert {step.wish for step in steps if step.move == click("buy")} == {"buy"}
    assert all(step.move.event_type == "submit" for step in steps if step.wish in ("first", "suggestion", "broaden"))
    assert len(set(said.values())) == len(said)


def test_what_is_said_of_the_page_is_true_of_it(steps: list[Step]) -> None:
    """A model that reads the page could say it too: an empty list, a bargain, a product that is none, a list of results."""
    for step in steps:
        said, view = say(step), step.view
        is_product = isinstance(view, ProductView)
        assert said.startswith("I look for") == (view is None)
        assert said.startswith("Nothing found") == (isinstance(view, ResultsView) and not view.cards)
        assert said.startswith("Many stars") == (isinstance(view, ProductView) and view.product.is_bargain)
        assert is_product or "no bargain" not in said
        assert not is_product or "results are new" not in said
    assert len({step.situation for step in steps}) == len(SITUATIONS)
