"""Policies by step: what was commonest there, and when it is time to leave."""

from shopcart_assets.evaluation.policies import Case, Session
from shopcart_assets.platform.actions import Terminate
from tests.evaluation.invented import RESULTS
from tests.evaluation.policies.examples import BARE, BUY, FILTER, LOOK, MUG, PRODUCT, RED, SHOWN, answer


def test_majority_is_the_steps_commonest_action_that_the_page_has() -> None:
    assert [answer("majority", case) for case in (SHOWN, PRODUCT, BARE)] == [RED, BUY, Terminate()]
    assert answer("majority", SHOWN, []) == Terminate()


def _at(step: int) -> Case:
    return Case(("s", step), (MUG,) * (step - 1), RESULTS)


def test_hazard_leaves_at_the_step_at_which_most_leave_of_those_that_reach_it() -> None:
    """Ten of 100 leave at step 2, 50 of 90 at step 3: fewer than half of all, but most of those who are still there."""
    left = [Session((MUG, Terminate()))] * 10 + [Session((MUG, LOOK, Terminate()))] * 50
    train = left + [Session((MUG, LOOK, FILTER, BUY))] * 40
    assert [answer("hazard_terminate", _at(step), train) for step in (2, 3, 4)] == [LOOK, Terminate(), Terminate()]
    assert answer("hazard_terminate", Case(("s", 4), (MUG, LOOK, FILTER), {BUY.name: "button"}), train) == BUY
    assert answer("hazard_terminate", SHOWN, []) == Terminate()


def test_steps_that_few_sessions_reach_are_answered_together() -> None:
    """Step 3 has 40 sessions, later ones 9 each: of what they do from step 3 on, filtering is the commonest."""
    train = [Session((MUG, LOOK, MUG))] * 31 + [Session((MUG, LOOK, *[FILTER] * 5, Terminate()))] * 9
    assert answer("hazard_terminate", _at(8), train) == answer("hazard_terminate", _at(99), train) == FILTER
