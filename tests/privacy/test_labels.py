"""Values beside their labels, as pages of many shops have them, and what only looks like one."""

import pytest
from lxml import etree, html

from shopcart_assets.privacy.labels import field_attributes, is_of_shop, labelled
from shopcart_assets.privacy.page import scrub_page
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.slots import get


def _labelled(markup: str) -> list[tuple[str | None, str]]:
    """Kind and text of each value, in the page's order."""
    root = html.fromstring(f"<html><body>{markup}</body></html>")
    slots = [(element, where) for element in root.iter("*") for where in ("text", "tail")]
    found = [one for slot in slots if get(slot).strip() and (one := labelled(slot))]
    return [(one.zone.kind, get(one.value).strip()) for one in found]


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ("<dl><dt>Full name</dt><dd>Ann Lee</dd><dt>Mobile</dt><dd>+1 212-664-7665</dd></dl>", ["Ann Lee", "+1 212-664-7665"]),
        ("<table><tr><th>Post code:</th><td>BS5 4LN</td></tr></table>", ["BS5 4LN"]),
        ("<div><span>Town/City</span></div><div>Bath</div>", ["Bath"]),
        ("<p><b>Account holder:</b> Ann de Vries</p>", ["Ann de Vries"]),
        ("<p>Delivery address</p><p>12 Oak Street</p>", ["12 Oak Street"]),
        ("<p>Account holder: Lee, Ann</p>", ["Account holder: Lee, Ann"]),
        ("<h3>Billing address</h3><p>Am Hang 5, 10115 Berlin</p>", ["Am Hang 5, 10115 Berlin"]),
    ],
)  # fmt: skip
def test_what_stands_beside_a_label_is_its_value(markup: str, found: list[str]) -> None:
    assert [value for _, value in _labelled(markup)] == found


@pytest.mark.parametrize(
    "markup",
    [
        "<dl><dt>Name</dt><dd>Foldable Chair</dd></dl>",  # of goods
        "<dl><dt>Colour</dt><dd>Rose</dd></dl>",
        "<p><b>City</b></p><p>Distance</p>",  # by which a list is sorted
        "<p><b>First name</b></p><p><b>Last name</b></p>",
        "<p><b>Full name</b></p><p>Please write it as on your card, in capitals.</p>",
        "<div class='store-locator'><b>Phone</b> <i>212-664-7665</i></div>",
        "<div class='product-title'><h2>Full name</h2><p>Ann Lee</p></div>",
    ],
)
def test_and_other_labels_have_none(markup: str) -> None:
    assert _labelled(markup) == []


def test_an_address_is_the_whole_element_while_it_is_small() -> None:
    root = html.fromstring("<dl><dt>Billing address</dt><dd>5 Elm Road<br>62701 Springfield</dd></dl>")
    found = labelled((root[0], "text"))
    assert found is not None and found.zone.places and found.has_lines
    etree.SubElement(root[1], "ul").extend(etree.Element("li") for _ in range(20))
    assert not found.has_lines


def test_a_shop_is_marked_on_the_element_or_around_it() -> None:
    root = html.fromstring("<footer class='site-footer'><p id=x>5 Elm Road</p></footer>")
    assert is_of_shop(root[0]) and not is_of_shop(html.fromstring("<p class=address>5 Elm Road</p>"))


@pytest.mark.parametrize(
    "markup",
    [
        "<label>Recipient's email or mobile <input value='0496 88 50 02'></label>",
        "<div><label>Recipient's email or mobile</label><input value='0496 88 50 02'></div>",
        "<input aria-label='Email or mobile' value='0496 88 50 02'>",
    ],
)
def test_what_is_typed_into_a_field_is_what_its_label_asks_for(markup: str) -> None:
    page = scrub_page(f"<form>{markup}</form>".encode(), url="", pseudonyms=Pseudonyms(b"secret", "ann"))
    assert "0496" not in page.html and set(page.own) == {"0496 88 50 02"}


def test_a_field_s_own_name_for_itself_stands_before_the_label_around_it() -> None:
    (field,) = html.fromstring("<label>Post code <input aria-label='Colour'></label>")
    assert field_attributes(field) == {"aria-label": "Colour"}


def test_a_label_that_names_another_field_is_not_this_one_s() -> None:
    _, _, field = html.fromstring("<div><input id=a><label for=a>Post code</label><input id=b></div>")
    assert field_attributes(field) == {"id": "b"}
