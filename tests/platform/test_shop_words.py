"""Words of shops in several languages, and what only looks like them."""

import re

import polars as pl
import pytest

from shopcart_assets.platform.shop_words import SIGN_IN_URL, says_purchase

SIGN_IN = [
    "https://www.amazon.com/ap/signin?openid.return_to=x",
    "https://shop.example/customer/account/login/",
    "https://shop.example/Login.aspx?to=%2Fcart",
    "https://accounts.shop.example/v3",
    "//login.shop.example/",
    "/sign-in",
    "https://shop.example/#/login",
    "https://shop.example/anmelden",
]
OTHER = [
    "https://shop.example/login-cabinets",
    "https://shop.example/s?k=login",
    "https://shop.example/s?to=/login",
    "https://loginshop.example/",
    "https://shop.example/design-in-wood",
    "https://shop.example/account",
    "",
]


@pytest.mark.parametrize("url", [*SIGN_IN, *OTHER])
def test_addresses_of_sign_in_pages(url: str) -> None:
    """For both of the pattern's readers."""
    assert bool(re.search(SIGN_IN_URL, url)) is (url in SIGN_IN)
    assert pl.Series([url]).str.contains(SIGN_IN_URL).item() is (url in SIGN_IN)


@pytest.mark.parametrize(
    "text", ["Buy it now", "Add 2 to basket", "In den Einkaufswagen", "+ Add to your Cart", "Acheter"]
)
def test_words_that_buy(text: str) -> None:
    assert says_purchase("", [text])


@pytest.mark.parametrize("text", ["How to buy now", "Added to cart", "Buy nowhere else", "View cart", ""])
def test_words_that_do_not(text: str) -> None:
    assert not says_purchase("", [text])


@pytest.mark.parametrize("marks", ["btn addToCart", "add-item-to-bag", "js BUY_NOW"])
def test_what_shops_call_a_control_that_buys(marks: str) -> None:
    assert says_purchase(marks, []) and not says_purchase("add-to-list buyer", [])
