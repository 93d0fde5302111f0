"""The chains look back as far as they say, and back off where they never saw the like."""

from shopcart_assets.evaluation.policies import Case, Session
from shopcart_assets.platform.actions import Terminate
from tests.evaluation.invented import RESULTS
from tests.evaluation.policies.examples import BARE, BUY, FILTER, LOOK, MUG, PRODUCT, RED, SHOWN, answer


def test_the_likeliest_category_that_the_page_offers() -> None:
    assert [answer("markov_2", case) for case in (SHOWN, PRODUCT, BARE)] == [RED, BUY, Terminate()]
    assert answer("markov_2", SHOWN, []) == answer("markov_1", SHOWN, []) == Terminate()


def test_markov_1_forgets_what_came_before_the_last() -> None:
    train = [Session((MUG, MUG, LOOK)), Session((MUG, MUG, LOOK)), Session((MUG, FILTER, MUG, FILTER))]
    after_a_filter = Case(("s", 4), (MUG, FILTER, MUG), RESULTS)
    assert answer("markov_2", after_a_filter, train) == FILTER
    # After one search: two more searches, two looks, two filters. Equal counts go by the alphabet.
    assert answer("markov_1", after_a_filter, train) == FILTER
    train = [*train, Session((MUG, LOOK))]
    assert (answer("markov_2", after_a_filter, train), answer("markov_1", after_a_filter, train)) == (FILTER, LOOK)


def test_it_backs_off_where_it_never_saw_the_last_two() -> None:
    unseen = Case(("s", 3), (FILTER, FILTER), RESULTS)
    assert answer("markov_2", unseen) == LOOK  # after one filter, train sessions opened a product
