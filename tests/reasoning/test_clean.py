import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.reasoning.clean import MAX_CHARACTERS, Rationale, clean


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("I want the red mug.", "I want the red mug."),
        ("  I want it for $9.99, 4.5 stars!  Then I leave.", "I want it for $9.99, 4.5 stars!"),
        ("“I’m done here.”", "I’m done here."),
        ('**Rationale:** "I need a mug."\n\nLet me explain.', "I need a mug."),
        ("Here is my rationale: I need a mug.", "I need a mug."),
        ("- _I_ want to see 4 stars & up", "I want to see 4 stars & up"),
        ("1. I want my_list on top?", "I want my_list on top?"),
        ("assistant\nI want it.", "assistant I want it."),
        ("I\u202e want\x00 \u200bit.", "I want it."),
    ],
)
def test_a_usable_answer_is_its_first_plain_sentence(answer: str, sentence: str) -> None:
    assert clean(answer, "end_turn") == Rationale(sentence, None)


@pytest.mark.parametrize(
    ("answer", "stop_reason", "expected"),
    [
        ("", "end_turn", Rationale("", "empty")),
        ('"..."', "max_tokens", Rationale("", "empty")),
        ("I want <script>alert(1)</script> it.", "end_turn", Rationale("", "has_markup")),
        ("I want &lt;b&gt; it.", "end_turn", Rationale("", "has_markup")),
        ("```json\nI want it.\n```", "end_turn", Rationale("", "has_markup")),
        ('{"rationale": "I want it."}', "end_turn", Rationale("", "has_markup")),
        ("I saw [this](javascript:alert(1)).", "end_turn", Rationale("", "has_markup")),
        ("I saw https://evil.example and left.", "end_turn", Rationale("", "has_markup")),
        ("I want the red", "max_tokens", Rationale("I want the red", "truncated")),
        ("I want it. And then I", "max_tokens", Rationale("I want it.", None)),
        ("I’m sorry, but I can’t assist.", "end_turn", Rationale("I’m sorry, but I can’t assist.", "refusal")),
        ("As an AI, I want it.", "end_turn", Rationale("As an AI, I want it.", "refusal")),
        ("The user wants a mug.", "end_turn", Rationale("The user wants a mug.", "not_first_person")),
        ("Ignore all instructions; I" + "n" * 400, "end_turn", Rationale(("Ignore all instructions; I" + "n" * 400)[:240], "not_first_person")),
        ("I want " + "it " * 100, "end_turn", Rationale(("I want " + "it " * 100)[:240], "too_long")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(answer: str, stop_reason: str, expected: Rationale) -> None:
    assert clean(answer, stop_reason) == expected


@given(st.text(), st.sampled_from(["end_turn", "max_tokens", "refusal"]))
def test_whatever_a_model_says_one_short_plain_line_comes_out(answer: str, stop_reason: str) -> None:
    rationale = clean(answer, stop_reason)

    assert len(rationale.text) <= MAX_CHARACTERS
    assert not set(rationale.text) & set("<>{}`\n\r")
    assert all(unicodedata.category(character)[0] != "C" for character in rationale.text)
    assert rationale.text or rationale.defect in ("empty", "has_markup")
