"""What stands behind a street, in the order of several countries."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.privacy.free_text.addresses import TOWN_LINE, UNIT_LINE, find_addresses


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mireille, 12 rue des Lilas, 69003 Lyon", "12 rue des Lilas|69003|Lyon"),
        ("we live at 22 Baker Street, London NW1 6XE", "22 Baker Street|London|NW1 6XE"),
        ("Lindenallee 12, 04105 Leipzig", "Lindenallee 12|04105|Leipzig"),
        ("Calle Mayor 970, 3º B, 28013 Madrid", "Calle Mayor 970|28013|Madrid"),
        ("5 Elm Street, Apt 4B, Springfield, IL 62701 is mine", "5 Elm Street|Springfield|62701"),
        ("5 Elm St. Springfield, IL 62701", "5 Elm St.|Springfield|62701"),
        ("5 Elm Street\n  SPRINGFIELD, IL 62701", "5 Elm Street|SPRINGFIELD|62701"),
        ("ul. Długa 12/5, 00-238 Warszawa", "ul. Długa 12|00-238|Warszawa"),
        ("Hoofdstraat 12, 1234 AB Utrecht", "Hoofdstraat 12|1234 AB|Utrecht"),
        ("100 Queen Street West, Toronto, ON M5H 2N2", "100 Queen Street West|Toronto|M5H 2N2"),
        ("Rua Augusta 120, São Paulo - SP, 01305-000", "Rua Augusta 120|São Paulo|01305-000"),
        ("Kungsgatan 12, 111 43 Stockholm", "Kungsgatan 12|111 43|Stockholm"),
        ("10 Hill Road, St. Albans AL1 3AB", "10 Hill Road|St. Albans|AL1 3AB"),
        ("5 Elm Street, Unit 3, Upper Town, Leeds LS1 1AA", "5 Elm Street|Upper Town|Leeds|LS1 1AA"),
        ("from 5 Elm Street, Salem 97301 to 7 Oak Road, Bend 97701", "5 Elm Street|Salem|97301|7 Oak Road|Bend|97701"),
        ("I live at 5 Elm Street. Then 20000 came", "5 Elm Street."),
        ("575 Market Street, Suite 2450", "575 Market Street"),
        ("12 Cans Dr. Pepper, 12345 Units", ""),
    ],
)
def test_the_town_and_the_postcode_go_with_the_street(text: str, said: str) -> None:
    spans = find_addresses(text)
    assert [span.value for span in spans] == list(filter(None, said.split("|")))
    assert [text[span.start : span.end] for span in spans] == [span.value for span in spans]


@pytest.mark.parametrize(
    "text", ["04105 Leipzig", "Salem, OR 97301", "London NW1 6XE", "SALEM OR 97301", "1012 AB Amsterdam"]
)
def test_a_line_of_a_town(text: str) -> None:
    assert re.search(TOWN_LINE, text)


@pytest.mark.parametrize("text", ["12000 BTU", "Lamp 12", "97301", "Salem", "is Salem, OR 97301"])
def test_and_what_is_none(text: str) -> None:
    assert not re.search(TOWN_LINE, text)


def test_a_flat_is_no_town() -> None:
    assert UNIT_LINE.fullmatch("Suite 2450") and not UNIT_LINE.fullmatch("Salem 97301")


@given(
    st.lists(
        st.sampled_from(["5", "Elm", "Street", ",", "Salem", "97301", "OR", "\n", ".", "Suite", "NW1 6XE", "Via"]),
        max_size=20,
    )
)
def test_spans_are_in_order_and_apart(pieces: list[str]) -> None:
    spans = find_addresses(" ".join(pieces))
    assert all(one.start < one.end <= other.start for one, other in pairwise(spans))
