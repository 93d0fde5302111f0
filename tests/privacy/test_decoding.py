"""Decoding keeps the way back: each decoded character knows where it came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.privacy.decoding import decode, plain_text

ESCAPED = st.lists(
    st.sampled_from(
        [
            "%40",
            "%2540",
            "%C3%A9",
            "%FF",
            "\\u0041",
            "\\x2e",
            "&#64;",
            "&amp;#64;",
            "&bogus;",
            "é",
            "\u200b",
            "\u0301",
            "\u2066",
            "Ａ",
            "ﬁ",
            "a",
            "%",
        ]
    )
).map("".join)


@given(ESCAPED | st.text())
def test_spans_of_all_characters_lie_in_the_original_in_order(text: str) -> None:
    decoded = decode(text)
    spans = [decoded.original(place, place + 1) for place in range(len(decoded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@given(ESCAPED | st.text())
def test_the_fast_way_gives_the_same_text(text: str) -> None:
    assert plain_text(text) == decode(text).text


def test_a_percent_escape_of_several_bytes_is_one_character() -> None:
    decoded = decode("x%C3%A9y")
    assert decoded.text == "xéy"
    assert decoded.original(1, 2) == (1, 7)


@pytest.mark.parametrize(
    "hidden", ["\u202a", "\u2066", "\u2063", "\u034f", "\u180e", "\ufe0f", "\U000e0041", "\u0336", "%CC%B6"]
)
def test_what_nobody_sees_is_not_there(hidden: str) -> None:
    assert plain_text(f"An{hidden}n Lee") == "Ann Lee"


def test_a_letter_and_its_mark_are_one_character_and_a_dash_is_a_hyphen() -> None:
    decoded = decode("Zoe\u0308 Mu\u0308ller 212\u2011664\u20137665")
    assert decoded.text == "Zoë Müller 212-664-7665"
    assert decoded.original(2, 3) == (2, 4) and decoded.original(5, 6) == (6, 8)
