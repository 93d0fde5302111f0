"""Streets by their shape, and numbers of goods that have one like it."""

import pytest

from shopcart_assets.privacy.free_text.streets import may_hold_street, streets_in


@pytest.mark.parametrize(
    "street",
    [
        "1742 Zanzibrook Lane",
        "266 HICKORY LANE",
        "12 West 84th Street",
        "5 Old Mill Rd",
        "903 impasse du Moulin",
        "18 rue de la République",
        "Calle Mayor 970",
        "Avenida de la Constitución 200",
        "via Garibaldi 12",
        "Hauptstraße 484",
        "GOETHESTRASSE 440",
        "Am Markt 876",
        "Dorpsstraat 7",
        "Storgatan 31",
        "ulica Polna 5",
        "100 Queen Street West",
        "Avenida Boyacá # 24-21",
        "Diagonal 50 Sur # 41 - 21",
        "Carrera 7 #45-18",
        "Hinter der Kirche 24",
    ],
)
@pytest.mark.parametrize(
    "sentence", ["We could not find {}, is it right?", "parcel left at {} with a neighbour", '{{"to": "{}"}}']
)
def test_a_street_is_found_in_a_sentence(street: str, sentence: str) -> None:
    text = sentence.format(street)
    assert _found(text) == [street]
    assert may_hold_street(text, text.split())


@pytest.mark.parametrize(
    "text",
    [
        "500 GB Hard Drive",
        "12 Piece Place Setting",
        "Issue 2 Indoor Court Shoe",
        "3/8 Drive Socket",
        "2 Way Radio",
        "Pack of 12",
        "on $5 Elm Street prints",
        "[STREET_7F3A] Lane",
        "4 Wheel Drive Truck",
        "The Wall Street Journal",
    ],
)
def test_numbers_of_goods_are_no_streets(text: str) -> None:
    assert _found(text) == []


def test_a_text_of_one_endless_word_takes_no_time_and_hides_no_street_behind_it() -> None:
    text = "A1-" * 100_000 + " 266 Hickory Lane"
    assert _found(text) == ["266 Hickory Lane"]


def _found(text: str) -> list[str]:
    return [text[start:end] for start, end in streets_in(text)]
