import pytest

from shopcart_assets.context.parse import parse
from shopcart_assets.context.targets import Locator, Target

PAGE = parse(
    """<a data-eid=e1 href=/1>One</a><a id=two href=/2>Two</a><a aria-label="Three" href=/3></a><div><button>Four</button></div>
    <a href=/5>Five</a><a href=/5>Five</a><a href=/6>Twin</a><a href=/7>Twin</a><label><input type=checkbox>Box</label>"""
)


@pytest.mark.parametrize(
    ("target", "step"),
    [
        (Target(node_id="e1", tag="a"), "node_id"),
        (Target(attributes=(("id", "two"),), tag="A", text="Two"), "id"),
        (Target(attributes=(("aria-label", "Three"),)), "attributes"),
        (Target(css="#two", text="Two"), "css"),
        (Target(xpath="/html/body/div/button", text="Four"), "xpath"),
        (Target(tag="a", text="Five"), "text"),
        (Target(tag="a", text="Twin"), None),
        (Target(tag="a", href="/7"), "text"),
        (Target(xpath="/html/body/label/input", tag="input", text="Box"), "xpath"),
        (Target(xpath="/html/body/div/button", tag="a"), None),
        (Target(xpath="/html/body/div/button", text="Something else entirely"), None),
        (Target(node_id="e1", tag="button"), None),
    ],
)
def test_the_step_that_finds_an_element_which_fits_the_event(target: Target, step: str | None) -> None:
    hit = Locator(PAGE).locate(target)
    assert (hit[1] if hit else None) == step


def test_a_wrong_path_falls_through_to_the_text() -> None:
    hit = Locator(PAGE).locate(Target(xpath="/html/body/div/button", tag="a", text="Two"))
    assert hit is not None and hit[1] == "text" and hit[0].get("id") == "two"


LIKE = parse(
    """<div id=m><a class=l href="/w/clothing">Women's Clothing</a><a class=l href="/w/shoes">Womens Footwear</a></div>
    <div><button id=add>Add to list</button><a href="/men/new">Shop now</a></div>
    <div><button id=add>Add to cart</button><a href="/K&#228;se?p=1">Shop now</a></div>
    <ul><li><b>A</b><a href="#">Open</a></li><li><b>B</b><a href="#">Open</a></li></ul>
    <p><a href=/tea><span>Green tea</span></a></p><p><i>x</i><button>More</button><i>y</i><button>More</button></p>
    <input name=brand value=1 type=checkbox><input name=brand value=2 type=checkbox><input name=size value=1 type=checkbox>
    <input name=size value=2 type=checkbox><a href="/mug"><div>Red mug</div><div>$5</div></a>"""
)
SHIFTED = "/html/body/div[2]/button"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (Target(css="a.l", tag="a", text="Womens Footwear"), "div[1]/a[2]"),
        (Target(css="a", tag="a"), None),
        (Target(xpath=SHIFTED, tag="button", text="Add to cart"), "div[3]/button"),
        (Target(attributes=(("id", "add"),), text="Add to cart"), "div[3]/button"),
        (Target(attributes=(("id", "add"),), xpath="/html/body/div[3]/button"), "div[3]/button"),
        (Target(attributes=(("id", "add"),)), None),
        (Target(xpath=f"{SHIFTED[:-6]}a", text="Shop now", href="https://s.example/K%C3%A4se?p=1#x"), "div[3]/a"),
        (Target(xpath=f"{SHIFTED[:-6]}a", text="Shop now", href="new"), "div[2]/a"),
        (Target(tag="a", text="Open", href="#"), None),
        (Target(tag="button", text="More"), None),
        (Target(text="Green tea"), "p[1]/a/span"),
        (Target(attributes=(("name", "size"), ("value", "2"))), "input[4]"),
        (Target(tag="a", text="Red mug\n$5"), "a"),
    ],
)
def test_of_alike_elements_the_one_that_fits_is_found_or_none(target: Target, path: str | None) -> None:
    hit = Locator(LIKE).locate(target)
    assert (hit and LIKE.getroottree().getpath(hit[0])) == (path and f"/html/body/{path}")


def test_text_that_was_cut_or_scrubbed_still_fits() -> None:
    page = parse("<p><a href=/x>Deliver to [NAME_1] in [CITY_2] before Friday noon</a></p>")
    said = Target(xpath="/html/body/p/a", text="Deliver to [NAME_3] in [CITY_1] before Fri")
    assert Locator(page).locate(said) is not None


@pytest.mark.parametrize("column", [None, "null", "{}", "[]", '{"xpath": null, "text": 3.5}'])
def test_a_target_that_says_nothing_is_none(column: str | None) -> None:
    assert Target.from_json(column) is None


def test_a_target_is_read_from_its_column() -> None:
    assert Target.from_json('{"node_id": 7, "tag": "a", "attributes": {"id": "x"}}') == Target(
        "7", tag="a", attributes=(("id", "x"),)
    )
