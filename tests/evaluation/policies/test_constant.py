"""Built-ins that learn nothing, on a page that has everything, on a product's page and on one that has nothing."""

import pytest

from shopcart_assets.evaluation.policies import REGISTRY, Case
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit
from tests.evaluation.invented import RESULTS
from tests.evaluation.policies.examples import BARE, BUY, LOOK, MUG, PRODUCT, RED, SHOWN, TRAIN, answer


@pytest.mark.parametrize(
    ("name", "shown", "product"),
    [
        ("always_terminate", Terminate(), Terminate()),
        ("always_buy", Terminate(), BUY),
        ("first_result", LOOK, Terminate()),
        ("repeat_last_query", MUG, RED),
    ],
)
def test_what_it_does(name: str, shown: Action, product: Action) -> None:
    assert (answer(name, SHOWN), answer(name, PRODUCT), answer(name, BARE)) == (shown, product, Terminate())


def test_a_query_is_repeated_in_the_pages_own_field_unless_it_is_blank() -> None:
    asked = Case(("s", 3), (MUG, TypeAndSubmit("search_input", " ")), {"cart": "link", "q": "textbox", "r": "textbox"})
    assert answer("repeat_last_query", asked) == TypeAndSubmit("q", "mug")


def test_random_legal_is_seeded_by_case_and_reaches_every_action() -> None:
    policy, other = REGISTRY["random_legal"](TRAIN, 1), REGISTRY["random_legal"](TRAIN, 2)
    cases = [Case((f"s{i}", 2), (MUG,), RESULTS) for i in range(400)]
    answers = policy(cases)
    assert answers == policy(cases) and answers != other(cases)
    assert set(answers) == {Terminate(), MUG, *(Click(name) for name in RESULTS if name != "search_input")}
