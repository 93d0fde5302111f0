"""Recipes' selectors: what they mean, checked against the other way that this stage walks CSS, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.context.css import SelectorError, compile_css, first_in
from shopcart_assets.context.parse import Element, parse
from shopcart_assets.context.selectors import by_css

PAGE = parse(
    '<main id=m class="a b"><ul class=a><li data-x="one two" role=group>1<li data-x=three><a href="/s?k=1" title=T>2</a></ul></main>'
)


def matched(page: Element, selector: str) -> list[Element]:
    from collections import defaultdict

    chains = compile_css(selector)
    known: defaultdict[str, dict[Element, bool]] = defaultdict(dict)
    return [one for one in page.iterdescendants() if any(chain.matches(one, known) for chain in chains)]


@pytest.mark.parametrize(
    ("selector", "tags"),
    [
        ("main.a.b", ["main"]),
        ("#m > .a", ["ul"]),
        ("#m > a", []),
        ("body li, main", ["main", "li", "li"]),
        ('[data-x~="two"]', ["li"]),
        ('li[data-x^="th"] > a[href*="k=1"][title]', ["a"]),
        ('a[title$="T"]', ["a"]),
        ("li:not([role])", ["li"]),
        ("*[data-x=three]", ["li"]),
        (".a .a a", ["a"]),
        ('[title=""], [title^=""]', []),
    ],
)
def test_selectors_mean_what_css_says(selector: str, tags: list[str]) -> None:
    assert [one.tag for one in matched(PAGE, selector)] == tags


@pytest.mark.parametrize(
    "selector", ["", "a,", "> a", "a:hover", "a + b", "*", "a[", "a >", "li:nth-child(2)", "a::text"]
)
def test_what_this_subset_does_not_know_is_refused(selector: str) -> None:
    with pytest.raises(SelectorError):
        compile_css(selector)


def test_the_first_alternative_that_hits_wins() -> None:
    found = first_in(PAGE, "a, li")
    assert found is not None and found.tag == "a" and first_in(PAGE, "b") is None


COMPOUNDS = st.sampled_from(["div", "p", ".a", ".b", "div.a", "#i", "p[k=v]", "[k=v]"])
SELECTORS = st.lists(st.tuples(st.sampled_from([" ", " > "]), COMPOUNDS), min_size=1, max_size=4).map(
    lambda parts: "".join(join + part for join, part in parts).strip(" >")
)
TREES = st.recursive(
    st.just("<b></b>"),
    lambda inner: st.builds(
        lambda tag, attributes, children: f"<{tag} {attributes}>{''.join(children)}</{tag}>",
        st.sampled_from(["div", "section"]),
        st.sampled_from(["", "class=a", "class='b a'", "id=i", "k=v class=b"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(TREES, SELECTORS)
def test_any_selector_finds_what_the_walk_for_recorded_ones_finds(tree: str, selector: str) -> None:
    page = parse(f"<body>{tree}</body>")
    assert matched(page, selector) == by_css(page, selector)
