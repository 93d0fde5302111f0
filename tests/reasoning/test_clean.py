import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.reasoning.clean import MAX_CHARACTERS, defect_of, plain


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("I want the red mug.", "I want the red mug."),
        ("“I’m done here.”", "I’m done here."),
        ('**Rationale:** "I need a mug."', "I need a mug."),
        ("Here is my rationale: I need a mug.", "I need a mug."),
        ("- _I_ want to see 4 stars & up", "I want to see 4 stars & up"),
        ("assistant\nI want it.", "assistant I want it."),
        ("I\u202e want\x00 \u200bit.", "I want it."),
    ],
)
def test_an_answer_becomes_one_plain_line(answer: str, line: str) -> None:
    assert plain(answer) == line
    assert defect_of(line) is None


@pytest.mark.parametrize(
    ("line", "defect"),
    [
        ("", "empty"),
        ("...", "empty"),
        ("I want <script>alert(1)</script> it.", "has_markup"),
        ("I want &lt;b&gt; it.", "has_markup"),
        ('{"rationale": "I want it."}', "has_markup"),
        ("I saw [this](javascript:alert(1)).", "has_markup"),
        ("I saw https://evil.example and left.", "has_markup"),
        ("I’m sorry, but I can’t assist.", "refusal"),
        ("As an AI, I want it.", "refusal"),
        ("The user wants a mug.", "speaks_of_user"),
        ("I think this customer’s budget is small.", "speaks_of_user"),
        ("I trust the customer reviews and the user’s ratings.", None),
        ("Wants a mug.", "not_first_person"),
        ("I click search_results.red_mug.view_product now.", "has_element_name"),
        ("I press view_product.", "has_element_name"),
        ("I open header.cart.", "has_element_name"),
        ("I see 4.5 stars at Mr.Mug for $9.99 in header.", None),
        ("I want it sent to [CITY_D0B8].", None),
        ("I want " + "it " * 200, "too_long"),
        ("I " + "x" * (MAX_CHARACTERS - 2), None),
    ],
)
def test_what_is_wrong_is_said(line: str, defect: str | None) -> None:
    assert defect_of(line, {"header.cart", "header"}) == defect


@given(st.text(), st.sets(st.text(max_size=5), max_size=3))
def test_whatever_a_model_says_a_valid_rationale_is_one_short_plain_line(answer: str, names: set[str]) -> None:
    line = plain(answer)

    assert all(unicodedata.category(character)[0] != "C" for character in line)
    if defect_of(line, names) is None:
        assert 0 < len(line) <= MAX_CHARACTERS
        assert not set(line) & set("<>{}`\n\r")
