"""What the simulated shoppers say: of the page and the session so far, before the move, never of what comes after."""

import random
import re

import pytest

from shopcart_assets.reasoning.human import defect_of
from shopcart_assets.traffic.sample_shop.catalogue import Catalogue
from shopcart_assets.traffic.sample_shop.shopper import MOVES, Step, walk
from shopcart_assets.traffic.sample_shop.think_aloud import SITUATIONS, WISHES, say
from shopcart_assets.traffic.sample_shop.views import CLOSE, Shop, click

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


def test_the_words_follow_from_the_page_the_session_so_far_and_the_move(steps: list[Step]) -> None:
    """Two steps with equal situation and move say the same, wherever their sessions went on to."""
    words: dict[tuple[str, str], set[str]] = {}
    for step in steps:
        if step.situation != "start":
            words.setdefault((step.situation, step.wish), set()).add(say(step))
    assert len(words) > 20 and all(len(one) == 1 for one in words.values())
