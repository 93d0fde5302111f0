"""The rules: the file fits its model, markers and shapes find their zones."""

import pytest
from pydantic import ValidationError

from shopcart_assets.privacy.rules import KINDS, Rules, load_rules, rules_of


def test_a_typing_error_in_the_rules_is_refused() -> None:
    with pytest.raises(ValidationError):
        Rules.model_validate(load_rules().model_dump() | {"zoness": []})
    with pytest.raises(ValidationError):
        Rules.model_validate(load_rules().model_dump() | {"fields": {"nmae": ["x"]}})


def test_every_kind_of_a_field_is_known() -> None:
    assert set(load_rules().fields) <= set(KINDS)


@pytest.mark.parametrize(
    ("host", "attribute", "value", "zone"),
    [
        ("shop.example", "id", "glow-ingress-line2", "deliver_to"),
        ("shop.example", "class", "a b user-greeting", "greeting"),
        ("shop.example", "class", "greeting-cards product", None),
        ("shop.example", "data-hook", "review-author", "review_author"),
        ("shop.example", "aria-label", "Hello, Ann", "greeting"),
        ("www.campingworld.com", "class", "author", "review_author"),
        ("shop.example", "class", "author", None),
        ("shop.example", "class", "AddressCard_line__q0RnE", "address_line"),
        ("shop.example", "itemprop", "streetAddress", "address_street"),
        ("shop.example", "data-testid", "delivery-address__town", "address_town"),
        ("shop.example", "class", "a-profile-name", "review_author"),
    ],
)
def test_markers(host: str, attribute: str, value: str, zone: str | None) -> None:
    found = rules_of(host).zone_of(attribute, value)
    assert (found.zone if found else None) == zone


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Hello, Ann", "greeting"), ("HELLO,  Ann Lee!", "greeting"), ("Welcome back Ann", "greeting"), ("Deliver to Ann -", "deliver_to"),
        ("Not Ann? Sign Out", "greeting"), ("Visa ending in 4242", "payment"), ("Hello Kitty Mug", None), ("Deliver to your door", None),
        ("Not Sure? Ask us", "greeting"), ("Hi Ann!", "greeting"), ("Hello Ann Lee, pick a slot", "greeting"), ("Hello kitty, pick one", None), ("not sure? ask us", None),
    ],
)  # fmt: skip
def test_shapes_of_texts(text: str, zone: str | None) -> None:
    found = rules_of("shop.example").zone_of_text(text)
    assert (found.zone if found else None) == zone
