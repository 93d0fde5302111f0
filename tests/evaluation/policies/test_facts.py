"""Counts, price and rating of pages, as shops of several countries write them."""

from math import isnan

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.evaluation.categories import category
from shopcart_assets.evaluation.policies import PageFacts
from shopcart_assets.evaluation.policies.facts import kinds_of_clicks, page_facts
from shopcart_assets.platform.actions import Click

NAMES = {
    "search_input": "searchbox",
    "refinements.price.under_20": "checkbox",
    "search_results.mug.view_product": "link",
    "search_results.cup.view_product": "link",
    "pagination.2": "link",
    "mug.buy_now": "button",
}
NAMED = {"page_id": pl.String(), "name": pl.String(), "role": pl.String()}


def _facts(html: str, names: dict[str, str]) -> PageFacts:
    named = pl.DataFrame([("p", name, role) for name, role in names.items()], NAMED, orient="row")
    return page_facts(named, pl.DataFrame({"page_id": ["p"], "html": [html]}))["p"]


def test_targets_are_counted_by_kind() -> None:
    facts = page_facts(
        pl.DataFrame([("p", *one) for one in NAMES.items()], ["page_id", "name", "role"], orient="row"),
        pl.DataFrame({"page_id": ["p", "bare"], "html": ["<html></html>"] * 2}),
    )
    assert (facts["p"].n_products, facts["p"].n_filters, facts["p"].n_pages, facts["p"].n_purchases) == (2, 1, 1, 1)
    assert facts["bare"].n_products == 0 and isnan(facts["bare"].price) and isnan(facts["bare"].rating)


SEGMENTS = ("buy_now", "view_product", "refinements", "pagination", "mug", "", "x\n")
COUNTED = {"product": "n_products", "filter": "n_filters", "page": "n_pages", "purchase": "n_purchases"}


@given(st.lists(st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map(".".join), min_size=1))
def test_kinds_are_those_of_the_categories(names: list[str]) -> None:
    told = pl.DataFrame({"name": names}).select(is_kind.alias(kind) for kind, is_kind in kinds_of_clicks().items())
    for name, kinds in zip(names, told.to_dicts(), strict=True):
        assert [kind for kind, holds in kinds.items() if holds] == [
            column for kind, column in COUNTED.items() if category(Click(name)) == kind
        ]


PIECES = (
    "$",
    "EUR ",
    "€",
    "\u0663",
    "9" * 40,
    "1,299",
    ".95",
    " 4.5",
    " out of 5",
    " stars",
    "5,5 von 5",
    '.view_product"',
    " ",
)


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map("".join))
def test_hostile_pages_give_finite_numbers_or_none(html: str) -> None:
    facts = page_facts(pl.DataFrame(schema=NAMED), pl.DataFrame({"page_id": ["p"], "html": [html]}))["p"]
    assert isnan(facts.price) or 0 <= facts.price < 1e13
    assert isnan(facts.rating) or 0 <= facts.rating < 6


@pytest.mark.parametrize(
    ("text", "price", "rating"),
    [
        ("$76 4.8 stars (68)", 76.0, 4.8),
        ("4.6 out of 5 stars, 1,216 ratings $1,299.95", 1299.95, 4.6),
        ("4,6 von 5 Sternen 1.299,00 €", 1299.0, 4.6),
        ("EUR 12,50", 12.5, None),
        ("249 kr 5 stars", 249.0, 5.0),
        ("model 500, 12 oz, since 1990", None, None),
    ],
)
def test_price_and_rating(text: str, price: float | None, rating: float | None) -> None:
    facts = _facts(f"<html><p>{text}</p></html>", {})
    assert [None if isnan(one) else one for one in (facts.price, facts.rating)] == [price, rating]


def test_of_a_list_they_are_the_first_products_not_the_filters() -> None:
    html = (
        '<html><label><input name="refinements.price.under_20"> Under $20, 4 stars &amp; up</label>'
        '<li><a name="search_results.mug.view_product">Mug</a> $31.50 4.1 stars</li>'
        '<li><a name="search_results.cup.view_product">Cup</a> $8 3.0 stars</li></html>'
    )
    facts = _facts(html, NAMES)
    assert (facts.price, facts.rating) == (31.5, 4.1)
