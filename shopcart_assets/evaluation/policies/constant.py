"""Baselines that learn nothing. They bound what a number means: `always_buy` beats every prompted model of the paper on F1."""

import random
from collections.abc import Sequence

from shopcart_assets.evaluation.categories import category
from shopcart_assets.evaluation.policies.base import Case, Policy, Session
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit, is_purchase


def always_terminate(_train: Sequence[Session], _seed: int) -> Policy:
    """Closes the window, always: right in the last step of each session without a purchase."""
    return lambda _case: Terminate()


def always_buy(_train: Sequence[Session], _seed: int) -> Policy:
    """Buys wherever the page has a purchase target, else closes the window."""
    return lambda case: next((click for name in case.clickable if is_purchase(click := Click(name))), Terminate())


def first_result(_train: Sequence[Session], _seed: int) -> Policy:
    """Opens the first product of the page, else closes the window."""
    return lambda case: next(
        (click for name in case.clickable if category(click := Click(name)) == "product"), Terminate()
    )


def random_legal(_train: Sequence[Session], seed: int) -> Policy:
    """Any legal action with equal chance: a click, the last query once more in a text field, or closing the window.

    A case's answer depends on the seed and the case only, not on the order of the cases.
    """

    def policy(case: Case) -> Action:
        searches = [TypeAndSubmit(name, case.last_query) for name in case.text_fields if case.last_query]
        options: list[Action] = [*map(Click, case.clickable), *searches, Terminate()]
        return random.Random(f"{seed}:{case.key[0]}:{case.key[1]}").choice(options)

    return policy
