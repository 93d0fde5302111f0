"""Every point lies inside its panel, on one scale; long lines are thinned; panels stand beside and below each other."""

import xml.etree.ElementTree as ET

import pytest

from shopcart_assets.platform.drawing import svg
from shopcart_assets.platform.drawing.colours import looks
from shopcart_assets.platform.drawing.panels import ACROSS, Axes, Panel, Point, panels, thinned

LOOK = looks(["a"])["a"]
AXES = Axes("step", "%", 100.0, (2.0, 10.0), [(2.0, "2"), (10.0, "10+")])


def drawn(*shown: Panel, axes: Axes = AXES) -> tuple[int, ET.Element]:
    height, body = panels(shown, axes)
    return height, ET.fromstring(f"<svg>{body}</svg>")


def points(line: ET.Element) -> list[Point]:
    pairs = [one.split(",") for one in line.attrib["points"].split()]
    return [(float(x), float(y)) for x, y in pairs]


def test_seven_panels_are_three_rows_and_each_line_stays_in_its_own() -> None:
    height, root = drawn(*(Panel(str(number), LOOK, [(2.0, 0.0), (6.0, 50.0), (10.0, 100.0)]) for number in range(7)))
    lines = [points(one) for one in root.iter("polyline")]
    for place, line in enumerate(lines):
        down, along = divmod(place, ACROSS)
        assert all(along * svg.WIDTH / ACROSS <= x <= (along + 1) * svg.WIDTH / ACROSS for x, _ in line)
        assert all(down * (height - 20) / 3 <= y <= (down + 1) * (height - 20) / 3 for _, y in line)
        assert line[1][1] == pytest.approx((line[0][1] + line[2][1]) / 2) and line[2][1] < line[0][1]


def test_bars_are_peoples_and_low_and_diamonds_are_on_the_lines_scale() -> None:
    _, root = drawn(Panel("a", LOOK, [(2.0, 40.0), (10.0, 40.0)], bars=[(2.0, 1.0), (10.0, 0.5)], dots=[(10.0, 40.0)]))
    high, low = [float(one.attrib["height"]) for one in root.iter("rect") if one.get("opacity")]
    assert high == pytest.approx(2 * low) and all(
        one.attrib["fill"] == "rgb(136 145 155)" for one in root.iter("rect") if one.get("opacity")
    )
    (line,), (dot,) = root.iter("polyline"), root.iter("path")
    x, y = points(line)[-1]
    assert dot.attrib["d"].startswith(f"M{x:.1f},{y - 5:.1f}")


def test_a_single_point_is_seen() -> None:
    _, root = drawn(Panel("a", LOOK, [(2.0, 40.0)]), axes=Axes("step", "%", 100.0, (2.0, 2.0)))
    (circle,) = root.iter("circle")
    assert 0 < float(circle.attrib["cx"]) < svg.WIDTH / ACROSS


def test_long_lines_are_thinned_and_end_where_they_end() -> None:
    line = [(float(step), 0.0) for step in range(1_201)]
    assert 400 <= len(thinned(line)) <= 500 and thinned(line)[-1] == line[-1]
    assert thinned(line[:3]) == line[:3] and thinned([]) == []
