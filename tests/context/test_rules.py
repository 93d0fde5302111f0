"""A recipe at work on small pages: containers, names, text, checkboxes, twins, what it drops, and hits."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from shopcart_assets.context import simplify as simplify_module
from shopcart_assets.context.recipe import Recipe
from shopcart_assets.context.simplify import Page, simplify
from shopcart_assets.context.targets import Target
from tests.context.test_simplify import PAGES, check


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Simplifies a page by these rules alone."""

    def build(html: str, *rules: dict[str, Any], targets: tuple[Target, ...] = (), drop: tuple[str, ...] = ()) -> Page:
        recipe = Recipe.model_validate({"name": "x", "version": 3, "selector": "body", "drop": drop, "rules": rules})
        monkeypatch.setattr(
            simplify_module, "choose", lambda root, url, wanted, text: recipe if wanted == "auto" else None
        )
        return simplify(html, token_budget=0, targets=targets)

    return build


def names(page: Page) -> list[str]:
    return [one.name for one in page.names]


def body(page: Page) -> str:
    return page.html.partition("<body>")[2].removesuffix("</body></html>")


def test_containers_give_segments_by_fixed_text_label_and_text(built: Any) -> None:
    page = built(
        "<nav id=f><h4 id=t>Price & Deals</h4><ul aria-labelledby=t><li><a href=/1>Under $25</a></ul><section aria-label=Size>"
        "<a href=/2>10</a></section></nav>",
        {"select": "#f", "tag": "div", "name": "refinements", "writes_name": True},
        {"select": "#f ul", "do": "unwrap", "name_from": ["label"]},
        {"select": "#f section", "do": "unwrap", "name_from": ["label"]},
        {"select": "#f li", "do": "unwrap"},
        {"select": "#f a", "tag": "li", "name_from": ["text"], "role": "checkbox", "attributes": {"role": "checkbox"}},
    )
    assert names(page) == ["refinements.price__deals.under_25", "refinements.size.10"]
    assert body(page).startswith(
        '<div name="refinements"><h4>Price &amp; Deals</h4><li name="refinements.price__deals.under_25"'
    )
    assert [one.kind for one in page.names] == ["check", "check"]


def test_what_no_rule_names_is_built_as_on_any_page(built: Any) -> None:
    html = "<main id=m><form role=search><input type=search></form><p>A <a href=/x>link</a></main>"
    assert body(built(html, {"select": "#n", "do": "drop"})) == body(simplify(html, token_budget=0, recipe="none"))


def test_the_first_rule_that_matches_counts_and_hits_are_counted_once(built: Any) -> None:
    page = built(
        "<p class=a>1</p><p class='a b'>2</p>",
        {"select": "p.b", "tag": "h2"},
        {"select": ".a", "tag": "h3"},
        {"select": "p", "tag": "h4"},
    )
    assert body(page) == "<h3>1</h3><h2>2</h2>"
    assert [(hit.selector, hit.n_hits) for hit in page.recipe_hits] == [("p.b", 1), (".a", 1), ("p", 0)]


def test_a_selector_that_must_hit_and_does_not_is_a_warning(built: Any) -> None:
    page = built("<p hidden class=a>1</p>", {"select": ".a", "must_hit": True}, {"select": ".b"})
    assert page.warnings == ("recipe x 3: .a hits nothing on this page",)


def test_text_is_taken_from_elsewhere_rewritten_as_a_number_and_loses_characters(built: Any) -> None:
    page = built(
        "<p id=n>(<b>1,234</b>)</p><p id=l aria-label='5 stars'>*****</p><p id=d>Mon, <b>Mar 17,</b></p><p id=w>new</p>",
        {"select": "#n, #w", "number_format": "{} reviews"},
        {"select": "#l", "text_from": ["text i", "@aria-label"]},
        {"select": "#d", "delete": ","},
    )
    assert body(page) == "<p>1234.0 reviews</p><p>5 stars</p><p>Mon Mar 17</p><p>new</p>"


def test_text_that_holds_something_to_act_on_is_never_replaced(built: Any) -> None:
    page = built(
        "<p id=n>12 <a href=/x>more</a></p>", {"select": "#n", "number_format": "{} reviews", "text_from": ["@id"]}
    )
    assert names(page) == ["more"] and "12" in page.html


@pytest.mark.parametrize(
    ("inner", "box"),
    [
        ("<input type=checkbox>Red", '<input type="checkbox">'),
        ("<input type=checkbox aria-hidden=true checked>Red", '<input type="checkbox" checked>'),
        ("<i></i>Red", '<input type="checkbox">'),
    ],
)
def test_a_checkbox_stands_behind_its_text_drawn_or_not(built: Any, inner: str, box: str) -> None:
    rule = {
        "select": "a",
        "tag": "li",
        "role": "checkbox",
        "name_from": ["text"],
        "attributes": {"role": "checkbox"},
        "ends_with_checkbox": True,
    }
    page = built(f"<a href=/x>{inner}</a>", rule)
    assert body(page) == f'<li name="red" role="checkbox">Red{box}</li>' and names(page) == ["red"]


RESULTS = "<div id=r>" + "".join(f"<div class=c data-id={at}><h2><a href=/p/{at}>{title}</a></h2></div>" for at, title in enumerate(("Mug", "Mug", "Cup"))) + "</div>"  # fmt: skip
CARD: tuple[dict[str, Any], ...] = (
    {"select": "#r", "name": "search_results"},
    {"select": ".c", "name_from": ["text h2"], "is_result": True, "told_apart_by": ["@data-id"]},
    {"select": ".c a", "name": "view_product"},
)


