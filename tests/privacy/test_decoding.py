"""Decoding keeps the way back: each decoded character knows where it came from."""

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
