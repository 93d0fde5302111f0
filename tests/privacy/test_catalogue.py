"""Where goods are described, and which words are theirs."""

import pytest
from lxml import html

from shopcart_assets.privacy.catalogue import CatalogueWords, catalogue_words, holds_catalogue, is_catalogue, titles_on


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<h2><a id=x>Mug</a></h2>", True),
        ("<div class='s-item__title'><b id=x>Mug</b></div>", True),
        ("<span id=productTitle>Mug</span>", True),
        ("<a href=/dp/B1><b id=x>Mug</b></a>", True),
        ("<a href=/gp/css/homepage.html><b id=x>Mug</b></a>", False),
        ("<body class=product-name-page><p id=x>Mug</p></body>", False),
        ("<div class=chat><p id=x>Mug</p></div>", False),
    ],
)
def test_a_catalogue_is_marked_on_the_element_or_around_it(markup: str, expected: bool) -> None:
    element = next(
        one for one in html.fromstring(f"<html>{markup}</html>").iter() if one.get("id") in ("x", "productTitle")
    )
    assert is_catalogue(element) is expected


def test_a_card_holds_the_title_in_it() -> None:
    card = html.fromstring("<div><img><h3>Mug</h3></div>")
    assert holds_catalogue(card) and not is_catalogue(card)


def test_words_of_three_users_catalogues_are_of_the_trade_and_of_one_user_not() -> None:
    pages = [
        (user, ["Oslo Chair", "Zebroski Lamp" if user == "u1" else "New York Lamp"])
        for user in ("u1", "u1", "u2", "u3", "u4")
    ]
    words = catalogue_words(pages)
    assert words.has("OSLO") and words.has("New York") and words.has("Oslo Chair")
    assert not words.has("Zebroski") and not words.has("York Oslo")


def test_common_words_are_of_the_trade_without_any_page() -> None:
    assert CatalogueWords({}).has("Brown") and not CatalogueWords({}).has("Anna Brown")


def test_titles_are_the_headings() -> None:
    assert titles_on(html.fromstring("<div><h2> Red <b>Mug</b></h2><p>no</p><h1>Shop</h1></div>")) == [
        "Red Mug",
        "Shop",
    ]
