"""Sentences for fitting: what is read from templates and lists, and how they are filled."""

import random

import pytest

from shopcart_assets.privacy.benchmark.sentences import Sentence, load_people, load_sentences


def test_lists_and_templates_give_sentences_with_and_without_people() -> None:
    sentences = load_sentences()
    assert sum(one.has_person for one in sentences) > 2_000
    assert sum(not one.has_slot for one in sentences) > 1_500
    assert all(one.text.count("{v}") == one.has_slot for one in sentences)
    assert {one.locales for one in sentences} >= {("de",), ("pl",), ()}
    assert not any("|" in one.text[:5] for one in sentences)


def test_a_name_of_the_sentence_s_language_is_written_into_it() -> None:
    people = load_people()
    polish = {name for code, one in people.items() if code[:2] == "pl" for name in one.given}
    text, start, end = Sentence("Dziękuję, {v}!", "list", locales=("pl",), fields=("given",)).filled(
        people, random.Random(3)
    )
    assert text[start:end] in polish and text == f"Dziękuję, {text[start:end]}!"


@pytest.mark.parametrize("field", ["street", "city"])
def test_a_street_and_a_town_stand_where_nobody_is_named(field: str) -> None:
    sentence = Sentence("we live at {v}", "set", fields=(field,))
    text, start, end = sentence.filled(load_people(), random.Random(3))
    assert (start, end) == (0, 0) and "{v}" not in text and not sentence.has_person


def test_what_is_typed_in_small_letters_is_filled_with_small_letters() -> None:
    text, start, end = Sentence("is {v} in today", "list", is_typed=True).filled(load_people(), random.Random(3))
    assert text.islower() and text[start:end] == text[3:end]
