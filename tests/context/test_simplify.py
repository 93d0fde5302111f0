"""What holds for any page: random trees, misnesting, depth, and the real pages where they are at hand."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from shopcart_assets.context.emit import ATTRIBUTES
from shopcart_assets.context.parse import PageError, words
from shopcart_assets.context.simplify import Page, simplify, simplify_file, to_json
from shopcart_assets.context.targets import Target

TAGS = tuple(
    words(
        "div span p a button input ul li select option form nav h2 table tr td label section img b template svg title"
    )
)
TEXTS = st.sampled_from(
    ["Red mug", "$5", " ", "Add to cart", "2", "Next", "<", "&", "...", "Käse", "x " * 90, "\u200b", "💡"]
)
VALUES = st.sampled_from(
    ["", "/a", "/b#c", "filters", "results", "search", "checkbox", "button", "true", "x", '"', "1"]
)
KEYS = tuple(words("href class id name type role aria-label aria-hidden hidden for value alt style"))
OPEN = st.builds(
    lambda tag, attributes: f"<{tag} " + " ".join(f"{key}='{value}'" for key, value in attributes.items()) + ">",
    st.sampled_from(TAGS),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3),
)
CLOSE = st.sampled_from(TAGS).map(lambda tag: f"</{tag}>")
# Tags close in any order, or never: most of these pages are misnested.
PAGES = st.lists(st.one_of(OPEN, OPEN, TEXTS, CLOSE), max_size=60).map("".join)


def printed_names(page: Page) -> list[str]:
    elements = lxml_html.document_fromstring(page.html).iter()
    return [str(name) for element in elements if (name := element.get("name"))]


def check(page: Page) -> None:
    names = [element.name for element in page.names]
    assert max(Counter(names).values(), default=1) == 1
    printed = printed_names(page)
    # What is printed and cannot be acted on is a container that a recipe names.
    assert [name for name in printed if name in set(names)] == names and len(set(printed)) == len(printed)
    assert page.recipe != "none" or printed == names
    assert [element.position for element in page.names] == list(range(1, len(names) + 1))
    root = lxml_html.document_fromstring(page.html)
    assert {str(key) for element in root.iter() for key in element.attrib} <= set(ATTRIBUTES)
    assert next(root.iter("script", "style", etree.Comment), None) is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PAGES)
def test_any_page_has_unique_names_and_is_a_fixed_point(text: str) -> None:
    try:
        page = simplify(text, token_budget=0)
    except PageError:
        return
    check(page)
    assert simplify(text, token_budget=0) == page
    again = simplify(page.html, token_budget=0)
    assert [element.name for element in again.names] == [element.name for element in page.names]
    assert [element.role for element in again.names] == [element.role for element in page.names]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PAGES, st.integers(40, 200), st.integers(1, 20))
def test_any_target_that_resolves_stands_in_the_pruned_page(text: str, budget: int, nth: int) -> None:
    page = f"<main>{text}<i></i></main>"
    root = lxml_html.document_fromstring(page)
    element = list(root.iter())[nth % sum(1 for _ in root.iter())]
    target = Target(xpath=root.getroottree().getpath(element), tag=str(element.tag))
    found = simplify(page, token_budget=budget, targets=[target])
    check(found)
    assert found.resolved[0].name is None or found.resolved[0].name in {one.name for one in found.names}


@pytest.mark.parametrize("tag", ["div", "a href=/x", "button", "ul", "label", "b", "select", "table"])
def test_two_thousand_levels_are_read_and_three_thousand_refused(tag: str) -> None:
    check(simplify(f"<{tag}>" * 1_500 + "<a href=/end>end</a>", token_budget=500))
    with pytest.raises(PageError):
        simplify("<div>" * 3_000, token_budget=500)


def test_the_command_line_s_json_and_an_error_that_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes("<title>Käse</title><a href=/x>Käse</a>".encode())
    told = json.loads(to_json(simplify_file(file, token_budget=0)))
    assert told["title"] == "Käse" and told["recipe"] == "none" and told["warnings"] == []
    assert told["elements"] == [{"name": "käse", "kind": "click", "tag": "a", "text": "Käse", "xpath": "/html/body/a"}]
    assert set(told) == {"html", "title", "recipe", "tokens", "elements", "warnings"}
    with pytest.raises(PageError, match=r"missing\.html: No such file"):
        simplify_file(tmp_path / "missing.html", token_budget=0)
    file.write_bytes(b"")
    with pytest.raises(PageError, match=r"page\.html: the page is empty"):
        simplify_file(file, token_budget=0)


@pytest.mark.slow
def test_all_real_pages_are_simplified_within_their_budget(shared: Path) -> None:
    files = sorted((shared / "pages").glob("*.html"))
    assert len(files) == 42
    for file in files:
        page = simplify_file(file, token_budget=5_500)
        check(page)
        assert page.context_tokens <= 5_500 and len(page.names) >= 10, file.name


def test_appendix_b_keeps_its_words_and_prices(shared: Path) -> None:
    page = simplify((shared / "reference" / "appendix_b.html").read_text(), token_budget=0)
    assert "$199.99" in page.html and "4 Stars &amp; Up" in page.html
    assert {"search_input", "search_button"} <= {one.name for one in page.names}
