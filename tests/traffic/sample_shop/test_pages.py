"""The raw pages: noisy and personal as real ones, addressable, and small once the noise is gone."""

import hashlib
import re
from dataclasses import replace
from typing import Any

import lxml.html
import pytest

from shopcart_assets.traffic.sample_shop.catalogue import Catalogue
from shopcart_assets.traffic.sample_shop.pages import Page, Visitor, render, url
from shopcart_assets.traffic.sample_shop.people import person
from shopcart_assets.traffic.sample_shop.views import Shop, View

SHOP = Shop(Catalogue(7), 3)
VISITOR = Visitor(person(4, 7), "f00d")
MENU = tuple(SHOP.catalogue.products.values())[::6]
RESULTS = SHOP.results("steel kettle")
VIEWS: dict[str, View] = {
    "results": RESULTS,
    "filtered": SHOP.results("steel kettle", frozenset({0})),
    "misspelt": SHOP.results("steel ketlte"),
    "product": SHOP.product(RESULTS.cards[0], RESULTS),
    "listed": replace(SHOP.product(RESULTS.cards[0], RESULTS), is_listed=True),
}


def _render(view: View) -> Page:
    return render(view, VISITOR, MENU)


def _parse(page: Page) -> Any:
    return lxml.html.document_fromstring(page.html)


def _visible_main(view: View) -> Any:
    (main,) = _parse(_render(view)).xpath("//main")
    for hidden in main.xpath(".//*[@aria-hidden='true' or contains(@style, 'display:none')]"):
        hidden.drop_tree()
    return main


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_page_is_as_heavy_noisy_and_personal_as_a_real_one(view: View) -> None:
    page = _render(view)
    text = page.html.decode()
    assert 15_000 <= len(page.html) <= 60_000
    for noise in (
        "<script>",
        "<style>",
        "<noscript>",
        "<!--",
        "display:none",
        'aria-hidden="true"',
        'type="hidden"',
        "<svg",
    ):
        assert noise in text
    known = VISITOR.person
    for value in (
        known.first_name,
        known.last_name,
        known.street,
        known.city,
        known.postcode,
        known.email,
        known.phone,
    ):
        assert value in text
    assert page.page_id == hashlib.sha256(page.html).hexdigest() and _render(view) == page


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_everything_that_can_be_acted_on_is_stamped_once(view: View) -> None:
    page = _render(view)
    controls = _parse(page).xpath("//a[@href] | //button | //input[not(@type='hidden')]")
    stamps = [control.get("data-eid") for control in controls]
    assert len(stamps) > 50 and None not in stamps and len(set(stamps)) == len(stamps)
    assert set(page.eids.values()) <= set(stamps)


def test_the_part_that_matters_is_semantic_and_small() -> None:
    (form,) = _parse(_render(RESULTS)).xpath("//form[@role='search']")
    assert form.xpath(".//input[@name='q']/@value") == ["steel kettle"]
    main = _visible_main(RESULTS)
    assert len(main.xpath(".//li[contains(@class, 'product-card')]")) == 3
    assert len(re.findall(r"\w+", main.text_content())) < 60


def test_personal_data_stand_in_no_address_and_in_no_visible_part_of_the_main_content() -> None:
    for view in VIEWS.values():
        main = _visible_main(view)
        for value in (VISITOR.person.first_name, VISITOR.person.street, VISITOR.person.city):
            assert value not in main.text_content() and value not in url(view)


def test_a_hostile_name_is_only_text() -> None:
    hostile = replace(VISITOR.person, first_name="</script><img src=x onerror=alert(1)>")
    page = render(RESULTS, Visitor(hostile, "f00d"), MENU)
    assert b"<img" not in page.html and _parse(page).xpath("//img") == []
