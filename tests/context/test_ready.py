"""Pages that are contexts already when they come: their names stay theirs, nothing in them is hidden or named anew."""

import polars as pl
import pytest
from hypothesis import given, settings

from shopcart_assets.context.actions import actions_of_day
from shopcart_assets.context.parse import PageError
from shopcart_assets.context.settle import Resolution
from shopcart_assets.context.simplify import simplify
from shopcart_assets.context.targets import Target
from tests.context.days import PAGES, event, events, simplified
from tests.context.test_simplify import PAGES as ANY_PAGES
from tests.context.test_simplify import check, printed_names

CARD = '<div name="search_results.mug_{0}"><a name="search_results.mug_{0}.product_title">Mug {0}</a> $5.00</div>'
READY = (
    '<html><head></head><body><div name="nav_bar" role="navigation" aria-label="Primary">'
    '<div name="nav_bar.homepage" aria-hidden="true" class="x">Homepage</div>'
    '<form><input name="nav_bar.search_input" placeholder="Search"><div name="nav_bar.search_button">Go</div></form></div>'
    f'{"".join(CARD.format(at) for at in range(60))}<div name="reviews">4.5 stars</div><div name="reviews">12 reviews</div></body></html>'
)


def test_names_and_words_stay_and_nothing_is_hidden_or_named_anew() -> None:
    page = simplify(READY, token_budget=0, is_context=True)
    check(page)
    assert [one.name for one in page.names][:5] == [
        "nav_bar",
        "nav_bar.homepage",
        "nav_bar.search_input",
        "nav_bar.search_button",
        "search_results.mug_0",
    ]
    roles = {one.name: one.role for one in page.names}
    assert roles["nav_bar.search_input"] == "searchbox" and roles["nav_bar.homepage"] == "button"
    assert roles["search_results.mug_0.product_title"] == "link"
    assert '<div name="nav_bar.homepage">Homepage</div>' in page.html and 'role="button"' not in page.html
    assert "4.5 stars" in page.html and "12 reviews" in page.html
    assert simplify(page.html, token_budget=0, is_context=True) == page
    assert "nav_bar.search_input" not in {one.name for one in simplify(READY, token_budget=0).names}


@pytest.mark.parametrize("name", ["search_results.mug_57", "search_results.mug_59.product_title", "reviews"])
def test_a_target_is_resolved_by_its_name_and_stays_within_the_budget(name: str) -> None:
    page = simplify(READY, token_budget=300, targets=[Target(name=name)], is_context=True)
    assert page.resolved == (Resolution(name, "name"),)
    assert {name, "nav_bar.search_input"} <= set(printed_names(page))
    assert page.context_tokens <= 300 and page.n_pruned > 0


def test_a_name_that_the_page_does_not_have_is_unresolved_and_a_raw_page_s_own_names_do_not_count() -> None:
    assert simplify(READY, token_budget=0, targets=[Target(name="cart")], is_context=True).resolved[0].name is None
    form = "<input type=radio name=size value=s><input type=radio name=size value=m>"
    assert simplify(form, token_budget=0, targets=[Target(name="size")]).resolved[0].name is None


@settings(max_examples=80, deadline=None)
@given(ANY_PAGES)
def test_any_page_that_is_said_to_be_a_context_has_unique_names_and_is_a_fixed_point(text: str) -> None:
    try:
        page = simplify(text, token_budget=0, is_context=True)
    except PageError:
        return
    check(page)
    again = simplify(page.html, token_budget=0, is_context=True)
    assert [(one.name, one.role) for one in again.names] == [(one.name, one.role) for one in page.names]


def test_a_day_s_events_on_ready_pages_become_actions_on_their_names() -> None:
    pages = PAGES.head(1).with_columns(page_id=pl.lit("ready"), html=pl.lit(READY), format=pl.lit("context"))
    day = events(
        a=[
            event("submit", "ready", value="mug", target='{"name": "nav_bar.search_input"}'),
            event("click", "ready", target='{"name": "search_results.mug_7.product_title"}'),
            event("close", "ready"),
        ],
        b=[event("submit", value="mug", target='{"name": "nav_bar.search_input"}')],
    )
    actions = actions_of_day(day, simplified(pages, day, 300).seen).actions_frame()
    assert actions.select("name", "resolved_by").rows() == [
        ("nav_bar.search_input", "name"),
        ("search_results.mug_7.product_title", "name"),
        (None, "none"),
        ("nav_bar.search_input", "no_page"),
        (None, "none"),
    ]
