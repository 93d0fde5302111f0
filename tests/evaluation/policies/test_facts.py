"""Counts, price and rating of pages, as shops of several countries write them."""

from math import isnan

import polars as pl
import pytest

from shopcart_assets.evaluation.policies.facts import page_facts

NAMES = {
    "search_input": "searchbox",
    "refinements.price.under_20": "checkbox",
    "search_results.mug.view_product": "link",
    "search_results.cup.view_product": "link",
    "pagination.2": "link",
    "mug.buy_now": "button",
}


def _facts(html: str, names: dict[str, str]) -> object:
    rows = [("p", name, role) for name, role in names.items()]
    named = pl.DataFrame(rows, {"page_id": pl.String(), "name": pl.String(), "role": pl.String()}, orient="row")
    return page_facts(named, pl.DataFrame({"page_id": ["p"], "html": [html]}))["p"]


def test_targets_are_counted_by_kind() -> None:
    facts = page_facts(
        pl.DataFrame([("p", *one) for one in NAMES.items()], ["page_id", "name", "role"], orient="row"),
        pl.DataFrame({"page_id": ["p", "bare"], "html": ["<html></html>"] * 2}),
    )
    assert (facts["p"].n_products, facts["p"].n_filters, facts["p"].n_pages, facts["p"].n_purchases) == (2, 1, 1, 1)
    assert facts["bare"].n_products == 0 and isnan(facts["bare"].price) and isnan(facts["bare"].rating)


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
    told = [getattr(facts, name) for name in ("price", "rating")]
    assert [None if isnan(one) else one for one in told] == [price, rating]


def test_of_a_list_they_are_the_first_products_not_the_filters() -> None:
    html = (
        '<html><label><input name="refinements.price.under_20"> Under $20, 4 stars &amp; up</label>'
        '<li><a name="search_results.mug.view_product">Mug</a> $31.50 4.1 stars</li>'
        '<li><a name="search_results.cup.view_product">Cup</a> $8 3.0 stars</li></html>'
    )
    facts = _facts(html, NAMES)
    assert (getattr(facts, "price", 0), getattr(facts, "rating", 0)) == (31.5, 4.1)
