"""From text to snippets and back: no letter is lost on the way, and marks land where the words stand."""

import re

from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.privacy.llm_pass.snippets import (
    MAX_CHARACTERS,
    Quote,
    apart,
    marks_in,
    readable,
    snippets,
    spans_in,
)
from shopcart_assets.privacy.llm_pass.spans import Mark
from shopcart_assets.privacy.patterns import Span

_RAW = st.lists(
    st.sampled_from(
        [
            "Ann",
            "Lee",
            "%41nn",
            "&amp;",
            "&#76;ee",
            " ",
            "\n\t ",
            "\u00a0",
            "\u200b",
            "[NAME_7F3A]",
            "[CITY_0A1B]",
            "ﬁ",
            "ß",
            ".",
        ]
    )
    | st.text(max_size=4),
    max_size=30,
).map("".join)


@given(_RAW)
def test_marks_in_the_readable_text_are_found_again_in_the_text(text: str) -> None:
    plain = readable(text)
    assert "".join(snippets(text)) == plain
    marks = [Mark(*one.span(), "name") for one in re.finditer(r"\S+", plain)]
    spans = spans_in(text, marks)
    assert [span.value for span in spans] == [plain[one.start : one.end] for one in marks]
    assert all(readable(text[span.start : span.end]).replace(" ", "") for span in spans if span.value.strip())
    assert all(span.start < span.end <= len(text) for span in spans)


@given(st.text(alphabet="ab. ", max_size=5 * MAX_CHARACTERS))
def test_a_long_text_is_cut_and_nothing_is_lost(text: str) -> None:
    cut = snippets(text)
    assert "".join(cut) == readable(text) and all(0 < len(one) <= MAX_CHARACTERS for one in cut)


def test_marks_of_later_snippets_stand_in_the_whole_text() -> None:
    text = "A sentence like others. " * 100 + "Ask Ann."
    marks = marks_in(text, lambda one: [Mark(one.index("Ann"), one.index("Ann") + 3, "name")] if "Ann" in one else [])
    assert [readable(text)[one.start : one.end] for one in marks] == ["Ann"]


def test_texts_that_differ_by_pseudonyms_and_white_space_are_one_snippet() -> None:
    assert readable("Dear [NAME_7F3A],\n  hi") == readable("Dear [NAME_0B1C], hi ") == "Dear [NAME_0000], hi"


def test_a_quote_is_found_whole_in_any_form_and_never_in_part() -> None:
    quote = Quote("gift for Ann Lee", (Mark(9, 16, "name"),))
    whole = ["Results for “Gift for ann lee”", "/gift-for-ann-lee", "gift%20for%20Ann%20Lee", "search.gift_for_ann_lee"]
    assert all(len(quote.find(text)) == 1 for text in whole)
    assert not any(
        quote.find(text) for text in ("Ann Lee", "gift for Ann", "gift for Ann Leeway", "", "for Ann Lee gift")
    )
    cut = [
        text[span.start : span.end]
        for text in ("gift for An", "GIFT FOR ANN L")
        for span in quote.find(text, cut_off=True)
    ]
    assert cut == ["An", "ANN L"] and not quote.find("gift fo", cut_off=True)


def test_a_placeholder_in_a_quote_stands_for_any_of_its_kind() -> None:
    quote = Quote(readable("Dear [NAME_7F3A], Ann"), (Mark(18, 21, "name"),))
    assert [one.value for one in quote.find("Dear [NAME_0B1C], Ann")] == ["Ann"]


def test_spans_never_touch_a_placeholder_or_each_other() -> None:
    text = "[NAME_7F3A] Ann Lee"
    spans = [Span(start, end, "name", "llm", "x") for start, end in ((1, 5), (12, 19), (16, 19))]
    assert [(one.start, one.end) for one in apart(spans, text)] == [(12, 19)]
