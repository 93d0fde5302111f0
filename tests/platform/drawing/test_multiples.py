"""Bars are as long as their values, on one scale; intervals lie inside their column; names and titles meet nobody, however many."""

import itertools
import xml.etree.ElementTree as ET

import pytest

from shopcart_assets.platform.drawing import svg
from shopcart_assets.platform.drawing.colours import HUMAN, looks
from shopcart_assets.platform.drawing.multiples import NAME_WIDTH, ROW, Column, Line, multiples


def parts(columns: list[Column], lines: list[Line]) -> tuple[int, ET.Element]:
    height, body = multiples(columns, lines, "%")
    return height, ET.fromstring(f"<svg>{body}</svg>")


def bars(root: ET.Element, fill: str) -> list[float]:
    return [
        float(one.attrib["width"])
        for one in root.iter("rect")
        if one.attrib["fill"] == fill and one.attrib["height"] == "12.0"
    ]


def test_the_bars_of_shares_that_add_up_to_all_are_as_long_as_one_of_all() -> None:
    look = looks(["a", "b"])
    columns = [Column(("x",), 100.0)] * 4
    _, root = parts(
        columns, [Line("a", look["a"], [12.5, 50.0, 30.0, 7.5]), Line("b", look["b"], [100.0, 0.0, 0.0, 0.0])]
    )
    (whole,) = bars(root, look["b"].colour)
    assert sum(bars(root, look["a"].colour)) == pytest.approx(whole, abs=0.2)
    assert bars(root, look["a"].colour)[1] == pytest.approx(whole / 2, abs=0.1)


def test_peoples_interval_and_rule_lie_inside_their_column() -> None:
    columns = [
        Column(("one",), 100.0, human=90.0, low=70.0, high=100.0),
        Column(("two",), 100.0, human=0.0, low=0.0, high=3.0),
    ]
    _, root = parts(columns, [Line("people", None, [90.0, 0.0])])
    bands = [one for one in root.iter("rect") if one.get("opacity")]
    rules = [float(one.attrib["x1"]) for one in root.iter("line") if one.attrib["stroke"] == HUMAN]
    half = NAME_WIDTH + (svg.WIDTH - NAME_WIDTH) / 2
    assert [one.attrib["fill"] for one in bands] == [HUMAN] * 2
    assert (
        float(bands[0].attrib["x"]) > NAME_WIDTH
        and float(bands[0].attrib["x"]) + float(bands[0].attrib["width"]) <= half
    )
    assert float(bands[0].attrib["x"]) < rules[0] < half and rules[1] == half


def test_thirty_policies_with_long_names_have_a_line_each_and_no_name_reaches_the_bars() -> None:
    names = [f"{'a-very-long-name-' * 4}{number}" for number in range(30)]
    look = looks(names)
    height, root = parts([Column(("x", "y"), 1.0)], [Line(name, look[name], [0.5]) for name in names])
    texts = [one for one in root.iter("text") if "…" in "".join(one.itertext())]
    lines = sorted(float(one.attrib["y"]) for one in texts)
    assert len(lines) == 30 and all(after - before == ROW for before, after in itertools.pairwise(lines))
    assert lines[-1] < height
    assert all(float(one.attrib["x"]) + svg.width_of(one[0].tail or "") <= NAME_WIDTH for one in texts)
    assert [one.findtext("title") for one in texts] == names, "the whole name is shown when pointed at"


def test_a_number_stands_inside_a_bar_that_leaves_no_room_beside_it() -> None:
    look = looks(["a"])["a"]
    _, root = parts([Column(("x",), 100.0)], [Line("a", look, [100.0])])
    (number,) = [one for one in root.iter("text") if one.text == "100" and one.get("font-size") == "11"]
    assert number.attrib["fill"] == look.ink and float(number.attrib["x"]) < svg.WIDTH


def test_what_is_not_known_is_a_dash() -> None:
    _, root = parts([Column(("x",), 1.0)], [Line("a", looks(["a"])["a"], [None])])
    assert "–" in "".join(root.itertext()) and bars(root, "var(--p0)") == []
