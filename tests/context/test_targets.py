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
