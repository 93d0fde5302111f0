"""Fields that ask for personal data, in the ways in which shops name them; fields in which people search are none."""

import pytest

from shopcart_assets.privacy.fields import kind_of_field


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("customer[first_name]", "name"),
        ("lastName", "name"),
        ("billing-last-name", "name"),
        ("address-ui-widgets-enterAddressFullName", "name"),
        ("Vorname", "name"),
        ("cardHolderName", "name"),
        ("shipping_address_1", "street"),
        ("addressLine2", "street"),
        ("shippingCity", "city"),
        ("user.postalCode", "postcode"),
        ("mobilePhone", "phone"),
        ("newsletter_email", "email"),
        ("creditCardNumber", "card"),
        ("giftMessageText", "message"),
        ("gift[message]", "message"),
    ],
)
def test_the_last_words_of_a_name_or_an_id_tell(name: str, kind: str) -> None:
    assert kind_of_field({"name": name}) == kind_of_field({"id": name}) == kind


@pytest.mark.parametrize(
    ("label", "kind"),
    [("First name", "name"), ("Enter your gift message *", "message"), ("Ihre Straße", "street"), ("E-mail", "email")],
)
def test_a_label_tells_by_all_its_words(label: str, kind: str) -> None:
    assert kind_of_field({"aria-label": label}) == kind_of_field({"placeholder": label}) == kind
    assert kind_of_field({"placeholder": f"{label} of the brand"}) is None


def test_the_keys_of_a_telephone_tell_unless_something_is_counted() -> None:
    assert kind_of_field({"type": "tel", "name": "sms_reminder"}) == "phone"
    assert kind_of_field({"type": "email", "name": "x"}) == "email"
    assert kind_of_field({"type": "tel", "name": "quantity"}) is None


@pytest.mark.parametrize(
    "attributes",
    [
        {"name": "k"},
        {"id": "search-mobile"},
        {"name": "productName"},
        {"id": "list_name"},
        {"name": "q", "placeholder": "Search by city"},
        {"name": "search_city"},
        {"type": "search", "id": "header-phone"},
        {"name": "quantity", "aria-label": "Quantity"},
        {"name": "x" * 100_000 + "email"},
        {},
    ],
)
def test_a_search_and_a_product_s_name_are_nobody_s(attributes: dict[str, str]) -> None:
    assert kind_of_field(attributes) is None


@pytest.mark.parametrize(("label", "kind"), [("Name", "name"), ("Customer", "name"), ("Recipient's email", "email")])
def test_a_field_called_name_asks_for_one_though_a_label_on_a_page_may_mean_goods(label: str, kind: str) -> None:
    assert kind_of_field({"placeholder": label}) == kind_of_field({"aria-label": label}) == kind
