"""What a recorder's target says of the element; a doubt is never a click on nothing."""

import json
from typing import Any

import polars as pl
import pytest

from shopcart_assets.traffic.elements import FACTS, describe, facts_of


@pytest.mark.parametrize(
    "target",
    [
        {"tag": "div", "text": "24 results"},
        {"tag": "BODY"},
        {"tag": "div", "xpath": "/html/body/ul/li[2]/div"},
        {"tag": "span", "xpath": "/html/body/div[2]/span"},
        {"tag": "img", "xpath": "/html/body/main/img", "attributes": None},
        {"tag": "p", "css": "main > p.abstract", "attributes": {"class": "abstract"}},
    ],
)
def test_a_click_there_acts_on_nothing(target: dict[str, Any]) -> None:
    assert facts_of(target)["is_nowhere"]


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"text": "Red mug"},
        {"tag": "a"},
        {"tag": "li", "text": "mug tree"},
        {"tag": "my-button"},
        {"tag": "span", "text": "Red mug"},
        {"tag": "img", "node_id": "5"},
        {"tag": "span", "xpath": "//*[@id='x']/span"},
        {"tag": "span", "xpath": "/html/body/ul/li[2]/span"},
        {"tag": "div", "xpath": "/html/body/a[3]/div"},
        {"tag": "div", "css": "a.card > div"},
        {"tag": "div", "href": "/red-mug"},
        {"tag": "div", "attributes": {"onclick": "go()"}},
        {"tag": "div", "attributes": {"tabindex": "0"}},
        {"tag": "div", "attributes": {"ROLE": "button"}},
        {"tag": "div", "text": "Add to cart"},
        {"tag": "div", "attributes": {"class": "search-btn"}},
        {"tag": "div", "attributes": {"contenteditable": "true"}},
    ],
)
def test_a_click_there_may_act(target: dict[str, Any]) -> None:
    assert not facts_of(target)["is_nowhere"]


def test_fields_are_told_from_what_else_has_a_value() -> None:
    def says(fact: str, tag: str, **attributes: str) -> bool:
        return bool(facts_of({"tag": tag, "attributes": attributes})[fact])

    assert all(says("is_field", "input", type=kind) for kind in ("text", "Search", "email"))
    assert says("is_field", "textarea") and says("is_field", "div", role="searchbox")
    assert not says("is_field", "input") and says("may_be_field", "input") and says("takes_text", "input")
    assert not any(says("takes_text", "input", type=kind) for kind in ("checkbox", "radio", "submit"))
    assert (
        not says("takes_text", "select") and not says("takes_enter", "textarea") and not says("takes_enter", "button")
    )
    assert says("is_search_field", "input", name="q") and not says("is_search_field", "input", name="quantity")


def test_a_button_that_searches_buys_or_leads_to_sign_in() -> None:
    assert facts_of({"tag": "button", "text": "Go"})["is_search_button"]
    assert facts_of({"tag": "input", "attributes": {"type": "submit", "value": "Suchen"}})["is_search_button"]
    assert not facts_of({"tag": "a", "text": "Go to the sale"})["is_search_button"]
    assert not facts_of({"tag": "button", "text": "Find the best price in our sale"})["is_search_button"]
    assert facts_of({"tag": "input", "attributes": {"type": "submit", "value": "Add to Cart"}})["is_purchase"]
    assert not facts_of({"tag": "input", "attributes": {"type": "text", "value": "buy now"}})["is_purchase"]
    assert not facts_of({"tag": "a", "text": "How to add to cart"})["is_purchase"]
    assert facts_of({"tag": "a", "href": "https://shop.example/login?to=/cart"})["is_to_sign_in"]


def test_a_name_that_the_recorder_gave_decides_what_buys_as_it_does_in_context() -> None:
    assert facts_of({"name": "buybox.purchase_form.buy_now"})["is_purchase"]
    assert not facts_of({"name": "buybox.purchase_form.add_to_cart", "text": "Add to cart"})["is_purchase"]


def test_an_element_is_known_by_the_first_locator_that_was_given() -> None:
    named = {"id": "q", "name": "k"}
    assert facts_of({"node_id": 7, "xpath": "/html", "attributes": named})["element"] == "node_id=7"
    assert facts_of({"css": "#q", "attributes": named})["element"] == "css=#q"
    assert facts_of({"tag": "input", "attributes": named})["element"] == "id=q"
    assert facts_of({"tag": "input"})["element"] is None


def test_each_target_is_described_once_and_strange_ones_too() -> None:
    strange: list[Any] = [
        {"tag": 5, "text": ["x"], "href": {}},
        {"attributes": "no"},
        {"attributes": {"id": None, "x": [1]}},
    ]
    texts = pl.Series([json.dumps(target) for target in strange] * 2 + [None])
    facts = describe(texts)
    assert facts.height == 3 and facts.schema == {**FACTS, "target": pl.String}
    assert describe(texts.clear()).schema == facts.schema
