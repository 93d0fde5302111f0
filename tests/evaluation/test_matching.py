"""The ladder is a ladder, and the kinds of error are a partition."""

from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.evaluation.matching import Match, compare, error, normalized
from shopcart_assets.evaluation.parse import Illegal
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit

NAMES = st.sampled_from(["a", "b"])
ACTIONS = st.one_of(st.builds(Click, NAMES), st.builds(TypeAndSubmit, NAMES, NAMES), st.just(Terminate()))
PREDICTED = st.one_of(ACTIONS, st.just(Illegal("no_json")))


@given(ACTIONS, PREDICTED)
def test_each_rung_implies_the_one_below(human: Action, predicted: Action | Illegal) -> None:
    match = compare(human, predicted)
    assert match.is_type >= match.is_target >= match.is_exact
    assert match.is_exact == (predicted == human)


@given(ACTIONS, PREDICTED)
def test_the_kind_of_error_says_what_differs(human: Action, predicted: Action | Illegal) -> None:
    kind = error(human, predicted)
    assert (kind == "correct") == (predicted == human)
    assert (kind == "illegal") == isinstance(predicted, Illegal)
    if kind.startswith("didnt_"):
        assert not isinstance(predicted, Illegal) and predicted.type != human.type
    if kind == "clicked_wrong_button":
        assert isinstance(human, Click) and isinstance(predicted, Click)
    if kind == "searched_wrong_keyword":
        assert isinstance(human, TypeAndSubmit) and isinstance(predicted, TypeAndSubmit)


def test_the_papers_examples() -> None:
    human = TypeAndSubmit("search_input", "disney gift card")
    assert error(human, Click("disney_gift_card.view_product")) == "didnt_search"
    assert error(human, TypeAndSubmit("search_input", "disney gift")) == "searched_wrong_keyword"
    assert error(Terminate(), Click("buy_now")) == "didnt_terminate"
    assert compare(human, TypeAndSubmit("search_input", "disney gift")) == Match(True, True, False, False, 0.8)


def test_folding_forgives_case_width_and_outer_space_of_the_text_only() -> None:
    human = TypeAndSubmit("search_input", "disney gift card")
    assert compare(human, TypeAndSubmit("search_input", " Disney ｇift card")) == Match(True, True, False, True, 1.0)
    assert compare(human, TypeAndSubmit("other_input", "disney gift card")) == Match(True, False, False, False, 1.0)
    assert compare(Click("Mug"), Click("mug")) == Match(True, False, False, False)


def test_only_unicodes_form_is_forgiven() -> None:
    assert normalized(Click("ka\u0308se")) == Click("käse")
    assert normalized(TypeAndSubmit("q", "Mug ")) != TypeAndSubmit("q", "mug")
