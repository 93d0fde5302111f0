import pytest

from shopcart_assets.context.settle import Resolution
from shopcart_assets.context.simplify import simplify
from shopcart_assets.context.targets import Target

PAGE = """<a href="/m" data-eid=link><b data-eid=bold>Mugs</b></a><div hidden><a href="/m" data-eid=secret>Mugs again</a>
<a href="/n" data-eid=neighbour>Neighbour</a></div><label data-eid=label><i data-eid=mark></i><input type=checkbox> Gift</label>
<div data-eid=box><p>text</p><button>Only</button></div><p data-eid=text>nothing</p>
<select aria-label=Size data-eid=size><option data-eid=option>M</select>
<ul><li><h3><a href=/p/1>Tea</a></h3><a href=/p/1 data-eid=picture><img alt=Tea></a>$5<li><h3><a href=/p/2>Cup</a></h3>$5</ul>"""


@pytest.mark.parametrize(
    ("node_id", "expected"),
    [
        ("link", Resolution("mugs", "node_id")),
        ("bold", Resolution("mugs", "ancestor")),
        ("label", Resolution("gift", "label")),
        ("mark", Resolution("gift", "label")),
        ("box", Resolution("only", "descendant")),
        ("text", Resolution(None, "unresolved")),
        ("option", Resolution("size", "ancestor")),
        ("picture", Resolution("search_results.tea.view_product", "alias")),
        ("missing", Resolution(None, "unresolved")),
    ],
)
def test_an_element_is_followed_to_its_name(node_id: str, expected: Resolution) -> None:
    page = simplify(PAGE, token_budget=0, targets=[Target(node_id=node_id)])
    assert page.resolved == (expected,)
    assert expected.name is None or f'name="{expected.name}"' in page.html


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("<a class=tab data-eid=x>Specs</a>", None),
        ("<label><input type=checkbox> I accept <a href=/t>the <b data-eid=x>terms</b></a></label>", "the_terms"),
        ("<label data-eid=x><a href=/t>Terms</a> accepted <input type=checkbox></label>", "terms_accepted"),
    ],
)
def test_what_leads_nowhere_is_no_other_link_and_the_nearest_acts(part: str, name: str | None) -> None:
    page = f"<a href='#'>Menu</a><a href='javascript:void(0)'>Cart</a>{part}"
    assert [one.name for one in simplify(page, token_budget=0, targets=[Target(node_id="x")]).resolved] == [name]


def test_a_hidden_element_that_was_acted_on_is_shown_without_its_neighbours() -> None:
    page = simplify(PAGE, token_budget=0, targets=[Target(node_id="neighbour")])
    assert page.resolved == (Resolution("neighbour", "node_id"),)
    assert "Neighbour" in page.html and "Mugs again" not in page.html
    assert "Neighbour" not in simplify(PAGE, token_budget=0).html


def test_a_name_is_shared_over_several_steps() -> None:
    page = "<a href=/x><button data-eid=four>4</button></a><a href=/x>4 red mugs</a>"
    found = simplify(page, token_budget=0, targets=[Target(node_id="four")])
    assert found.resolved == (Resolution("4_red_mugs", "alias"),)
