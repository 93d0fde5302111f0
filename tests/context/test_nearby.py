"""What is asked of a page is asked once: nothing that it holds much of makes the work grow faster than the page.

Counted in lines of Python that run, not in seconds.
"""

from collections.abc import Callable

import pytest

from shopcart_assets.context.nearby import Nearby
from shopcart_assets.context.parse import parse
from shopcart_assets.context.simplify import simplify
from shopcart_assets.context.targets import Target
from tests.context.effort import lines_of

FEW, MANY = 60, 240
LARGEST_GROWTH = 1.8  # of the work a byte, from few to many; 4 where each thing looks at all others
AMAZON = "<input id=twotabsearchtextbox><i data-component-type=s-search-result></i>"
TARGETS = (
    Target(tag="input", text="zz"),
    Target(css="div > a:nth-of-type(999)"),
    Target(css="div " * 40, text="zz"),
    Target(attributes=(("id", "d"),), text="no"),
)


def numbered(template: str) -> Callable[[int], str]:
    return lambda n: "".join(template.replace("#", str(i)) for i in range(n))


def within(before: str, repeated: str, after: str = "") -> Callable[[int], str]:
    return lambda n: before + repeated * n + after


PAGES: dict[str, Callable[[int], str]] = {
    "boxes that nothing labels": within("<p>", "<input type=checkbox>"),
    "boxes alone in their containers": within("<p>", "<div><div><input type=checkbox></div></div>"),
    "labels": numbered("<label for=i#>L#</label><input id=i#>"),
    "one label around many": within("<label>", "<input>", "text</label>"),
    "one element that names many": within("<div id=d>", "<i>w</i>", "</div>" + "<button aria-labelledby=d>x</button>" * 99),
    "links of one name": numbered("<a href=/x#>a</a>"),
    "names like ordinals": within("", "<a href=/x_2>a</a><a href=/x>a_2</a><a href=/x>a</a>"),
    "cards": numbered("<li class=c><h2><a href=/p#>T#</a></h2><img alt=x>$5<button>Add to cart</button></li>"),
    "a wide card": within("<ul><li class=c>", "<h2><a href=/p>T</a></h2>", "$5<li class=c><a href=/x>y</a>$4</ul>"),
    "filters": within("<div class=filters>", "<h3>h</h3><a href=/f>f</a>", "</div>"),
    "headings before lists": within(f"{AMAZON}<div id=s-refinements>", "<ul><li><a class=s-navigation-item href=/x>x</a></ul>"),
    "titles far before": within(f"{AMAZON}<div id=s-refinements><b id=a-title>t</b>", "<p>x</p><ul><li>x</ul>"),
    "results": within(AMAZON, "<div data-component-type=s-search-result data-asin=x><h2><a href=/p>T</a></h2></div>"),
    "swatches of one label": within(
        "<input id=twotabsearchtextbox><b id=productTitle></b><div id=z>",
        "<i>x</i>",
        "</div>" + "<div id=inline-twister-row-a><input aria-labelledby=z></div>" * 99,
    ),
    "forms": within("", "<form><fieldset><legend>l</legend><input type=search><button>go</button></fieldset></form>"),
    "nested": lambda n: "<div>" * n + "x" + "</div>" * n,
    "options": within("<select>", "<option>o"),
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("token_budget", [0, 300])
def test_twice_the_page_is_about_twice_the_work(page: str, token_budget: int) -> None:
    few, many = PAGES[page](FEW), PAGES[page](MANY)
    simplify(AMAZON, token_budget=0)  # reads the recipes
    lines = [
        lines_of(lambda html=html: simplify(html, token_budget=token_budget, targets=TARGETS, with_paths=True))  # type: ignore[misc]
        for html in (few, many)
    ]
    assert lines[1] / lines[0] < LARGEST_GROWTH * len(many) / len(few)


def test_the_nearest_match_before_counts_in_siblings_or_around_in_any_order() -> None:
    page = parse(
        "<h3>far</h3><div><h3>one</h3><h3>two</h3><p>a</p><div><p>b</p></div></div><p>c</p><section><p>d</p></section>"
    )
    nearby = Nearby(page)
    said = [nearby.text_before(one, "h3") for one in reversed(page.findall(".//p"))]
    assert said == ["one", "one", "two", "two"] and nearby.text_before(page, "h3") == ""
    assert nearby.text_before(page.findall(".//h3")[1], "h3") == "far" and nearby.text_before(page[0], "h2") == ""


def test_what_is_quadratic_shows() -> None:
    def pairs(n: int) -> int:
        return sum(1 for i in range(n) for j in range(n) if i == j)

    assert lines_of(lambda: pairs(MANY)) / lines_of(lambda: pairs(FEW)) > 2 * LARGEST_GROWTH * MANY / FEW
