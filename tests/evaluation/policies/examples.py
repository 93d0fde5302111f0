"""Sessions and pages that the tests of built-ins share. Invented; no page of a real shop."""

from collections.abc import Sequence

from shopcart_assets.evaluation.policies import REGISTRY, Case, Session
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit
from tests.evaluation.invented import RESULTS

MUG, RED = TypeAndSubmit("search_input", "mug"), TypeAndSubmit("search_input", "red mug")
LOOK, BUY = Click("search_results.red_mug.view_product"), Click("red_mug.buy_now")
LOOK_BLUE = Click("search_results.blue_mug.view_product")
FILTER = Click("refinements.color.red")
TRAIN: Sequence[Session] = [
    Session((MUG, RED, LOOK, BUY)),
    Session((MUG, RED, LOOK, Terminate())),
    Session((MUG, RED, FILTER, LOOK, BUY)),
    Session((RED, LOOK, BUY)),
]
SHOWN = Case(("s", 2), (MUG,), RESULTS)
PRODUCT = Case(("s", 4), (MUG, RED, LOOK), {"search_input": "searchbox", "red_mug.buy_now": "button"})
BARE = Case(("s", 3), (MUG, LOOK), {})


def answer(name: str, case: Case, train: Sequence[Session] = TRAIN, seed: int = 0) -> Action:
    """What the built-in with this name says to one case."""
    [action] = REGISTRY[name](train, seed)([case])
    return action
