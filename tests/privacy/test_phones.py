"""Numbers of phones behind words, at a distance, and typed alone; numbers of goods that are none."""

import pytest

from shopcart_assets.privacy.phones import phones, typed_phones


def _found(text: str) -> list[str]:
    return list(dict.fromkeys(text[slice(*span)] for span in phones(text)))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("call my dad when you are outside 3386114021", "3386114021"),
        ("you can get me on 694-190-809 after five", "694-190-809"),
        ("We'll send delivery updates to 518 137 220.", "518 137 220"),
        ("can the vet line ring me back? its 0496885002", "0496885002"),
        ("contact her directly: 60 87 36 62", "60 87 36 62"),
        ("ring my dad at the gate, 919 097 985", "919 097 985"),
        ("please call (415) 555-2671", "(415) 555-2671"),
        ("Telefonnummer 030 901820", "030 901820"),
        ("send it straight to my sister, 3008568748, not to me", "3008568748"),
    ],
)
def test_a_number_in_the_sentence_of_a_word_for_a_phone_is_one(text: str, number: str) -> None:
    assert _found(text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "tried 1000000 times",
        "call us before 2026-10-05",
        "Phone case. 20261005 pieces sold",
        "Samsung phone battery 10000000 mAh",
        "text-1234567890",
        "gift for my mother, 12345678 pieces",
    ],
)
def test_other_numbers_are_none(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("919 097 985", ["919 097 985"]),
        ("my daughter as well, 340 70 78 507", ["340 70 78 507"]),
        ("01614222925", ["01614222925"]),
        ("1402894626", []),  # may be an article
        ("0306406152", []),  # an ISBN
        ("0194956623892", []),  # a GTIN
        ("554724-096", []),
        ("iphone 15 128 gb", []),
    ],
)
def test_what_is_typed_is_a_phone_by_its_gaps_or_its_first_sign(text: str, found: list[str]) -> None:
    assert [text[slice(*span)] for span in typed_phones(text)] == found
