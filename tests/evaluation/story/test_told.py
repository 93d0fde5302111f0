"""A session's rows become values that hold no surprise."""

from typing import get_args

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.evaluation.matching import Error
from shopcart_assets.evaluation.story.told import KINDS, NO_ANSWER, NO_PAGE, Frames, tell
from tests.evaluation.story.invented import PAGE, frames


def test_each_step_has_its_page_the_persons_action_and_each_policys_guess() -> None:
    story = tell("s", "purchase", frames())
    first, second, third = story.steps
    assert (first.number, first.title, first.human, first.guesses) == (1, NO_PAGE, 'type "mug" into search_input', ())
    assert (second.title, second.human) == ("Mugs", "click mug.view_product")
    right, illegal = second.guesses
    assert (right.policy, right.said, right.verdict, right.call) == ("a", "click mug.view_product", "correct", "right")
    assert (illegal.said, illegal.verdict, illegal.call) == ("I would rather not", "illegal: no json", "wrong")
    assert (right.rationale, illegal.rationale) == ("I want a mug.", "")
    assert [guess.verdict for guess in third.guesses] == ["did not click", NO_ANSWER]
    assert (story.n_cases, story.n_right("a"), story.n_right("b")) == (2, 1, 0)
    assert (first.page, second.page, second.target) == ("", PAGE, "mug.view_product")
    assert (right.target, illegal.target, third.guesses[0].target) == ("mug.view_product", None, None)
    assert [guess.kind for guess in second.guesses + third.guesses] == [
        "correct",
        "illegal",
        "did not click",
        NO_ANSWER,
    ]


def test_every_error_is_a_kind() -> None:
    said = [one.replace("didnt", "did not").replace("_", " ") for one in get_args(Error)]
    assert sorted(KINDS) == sorted([*said, NO_ANSWER])


def test_only_the_judged_sample_of_an_answer_is_told_and_the_order_of_rows_does_not_matter() -> None:
    ordered = frames()
    shuffled = Frames(
        ordered.actions.reverse(),
        ordered.pages.reverse(),
        {name: rows.reverse() for name, rows in ordered.verdicts.items()},
        {name: rows.reverse() for name, rows in ordered.predictions.items()},
    )
    assert tell("s", "purchase", shuffled) == tell("s", "purchase", ordered)


def test_an_action_whose_target_was_never_found_is_told_as_that() -> None:
    lost = frames()
    actions = lost.actions.with_columns(name=pl.when(pl.col("step") == 2).then(None).otherwise("name"))
    story = tell("s", "purchase", Frames(actions, lost.pages, lost.verdicts, lost.predictions))
    assert story.steps[1].human == "click on something that its page does not show"


@given(st.text(), st.text(), st.text())
def test_whatever_pages_and_models_say_is_one_line_of_visible_characters(title: str, said: str, why: str) -> None:
    story = tell("s", "terminate", frames(title=title, output=said, rationale=why))
    told = [step.title for step in story.steps]
    told += [text for step in story.steps for guess in step.guesses for text in (guess.said, guess.rationale)]
    assert all(text.isprintable() and text == " ".join(text.split()) for text in told)
