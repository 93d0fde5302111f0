"""Answers as models give them, as they should not, and as an enemy would: only whole words of the snippet are ever marked."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.privacy.catalogue import CatalogueWords
from shopcart_assets.privacy.llm_pass.spans import KINDS, MAX_SHARE, Mark, Verdict, is_protected, is_sound, verified
from shopcart_assets.privacy.rules import PLACEHOLDER
from tests.privacy.llm_pass.models import said

SNIPPET = "Ann Lee gave it to Bob, says Ann Lee; Dear [NAME_0000] of Anntown"


def _marked(answer: str, snippet: str = SNIPPET, stop_reason: str = "end_turn") -> tuple[list[str], dict[str, int]]:
    verdict = verified(answer, stop_reason, snippet)
    return [snippet[one.start : one.end] for one in verdict.marks], dict(verdict.refused)


def test_each_whole_word_place_of_a_span_is_marked() -> None:
    assert _marked(said(("Ann Lee", "name"), ("Bob,", "name"))) == (["Ann Lee", "Bob", "Ann Lee"], {})
    assert _marked("```json\n" + said(("Bob", "name")) + "\n```") == (["Bob"], {})
    assert _marked("[]") == ([], {})


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("Sure! Here are the spans: []", "malformed"),
        ('{"text": "Bob", "kind": "name"}', "malformed"),
        ("[" * 100_000, "malformed"),
        ("[" * 10_000, "malformed"),
        (json.dumps(["Bob"]), "not_a_span"),
        (json.dumps([{"text": "Bob", "kind": "name", "replace": "x"}]), "not_a_span"),
        (json.dumps([{"text": 1, "kind": "name"}]), "not_a_span"),
        (said(("B", "name")), "not_in_snippet"),
        (said((";", "name")), "not_a_span"),
        (said(("Bob", "secret")), "unknown_kind"),
        (said(("Bob", "NAME")), "unknown_kind"),
        (said(("bob", "name")), "not_in_snippet"),
        (said(("Carla", "name")), "not_in_snippet"),
        (said(("Anntow", "city")), "part_of_a_word"),
        (said(("[NAME_0000]", "name")), "placeholder"),
        (said(("Dear [NAME_0000]", "name")), "placeholder"),
        (said(("Ann Lee gave it to Bob, says Ann Lee", "name")), "too_long"),
    ],
)
def test_anything_else_is_refused_and_counted(answer: str, reason: str) -> None:
    marked, refused = _marked(answer, SNIPPET.replace("B", "Z") if answer == said(("B", "name")) else SNIPPET)
    assert marked == [] and refused == {reason: 1}


def test_an_answer_that_broke_off_is_refused() -> None:
    assert _marked(said(("Bob", "name")), stop_reason="max_tokens") == ([], {"unfinished": 1})
    assert _marked(said(("Bob", "name")), stop_reason="refusal") == ([], {"unfinished": 1})


def test_of_overlapping_spans_the_longest_stays_and_a_second_kind_is_refused() -> None:
    marked, refused = _marked(said(("Ann", "name"), ("Ann Lee", "name"), ("Ann Lee", "city"), ("gave it", "street")))
    assert marked == ["Ann Lee", "gave it", "Ann Lee"] and refused == {"overlapping": 2}


def test_many_short_spans_cannot_mask_a_whole_text() -> None:
    snippet = "The kettle boils quickly and has a handle that stays cool in the hand of whoever pours"
    marked, refused = _marked(said(*((word, "name") for word in snippet.split())), snippet)
    assert marked == [] and refused["too_much"] > 10


def test_a_short_text_may_be_all_name() -> None:
    assert _marked(said(("Ann Lee", "name")), "Ann Lee") == (["Ann Lee"], {})


_SPAN = st.tuples(st.sampled_from(SNIPPET.split()) | st.text(max_size=12), st.sampled_from([*KINDS, "secret", ""]))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)


@given(st.text() | _JSON.map(json.dumps) | st.lists(_SPAN).map(lambda spans: said(*spans)), st.text(max_size=200))
def test_whatever_the_answer_the_marks_are_words_of_the_snippet_and_no_placeholder(answer: str, more: str) -> None:
    for snippet in (SNIPPET, f"{SNIPPET} {more}", more):
        verdict = verified(answer, "end_turn", snippet)
        assert is_sound(verdict.marks, snippet)
        assert all(one.kind in KINDS for one in verdict.marks)
        left = list(snippet)
        for one in verdict.marks:
            left[one.start : one.end] = [""] * (one.end - one.start)
        assert PLACEHOLDER.findall("".join(left)) == PLACEHOLDER.findall(snippet)
        if len(snippet) > 64:
            assert sum(one.end - one.start for one in verdict.marks) <= MAX_SHARE * len(snippet)


@pytest.mark.parametrize(
    "marks",
    [
        [Mark(5, 3, "name")],
        [Mark(0, 3, "name"), Mark(2, 5, "name")],
        [Mark(-1, 2, "name")],
        [Mark(0, 10_000, "name")],
        [Mark(0, 3, "secret")],
        [Mark(44, 48, "name")],
    ],
)
def test_marks_that_are_not_the_snippets_are_seen(marks: list[Mark]) -> None:
    assert is_sound([Mark(0, 7, "name")], SNIPPET) and not is_sound(marks, SNIPPET)


@pytest.mark.parametrize(
    ("snippet", "value", "titles", "is_kept"),
    [
        ("My Instant Pot broke", "Instant Pot", ["Instant Pot Duo 7-in-1"], True),
        ("bought for Ann Lee", "Ann Lee", ["Ann Lee"], False),
        ("My Blue Mug broke", "Blue Mug", ["Blue Mug"], True),
        ("bought for Ann Lee", "Ann Lee", ["Ann Lee's wish list"], False),
        ("Dear Tommy Bahama", "Tommy Bahama", ["Tommy Bahama Shirt"], False),
        ("a Rose Mug", "Rose", [], True),
        ("a mug for Rose", "Rose", [], False),
        ("Add to cart", "Add to", [], True),
        ("Sign in to your account", "Sign in", [], True),
    ],
)
def test_words_of_the_shop_are_protected_unless_they_are_said_of_a_person(
    snippet: str, value: str, titles: list[str], is_kept: bool
) -> None:
    at = snippet.index(value)
    assert is_protected(Mark(at, at + len(value), "name"), snippet, CatalogueWords({}), titles) is is_kept


def test_a_verdict_is_the_same_for_the_same_answer_in_any_order() -> None:
    spans: list[Any] = [("Bob", "name"), ("Ann Lee", "name"), ("Anntown", "city")]
    verdicts: set[str] = {str(verified(said(*order), "end_turn", SNIPPET)) for order in (spans, spans[::-1])}
    assert len(verdicts) == 1 and verified("[]", "end_turn", SNIPPET) == Verdict()
