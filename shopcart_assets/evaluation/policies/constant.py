"""Built-ins that learn nothing. They bound what a number means: `always_buy` beats every prompted model of the paper on F1."""

import random
from collections.abc import Sequence

from shopcart_assets.evaluation.policies.base import Case, Policy, Session, each
from shopcart_assets.evaluation.policies.candidates import candidates, offered
from shopcart_assets.platform.actions import Action, Terminate


def always_terminate(_train: Sequence[Session], _seed: int) -> Policy:
    """Closes the window, always: right in the last step of each session without a purchase."""
    return each(lambda _case: Terminate())


def always_buy(_train: Sequence[Session], _seed: int) -> Policy:
    """Buys wherever the page has a purchase target, else closes the window."""
    return each(lambda case: offered(case, "").get("purchase", Terminate()))


def first_result(_train: Sequence[Session], _seed: int) -> Policy:
    """Opens the first product of the page, else closes the window."""
    return each(lambda case: offered(case, "").get("product", Terminate()))


def repeat_last_query(_train: Sequence[Session], _seed: int) -> Policy:
    """Types the last query again into the page's first text field, else closes the window."""
    return each(lambda case: offered(case, case.last_query).get("search", Terminate()))


def random_legal(_train: Sequence[Session], seed: int) -> Policy:
    """Any legal action with equal chance: a click, the last query once more in a text field, or closing the window.

    A case's answer depends on the seed and the case only, not on the order of the cases.
    """

    def answer(case: Case) -> Action:
        options = list(candidates(case, case.last_query))
        return random.Random(f"{seed}:{case.key[0]}:{case.key[1]}").choice(options)

    return each(answer)
