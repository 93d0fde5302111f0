"""People's own words: kept as they were said, placed by their event, refused only where they are no text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.reasoning.human import MAX_CHARACTERS, defect_of, spoken
from tests.reasoning.journey import actions, events


def test_words_stay_as_they_were_said_on_one_line() -> None:
    said = "- the *cheapest*,\n 5 stars :) \u202e and _red_"
    found = spoken(actions(), events(b2=said, a1="user likes mugs"))
    assert found.rationales.select("session_id", "step", "rationale").rows() == [
        ("a", 1, "user likes mugs"),
        ("b", 2, "- the *cheapest*, 5 stars :) and _red_"),
    ]
    assert found.quarantine.is_empty() and found.retries.is_empty()
    assert TABLES["reasoning.rationales"].conform(found.rationales).height == 2


@pytest.mark.parametrize("said", ["", "  ", "...", "\u200b", "[RESTRICTED_7F3A]", "[NAME_00FF], [CITY_12AB]"])
def test_who_said_nothing_has_no_row(said: str) -> None:
    found = spoken(actions(), events(a1=said))
    assert found.rationales.is_empty() and found.quarantine.is_empty()


@pytest.mark.parametrize(
    ("said", "defect"),
    [
        ("see <img src=x onerror=alert(1)>", "has_markup"),
        ("&lt;script&gt;", "has_markup"),
        ("like https://shop.example/x", "has_markup"),
        ("x" * (MAX_CHARACTERS + 1), "too_long"),
    ],
)
def test_what_is_no_plain_text_is_lost_for_good(said: str, defect: str) -> None:
    found = spoken(actions(), events(a2=said))
    assert found.rationales.is_empty()
    assert found.quarantine.select("session_id", "step", "defect", "is_final").rows() == [("a", 2, defect, True)]


def test_an_event_that_became_no_action_says_nothing() -> None:
    assert spoken(actions("b"), events(a1="I want a mug")).rationales.is_empty()


@given(st.text())
def test_any_text_is_kept_rejected_or_nothing(said: str) -> None:
    found = spoken(actions("a"), events(a1=said))
    assert found.rationales.height + found.quarantine.height <= 1
    for line in found.rationales["rationale"]:
        assert line.isprintable() and defect_of(line) is None
