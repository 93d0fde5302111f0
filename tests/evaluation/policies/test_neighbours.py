"""Session kNN: who is near, what the near ones vote for, and how a vote becomes an action of the page."""

from shopcart_assets.evaluation.policies import Case, Session
from shopcart_assets.evaluation.policies.neighbours import N_SAMPLED
from shopcart_assets.platform.actions import Click, Terminate, TypeAndSubmit
from tests.evaluation.invented import RESULTS
from tests.evaluation.policies.examples import BARE, BUY, FILTER, LOOK, LOOK_BLUE, MUG, PRODUCT, SHOWN, answer

LAMP, TABLE = TypeAndSubmit("search_input", "lamp"), TypeAndSubmit("search_input", "table")


def test_it_does_what_sessions_with_the_same_query_did() -> None:
    train = [Session((LAMP, FILTER, FILTER)), Session((MUG, LOOK_BLUE, Terminate())), Session((TABLE, FILTER, FILTER))]
    assert answer("session_knn", SHOWN, train) == LOOK_BLUE
    assert [answer("session_knn", case) for case in (PRODUCT, BARE)] == [BUY, Terminate()]
    assert answer("session_knn", SHOWN, []) == Terminate()


def test_what_was_shared_last_counts_most_and_is_where_the_vote_begins() -> None:
    train = [Session((LAMP, FILTER, Terminate())), Session((MUG, Click("pagination.2"), Terminate()))]
    asked = Case(("s", 3), (LAMP, MUG), RESULTS)
    assert answer("session_knn", asked, train) == Click("pagination.2")
    assert answer("session_knn", Case(("s", 3), (MUG, LAMP), RESULTS), train) == FILTER


def test_of_a_strange_query_the_shape_of_the_session_is_shared() -> None:
    train = [Session((LAMP, LAMP, FILTER)), Session((LAMP, LOOK, Terminate()))]
    strange = Case(("s", 3), (TABLE, MUG), RESULTS)
    assert answer("session_knn", strange, train) == FILTER


def test_a_vote_for_a_product_that_the_page_has_not_goes_to_its_first_one() -> None:
    train = [Session((MUG, Click("search_results.gone.view_product"), Terminate()))]
    assert answer("session_knn", SHOWN, train) == LOOK


def test_of_many_sessions_the_latest_are_looked_at() -> None:
    old, new = [Session((MUG, FILTER))] * (N_SAMPLED * 2), [Session((MUG, LOOK_BLUE))] * N_SAMPLED
    assert answer("session_knn", SHOWN, [*old, *new]) == LOOK_BLUE
    assert answer("session_knn", SHOWN, [*new, *old]) == FILTER