def test_results_are_named_by_their_titles_and_twins_by_what_stays(built: Any) -> None:
    assert names(built(RESULTS, *CARD)) == [f"search_results.{one}.view_product" for one in ("mug_0", "mug_1", "cup")]


def test_a_result_without_a_title_is_no_card_and_gives_no_segment(built: Any) -> None:
    page = built("<div id=r><div class=c><h2><a href=/p aria-label=Mug></a></h2></div></div>", *CARD)
    assert names(page) == ["search_results.view_product"]


def test_names_of_a_recipe_are_uncut_and_come_before_the_page_s_own(built: Any) -> None:
    title = " ".join(["long"] * 40)
    page = built(f"<nav><a href=/a>pages</a></nav><a href=/b>two</a><div id=p><a href=/c>two</a><a id=l href=/d>{title}</a></div>", {"select": "#p", "name": "nav", "writes_name": True}, {"select": "#l", "name_from": ["text"]}, {"select": "#p a", "name_from": ["text"]})  # fmt: skip
    assert names(page) == ["nav.pages", "two", "nav.two", f"nav.{'_'.join(['long'] * 40)}"]


def test_a_container_that_starts_names_forgets_those_around_it_and_is_written_once(built: Any) -> None:
    page = built("<div id=r><p class=p><a href=/2>2</a><p class=p><a href=/3>3</a></div>", {"select": "#r", "name": "search_results"}, {"select": ".p", "name": "pagination", "is_root": True, "writes_name": True}, {"select": "a", "name_from": ["text"]})  # fmt: skip
    assert names(page) == ["pagination.2", "pagination.3"] and page.html.count('name="pagination"') == 1


def test_an_element_whose_name_would_be_empty_stays_without_one(built: Any) -> None:
    page = built("<a href=/x aria-label=...>...</a>", {"select": "a", "name_from": ["text"], "keep": ["aria-label"]})
    assert body(page) == '<a aria-label="...">...</a>' and names(page) == []


def test_what_is_dropped_comes_back_when_somebody_acted_on_it(built: Any) -> None:
    html = "<div class=x>secret <a href=/a data-eid=1>Help</a><a href=/b>Other</a></div><a href=/c>Home</a>"
    assert names(built(html, drop=(".x",))) == ["home"]
    page = built(html, drop=(".x",), targets=(Target(node_id="1"),))
    assert names(page) == ["help", "home"] and page.resolved[0].name == "help"


def test_a_raw_page_that_starts_like_a_context_is_no_context() -> None:
    raw = '<html><head><title>x</title></head><body><button class="{}">Buy</button></body></html>'
    assert [names(simplify(raw.format(one), token_budget=0)) for one in ("b", "product-name")] == [["buy"], []]


def test_a_context_in_the_paper_s_format_keeps_its_names(built: Any) -> None:
    first = built(RESULTS + "<span id=p><b>1</b> <a href=/2>2</a></span>", *CARD, {"select": "#p", "name": "pagination", "writes_name": True}, {"select": "#p b", "tag": "span", "role": "button", "name_from": ["text"]})  # fmt: skip
    again = built(first.html)
    assert 'name="pagination"' in first.html and again.recipe == "none"
    assert names(again) == names(first) and [one.kind for one in again.names] == [one.kind for one in first.names]


WILD: tuple[dict[str, Any], ...] = (
    {"select": "nav", "name": "refinements", "writes_name": True, "tag": "div"},
    {"select": "section", "name": "pagination", "is_root": True, "writes_name": True},
    {"select": "ul", "name_from": ["label", "before h2"], "do": "unwrap"},
    {"select": "li", "is_result": True, "name_from": ["text a", "text"], "told_apart_by": ["@id"], "tag": "div"},
    {"select": "li a", "name": "view_product", "attributes": {"class": "product-name"}, "text_from": ["text span"]},
    {"select": "a", "tag": "li", "role": "checkbox", "name_from": ["text"], "attributes": {"role": "checkbox"}, "ends_with_checkbox": True},
    {"select": "p", "number_format": "{} reviews", "delete": ",."},
    {"select": "form > div, [hidden] span", "do": "drop"},
    {"select": "label, b", "do": "unwrap"},
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PAGES, st.integers(0, 120), st.integers(1, 20))
def test_any_page_by_any_rules_has_unique_names_and_keeps_its_targets(text: str, budget: int, nth: int) -> None:
    recipe = Recipe.model_validate({"name": "x", "version": 1, "selector": "body", "rules": WILD})
    html = f"<main>{text}<i></i></main>"
    root = lxml_html.document_fromstring(html)
    element = list(root.iter())[nth % sum(1 for _ in root.iter())]
    target = Target(xpath=root.getroottree().getpath(element), tag=str(element.tag))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simplify_module, "choose", lambda *_, **__: recipe)
        page = simplify(html, token_budget=budget, targets=[target])
        assert simplify(html, token_budget=budget, targets=[target]) == page
    check(page)
    assert page.resolved[0].name is None or page.resolved[0].name in names(page)
    again = simplify(page.html, token_budget=0)
    assert budget or (names(again), again.recipe) == (names(page), "none")
