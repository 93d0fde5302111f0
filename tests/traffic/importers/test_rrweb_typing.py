"""Which button sends what was typed, and how much of a page must change to be an answer."""

from typing import Any

import pytest

from shopcart_assets.traffic.importers.rrweb_targets import target_of
from shopcart_assets.traffic.importers.rrweb_typing import Typing
from tests.traffic.importers.test_rrweb_dom import element, page
from tests.traffic.importers.test_rrweb_html import field, text

BUTTON = element(5, "button", text(6, "Go"))


def in_form(button: dict[str, Any]) -> Any:
    return element(3, "form", field(4, ""), button)


@pytest.mark.parametrize(
    ("body", "is_sent"),
    [
        (in_form(BUTTON), True),
        (in_form(element(5, "button", text(6, "Anmelden"))), True),
        (in_form(element(5, "input", attributes={"type": "image"})), True),
        (in_form(element(5, "button", text(6, "Clear"), attributes={"type": "reset"})), False),
        (in_form(element(5, "button", text(6, "Buy now"))), False),
        (in_form(element(5, "a", text(6, "Help"))), False),
        (in_form(element(5, "button", text(6, "Other"), attributes={"form": "f"})), False),
        (element(3, "div", element(9, "label", field(4, "")), BUTTON), True),
        (element(3, "div", element(9, "label", field(4, "")), element(5, "button", text(6, "Basket"))), False),
        (element(3, "div", field(4, "", type="search"), element(5, "button", text(6, "Basket"))), True),
        (element(3, "div", element(9, "form", field(4, "")), BUTTON), True),
    ],
)
def test_the_button_that_sends_belongs_to_the_field(body: dict[str, Any], is_sent: bool) -> None:
    mirror = page(body)
    node, clicked = mirror.get(4), mirror.get(5)
    assert node is not None and clicked is not None
    typing = Typing(node, target_of(node), None, None, n_nodes=10)
    typing.key("mug", 1, was_focused=True)
    assert typing.is_sent_by(clicked) is is_sent


def test_an_answer_replaces_a_good_part_of_a_page_that_a_person_typed_into() -> None:
    mirror = page(in_form(BUTTON), element(20, "main", *(element(n, "p") for n in range(21, 40))))
    node, results = mirror.get(4), [mirror.get(n) for n in range(21, 40)]
    assert node is not None
    typing = Typing(node, {}, None, None, n_nodes=100)
    typing.key("mug", 1, was_focused=False)
    typing.notice([one for one in results if one] * 2)
    assert not typing.is_answered
    typing.key("mugs", 2, was_focused=False)
    assert not typing.is_answered
    typing.notice([one for one in results if one] * 2)
    assert typing.is_answered and not typing.is_next_search(1_000) and typing.is_next_search(9_000)
