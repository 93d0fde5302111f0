"""Zones: names and places go, the page's own words stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import Zone, load_rules
from shopcart_assets.privacy.zones import find_in_zone, scrub_zone_text

ANN = Pseudonyms(b"secret", "ann")
ZONES = {zone.zone: zone for zone in reversed(load_rules().zones)}


@pytest.mark.parametrize(
    ("zone", "text", "found"),
    [
        ("greeting", "Hello, Ann Lee", [("name", "Ann Lee")]),
        ("greeting", "Hello, sign in Account & Lists", []),
        ("greeting", "Ann's Account", [("name", "Ann")]),
        ("greeting", "Not Ann? Sign Out", [("name", "Ann")]),
        (
            "deliver_to",
            "Deliver to Ann -\u00a0Springfield 62701\u200c",
            [("name", "Ann"), ("city", "Springfield"), ("postcode", "62701")],
        ),
        ("deliver_to", "Deliver to New York 10001", [("city", "New York"), ("postcode", "10001")]),
        ("deliver_to", "Select your address", []),
        (
            "address",
            "Ann Lee, 12 Oak Street, Springfield, IL 62701, United States",
            [("name", "Ann Lee"), ("street", "12 Oak Street"), ("city", "Springfield"), ("postcode", "62701")],
        ),
        (
            "address",
            "Hauptstraße 5, 10115 Berlin",
            [("street", "Hauptstraße 5"), ("postcode", "10115"), ("city", "Berlin")],
        ),
        ("address", "575, Shivaji Path", [("street", "575, Shivaji Path")]),
        ("address", "5 St Aidan's Close", [("street", "5 St Aidan's Close")]),
        ("address", "Rua Dom Afonso Henriques, 714", [("street", "Rua Dom Afonso Henriques, 714")]),
        ("address", "3389535037", [("phone", "3389535037")]),
        ("address", "T: 911 135 568", [("phone", "911 135 568")]),
        ("address", "Malmö, 419 34", [("city", "Malmö"), ("postcode", "419 34")]),
        ("address", "Stoke-on-Trent ST1 5BJ", [("city", "Stoke-on-Trent"), ("postcode", "ST1 5BJ")]),
        ("deliver_to", "Ship to 643, Lake View Layout", [("street", "643, Lake View Layout")]),
        ("deliver_to", "Ship to Store Street 214", [("street", "Store Street 214")]),
        ("deliver_to", "Deliver to Łódź 50-243", [("city", "Łódź"), ("postcode", "50-243")]),
        ("address_number", "Max distance of 20147", [("postcode", "20147")]),
        ("address", "London SW1A 1AA", [("city", "London"), ("postcode", "SW1A 1AA")]),
        ("payment", "Visa ending in 4242, name on card: Ann Lee", [("card", "4242"), ("name", "Ann Lee")]),
        ("orders", "Order placed May 4, 2026 Total $1,299.00 Ship to Ann Lee", [("name", "Ann Lee")]),
        ("orders", "# 20260504", [("order", "20260504")]),
        ("gift_message", "Happy birthday, dear Ann!", [("message", "Happy birthday, dear Ann")]),
        ("review_author", "By Ann L. on May 4, 2026", [("name", "Ann L.")]),
        ("review_author", "Amazon Customer", []),
    ],
)
def test_the_personal_pieces_of_a_zone(zone: str, text: str, found: list[tuple[str, str]]) -> None:
    assert [(span.kind, span.value) for span in find_in_zone(text, ZONES[zone])] == found


def test_chrome_words_stay_and_values_are_kept_in_memory_only() -> None:
    values: dict[str, str] = {}
    text, findings = scrub_zone_text("Deliver to Ann, ann@example.com", ZONES["deliver_to"], "text", ANN, values)
    assert text == f"Deliver to {ANN.placeholder('name', 'Ann')}, {ANN.placeholder('email', 'ann@example.com')}"
    assert values == {
        "Ann": ANN.placeholder("name", "Ann"),
        "ann@example.com": ANN.placeholder("email", "ann@example.com"),
    }
    assert "Ann" not in repr(findings)


@given(
    st.sampled_from(list(ZONES.values())),
    st.text()
    | st.lists(
        st.sampled_from(["Ann", " ", ",", "Deliver to", "62701", "12 Oak St", "'s", "[NAME_7F3A]", "\n", "Hello"])
    ).map("".join),
)
def test_a_second_pass_over_a_zone_finds_nothing_more(zone: Zone, text: str) -> None:
    once, _ = scrub_zone_text(text, zone, "text", ANN, {})
    assert scrub_zone_text(once, zone, "text", ANN, {}) == (once, [])


def test_an_address_of_endless_streets_is_read_to_its_end() -> None:
    streets = find_in_zone("Viale dei Mille, 329, " * 5_000 + "Reggio Calabria 24708", ZONES["address"])
    assert [span.kind for span in streets] == ["street"] * 5_000 + ["city", "postcode"]


def test_a_zone_of_endless_digits_is_read_in_time_that_grows_with_it() -> None:
    deliver_to = next(zone for zone in load_rules().zones if zone.zone == "deliver_to")
    found = find_in_zone("Deliver to Ann: " + "01. " * 20_000 + "12345 Springfield", deliver_to)  # took minutes
    assert [(found[0].kind, found[0].value), found[-1].kind] == [("name", "Ann"), "city"]
