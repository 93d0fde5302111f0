import pytest

from shopcart_assets.context.build import MAX_DEPTH, build
from shopcart_assets.context.nodes import Node, text_of
from shopcart_assets.context.parse import parse
from shopcart_assets.context.simplify import simplify


def depth(node: Node) -> int:
    return 1 + max((depth(child) for child in node.nodes()), default=0)


def test_nothing_is_lost_in_a_deep_page_and_the_tree_stays_shallow() -> None:
    page = "<div class=x>" * 1_900 + "<a href=/x>deep</a>" + "</div>" * 1_900 + "<p>after</p>"
    body, controls = build(parse(page))
    assert depth(body) <= 2 * MAX_DEPTH + 2 and text_of(body) == "deep after"
    for tag in ("div", "b", "label", "section aria-label=x"):
        _, controls = build(parse(f"<{tag}>" * 2_030 + "<a href=/x>deep</a>"))
        assert [text_of(node) for node in controls] == ["deep"]


def test_controls_stand_in_document_order_with_what_they_hold() -> None:
    body, controls = build(
        parse("<form><input name=a><p><a href=/x>one <b>two</b></a></p><select><option>s</select></form>")
    )
    assert [node.tag for node in controls] == ["input", "a", "select"] and body.n_controls == 3
    assert text_of(controls[1]) == "one two"


@pytest.mark.parametrize(
    ("part", "role", "text"),
    [
        ("<map><area href=/eu alt=Europe></map>", "link", "Europe"),
        ("<div contenteditable>Note</div>", "textbox", "Note"),
        ("<div role='none Button'>Go</div>", "button", "Go"),
        ("<div role=slider aria-label=Price></div>", "textbox", ""),
        ("<input type=' SUBMIT '>", "button", ""),
    ],
)
def test_what_can_be_acted_on_in_unusual_ways(part: str, role: str, text: str) -> None:
    page = simplify(f"<p>{part}</p>", token_budget=0)
    assert [(one.role, one.text) for one in page.names] == [(role, text)]
    again = simplify(page.html, token_budget=0)
    assert [(one.name, one.role) for one in again.names] == [(one.name, one.role) for one in page.names]


def test_two_prices_are_two_words_and_one_is_one() -> None:
    page = "<p><b>Was</b><b>$7.99</b><b>$7.19</b></p><p><i>$</i><i>19</i><sup>99</sup> (<b>$5</b> -<b>$1</b>) 1<sup>€50</sup></p>"
    assert text_of(build(parse(page))[0]) == "Was $7.99 $7.19 $1999 ($5 -$1) 1€50"


def test_only_the_way_to_a_revealed_element_is_shown() -> None:
    root = parse(
        "<div hidden>no<ul aria-label=x>no<li>no</li><li><a href=/y>yes <i>too</i></a>no</li></ul>no</div><p>seen</p>"
    )
    link = root.find(".//a")
    assert link is not None
    assert text_of(build(root, frozenset([link]))[0]) == "yes too seen"
    assert text_of(build(root)[0]) == "seen"
