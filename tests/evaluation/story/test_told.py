import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.evaluation.story.told import NO_ANSWER, NO_PAGE, Frames, chosen, disagreement, tell
from tests.evaluation.story.invented import frames


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


def test_only_the_judged_sample_of_an_answer_is_told_and_the_order_of_rows_does_not_matter() -> None:
    ordered = frames()
    shuffled = Frames(
        ordered.actions.reverse(),
        ordered.titles.reverse(),
        {name: rows.reverse() for name, rows in ordered.verdicts.items()},
        {name: rows.reverse() for name, rows in ordered.predictions.items()},
    )
    assert tell("s", "purchase", shuffled) == tell("s", "purchase", ordered)


def test_an_action_whose_target_was_never_found_is_told_as_that() -> None:
    lost = frames()
    actions = lost.actions.with_columns(name=pl.when(pl.col("step") == 2).then(None).otherwise("name"))
    story = tell("s", "purchase", Frames(actions, lost.titles, lost.verdicts, lost.predictions))
    assert story.steps[1].human == "click on something that its page does not show"


@given(st.text(), st.text(), st.text())
def test_whatever_pages_and_models_say_is_one_line_of_visible_characters(title: str, said: str, why: str) -> None:
    story = tell("s", "terminate", frames(title=title, output=said, rationale=why))
    told = [step.title for step in story.steps]
    told += [text for step in story.steps for guess in step.guesses for text in (guess.said, guess.rationale)]
    assert all(text.isprintable() and text == " ".join(text.split()) for text in told)


def test_a_few_sessions_are_chosen_none_twice_and_ties_go_to_the_smaller_id() -> None:
    splits = pl.DataFrame(
        [("c", "test", 9, "terminate"), ("b", "test", 9, "purchase"), ("d", "test", 3, "purchase"),
         ("e", "test", 3, "terminate"), ("a", "train", 20, "purchase")],
        schema=["session_id", "split", "n_steps", "outcome"], orient="row",
    )  # fmt: skip
    differing = pl.DataFrame({"session_id": ["b", "d", "e", "c"], "disagreement": [0.9, 0.8, 0.5, 0.1]})
    wanted = {"the longest session": "b", "a purchase": "d", "where policies differ most": "e"}
    assert chosen(splits, differing) == chosen(splits.reverse(), differing.reverse()) == wanted
    assert chosen(splits.filter(session_id="c"), differing.clear()) == {"the longest session": "c"}
    assert chosen(splits.clear(), differing.clear()) == {}


def test_disagreement_is_the_share_of_pairs_that_differ() -> None:
    case = {"session_id": ["s", "s"], "step": [2, 3]}
    guesses = [pl.DataFrame({**case, "predicted_action": said}) for said in (["x", "y"], ["x", None], ["z", None])]
    ((session, share),) = disagreement(guesses).rows()
    assert session == "s" and share == pytest.approx(2 / 3)
    assert disagreement(guesses[:1]).is_empty() and disagreement([]).is_empty()
