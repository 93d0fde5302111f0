"""The shipped recipes: the paper's Appendix B from raw markup, and real pages, judged by eyes that know nothing of the builder."""

from pathlib import Path

import pytest
from lxml import html as lxml_html
from lxml.html import HtmlElement

from shopcart_assets.context.simplify import Page, simplify
from tests.context.raw_amazon import canonical, raw_page

AMAZON_SEARCH = ("amazon_com_search_2022_webshop", "amazon_com_search_2026_pricechecker")
AMAZON_PRODUCT = (
    "amazon_com_product_2022_webshop",
    "amazon_com_product_2026_pricechecker",
    "amazon_com_product_relay_metascraper",
    "amazon_com_product_shopping",
)
SMALL = """<html><head><title>Amazon.com : mug</title></head><body><form role="search"><input name="search_input" value="mug"
type="text" aria-label="Search Amazon"><input name="search_button" type="submit" value="Go"></form><div name="refinements">
<div><span class="refinement-title">Customer Reviews</span><li name="refinements.customer_reviews.4_stars__up" role="checkbox">
4 Stars &amp; Up<input type="checkbox"></li></div><div><span class="refinement-title">Color</span>
<li name="refinements.color.red" role="checkbox">Red<input type="checkbox"></li></div></div><div><div class="search-result">
<a name="search_results.käfer_mug_12_oz__red.view_product" class="product-name">Käfer Mug, 12 oz & Red</a>
<div class="product-review"><span class="product-rating">4.3 out of 5 stars</span><span class="product-rating-count">8520.0
reviews</span></div><div class="product-price"><span>$9.99</span></div><div class="product-delivery">FREE delivery Mon Mar 17</div>
</div><span name="pagination"><span name="pagination.1" aria-label="Current page, page 1">1</span>
<a name="pagination.2" aria-label="Go to page 2">2</a><a aria-label="...">...</a></span></div></body></html>"""


def test_a_small_page_in_the_paper_s_format_comes_back_from_raw_markup() -> None:
    page = simplify(raw_page(SMALL), token_budget=0)
    assert page.recipe == "amazon" and page.warnings == ()
    assert canonical(page.html) == canonical(SMALL)


def test_appendix_b_comes_back_from_raw_markup_with_all_41_names(shared: Path) -> None:
    golden = (shared / "reference" / "appendix_b.html").read_text()
    page = simplify(raw_page(golden), token_budget=0, url="https://www.amazon.com/s?k=pressure+washer")
    assert canonical(page.html) == canonical(golden)
    derived = {str(name) for name in _tree(golden).xpath("//@name") if str(name).count(".") == 2}
    assert len(derived) == 41 and derived == {one.name for one in page.names if one.name.count(".") == 2}
    assert canonical(simplify(raw_page(golden), token_budget=0, recipe="none").html) != canonical(golden)


def _tree(page: str | bytes) -> HtmlElement:
    return lxml_html.document_fromstring(page)


def read(shared: Path, name: str) -> tuple[HtmlElement, Page]:
    raw = (shared / "pages" / f"{name}.html").read_bytes()
    return _tree(raw), simplify(raw, token_budget=0, with_paths=True)


def named(root: HtmlElement, page: Page) -> dict[HtmlElement, str]:
    """Elements of the raw tree by the paths that the page gives: each leads to one element of its tag."""
    found = {}
    for one in page.names:
        (element,) = root.xpath(one.xpath)
        assert element.tag == one.tag
        found[element] = one.name
    return found


def words(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isascii() and sign.isalnum())


@pytest.mark.parametrize("name", AMAZON_SEARCH)
def test_every_product_link_of_real_amazon_results_is_named(shared: Path, name: str) -> None:
    root, page = read(shared, name)
    names = named(root, page)
    results = root.xpath('//*[@data-component-type="s-search-result"]')
    assert (
        len(results) == {"amazon_com_search_2022_webshop": 59}.get(name, 22)
        and page.recipe == "amazon"
        and page.warnings == ()
    )
    for result in results:
        title = result.xpath(".//h2")[0]
        links = [*title.iterancestors("a"), *title.iterdescendants("a")]
        assert len(links) == 1
        start, segment, leaf = names[links[0]].split(".")
        assert (start, leaf) == ("search_results", "view_product")
        assert words(segment).startswith(words(title.text_content()))


def test_every_product_link_of_real_ebay_results_is_named(shared: Path) -> None:
    root, page = read(shared, "ebay_com_search_2022_webshop")
    names = named(root, page)
    results = root.xpath('//ul[contains(@class, "srp-results")]/li[contains(@class, "s-item ")]')
    assert len(results) == 60 and page.recipe == "ebay" and page.warnings == ()
    for result in results:
        (title,) = result.xpath('.//h3[contains(@class, "s-item__title")]')
        start, segment, leaf = names[title.getparent()].split(".")
        assert (start, leaf) == ("search_results", "view_product")
        assert words(segment) == words(title.text_content())


@pytest.mark.parametrize("name", AMAZON_SEARCH)
def test_real_filters_and_pages_have_the_paper_s_names(shared: Path, name: str) -> None:
    root, page = read(shared, name)
    names = named(root, page)
    filters = root.xpath('//*[@id="s-refinements"]//a[contains(@class, "s-navigation-item")]')
    hidden = {
        one for link in filters for one in (link, *link.iterancestors()) if "display:none" in one.get("style", "")
    }
    shown = [link for link in filters if not hidden.intersection([link, *link.iterancestors()])]
    assert len(shown) > 80 and all(
        names[link].count(".") == 2 and names[link].startswith("refinements.") for link in shown
    )
    assert "refinements.customer_reviews.4_stars__up" in names.values()
    assert {"search_input", "search_button", "pagination.1", "pagination.2", "refinements.color.black"} <= set(
        names.values()
    )


@pytest.mark.parametrize("name", AMAZON_PRODUCT)
def test_the_purchase_on_real_product_pages_has_the_paper_s_name(shared: Path, name: str) -> None:
    root, page = read(shared, name)
    names = named(root, page)
    (buy,) = root.xpath('//*[@id="buy-now-button"]')
    assert names[buy] == "add_to_cart_field.add_to_cart.buy_now" and page.warnings == ()
    (add,) = root.xpath('//*[@id="add-to-cart-button"]')
    assert names[add] == "add_to_cart_field.add_to_cart.add_to_cart.buy_now"
    assert {"search_input", "search_button", "rating", "reviews"} <= set(names.values())
    assert '<span class="product-name">' in page.html and '<div class="product-price">' in page.html


@pytest.mark.parametrize("name", [*AMAZON_SEARCH, "ebay_com_search_2022_webshop", "amazon_com_product_2022_webshop"])
def test_a_real_context_read_again_keeps_its_names(shared: Path, name: str) -> None:
    _, page = read(shared, name)
    assert [one.name for one in simplify(page.html, token_budget=0).names] == [one.name for one in page.names]


def test_other_sites_choose_no_recipe(shared: Path) -> None:
    others = [one for one in (shared / "pages").glob("*.html") if not one.name.startswith(("amazon", "ebay"))]
    assert len(others) == 33
    assert {simplify(one.read_bytes(), token_budget=0).recipe for one in others[:8]} == {"none"}
