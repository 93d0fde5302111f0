"""Gradient boosting: what a case is in numbers, that it learns from them, and which candidate it takes."""

from dataclasses import replace
from math import nan

import pytest

from shopcart_assets.evaluation.categories import CATEGORIES
from shopcart_assets.evaluation.policies import REGISTRY, Case, PageFacts, Session
from shopcart_assets.evaluation.policies.boosting import FEATURES, UNKNOWN, features
from shopcart_assets.platform.actions import Click, Terminate
from tests.evaluation.invented import RESULTS
from tests.evaluation.policies.examples import BUY, FILTER, LOOK, LOOK_BLUE, MUG, RED, SHOWN, answer

CHEAP, DEAR = PageFacts(n_purchases=1, price=9.0), PageFacts(n_purchases=1, price=90.0)
LIST = PageFacts(n_products=3)


def test_a_case_in_numbers() -> None:
    facts = PageFacts(3, 1, 2, 0, 19.99, 4.5)
    asked = Case(("s", 6), (MUG, LOOK, MUG, FILTER, LOOK), {}, (0.0, 1.0, 2.5, 3.0, 5.0), facts)
    code = CATEGORIES.index
    told = [6, 5, 2, 2, 2, 1, 1, code("product") + 1, code("filter") + 1, 3, 1, 2, 0, 19.99, 4.5, 1, 2]
    assert dict(zip(FEATURES, features(asked), strict=True)) == dict(zip(FEATURES, told, strict=True))


def test_what_is_unknown_is_no_number_of_the_page() -> None:
    told = dict(zip(FEATURES, features(Case(("s", 2), (MUG,), {}, (nan,))), strict=True))
    unknown = {"minutes_since_start", "minutes_between_last_two", "first_price", "first_rating"}
    assert {name for name, value in told.items() if value == UNKNOWN} == unknown


@pytest.fixture(scope="module")
def train() -> list[Session]:
    """Who sees a cheap product buys it, who sees a dear one leaves."""
    bought = Session((MUG, LOOK, BUY), (0.0, 1.0, 2.0), (PageFacts(), LIST, CHEAP))
    left = Session((RED, LOOK, Terminate()), (0.0, 1.0, 2.0), (PageFacts(), LIST, DEAR))
    return [bought, left] * 40


def test_it_learns_from_what_the_page_shows(train: list[Session]) -> None:
    at_product = Case(("s", 3), (MUG, LOOK), {BUY.name: "button", "cart": "link"}, (0.0, 1.0), CHEAP)
    policy = REGISTRY["gradient_boosting"](train, 0)
    assert policy([at_product, replace(at_product, facts=DEAR)]) == [BUY, Terminate()]
    assert policy([]) == []


def test_it_takes_no_candidate_twice(train: list[Session]) -> None:
    again = Case(("s", 3), (MUG, LOOK), RESULTS, (0.0, 1.0), LIST)
    assert answer("gradient_boosting", replace(again, key=("s", 2), history=(MUG,), minutes=(0.0,)), train) == LOOK
    only_looks = [Session((MUG, LOOK, LOOK_BLUE, LOOK_BLUE))] * 5
    assert answer("gradient_boosting", again, only_looks) == LOOK_BLUE


def test_of_links_it_takes_what_people_click_most() -> None:
    roles = {"logo": "link", "back": "link", "cart": "link"}
    habit = [Session((MUG, Click("back"), Click("back"))), Session((MUG, Click("cart"), Click("cart"), Click("cart")))]
    assert answer("gradient_boosting", Case(("s", 2), (MUG,), roles), habit) == Click("cart")
    assert answer("gradient_boosting", Case(("s", 3), (MUG, Click("cart")), roles), habit) == Click("back")


def test_without_train_sessions_it_leaves() -> None:
    assert answer("gradient_boosting", SHOWN, []) == Terminate()
