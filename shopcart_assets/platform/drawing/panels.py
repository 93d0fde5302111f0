"""A picture with a small line chart for each policy or run, all on one scale, so that any number of them can be read.

A panel's name and colour are its policy's; grey bars at its bottom are people's: how much of them a point rests on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from shopcart_assets.platform.drawing import svg
from shopcart_assets.platform.drawing.colours import HUMAN, Look
from shopcart_assets.platform.drawing.multiples import name_tag

ACROSS = 3
_HIGH, _HEAD, _FOOT, _LEFT, _GAP = 150, 34, 26, 34, 24
_MOST_POINTS = 500

Point = tuple[float, float]


@dataclass(frozen=True)
class Panel:
    """`line` is drawn strongly, `faint` behind it, `dots` as diamonds; `bars` are shares of the panel's height, 0 to 1."""

    name: str
    look: Look
    line: Sequence[Point]
    faint: Sequence[Point] = ()
    dashed: Sequence[Point] = ()
    dots: Sequence[Point] = ()
    bars: Sequence[Point] = ()


@dataclass(frozen=True)
class Axes:
    """What all panels share: units in words, `top` of the upright axis, from 0; `ends` of the other; names of its ticks."""

    x: str
    y: str
    top: float
    ends: tuple[float, float]
    ticks: Sequence[tuple[float, str]] = field(default=())


def panels(drawn: Sequence[Panel], axes: Axes) -> tuple[int, str]:
    """The height, px, and the markup of the panels, row by row."""
    wide = svg.WIDTH / ACROSS
    high = _HIGH + _HEAD + _FOOT
    pieces = []
    for place, panel in enumerate(drawn):
        down, along = divmod(place, ACROSS)
        pieces.append(_panel(panel, axes, along * wide, down * high, wide - _GAP))
    height = high * math.ceil(len(drawn) / ACROSS)
    pieces.append(svg.text(0, height + 14, f"Upright: {axes.y}. Along: {axes.x}.", fill="var(--soft)"))
    return height + 20, "".join(pieces)


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most 500 of the points, evenly chosen, the last one kept."""
    every = -(-len(points) // _MOST_POINTS)
    return list(points[::-1][:: max(1, every)])[::-1]


def nice_top(value: float) -> float:
    """The end of an axis for values up to this one: a round number.

    >>> nice_top(3.7), nice_top(0.42), nice_top(0)
    (4.0, 0.6, 1.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(
        f"{next(step * power for step in (1, 1.5, 2, 3, 4, 6, 8, 10) if step * power >= value * (1 - 1e-12)):.6g}"
    )


def _panel(panel: Panel, axes: Axes, left: float, top: float, wide: float) -> str:
    start, bottom = left + _LEFT, top + _HEAD + _HIGH
    first, last = axes.ends

    def at(point: Point) -> Point:
        along = (point[0] - first) / (last - first) if last > first else 0.5
        return start + (wide - _LEFT) * along, bottom - _HIGH * point[1] / axes.top

    pieces = [name_tag(left, top + 12, panel.name, panel.look, wide)]
    pieces += [
        svg.rect(at((x, 0))[0] - 4, bottom - 0.3 * _HIGH * share, 8, 0.3 * _HIGH * share, HUMAN, ' opacity=".55"')
        for x, share in panel.bars
    ]
    pieces += [_across(start, left + wide, bottom - _HIGH * share, axes.top * share) for share in (0, 0.5, 1)]
    pieces += [
        svg.text(at((x, 0))[0], bottom + 15, said, anchor="middle", fill="var(--soft)", more=' font-size="11"')
        for x, said in axes.ticks
    ]
    for points, more in (
        (panel.faint, ' opacity=".35"'),
        (panel.dashed, ' stroke-width="1.5" stroke-dasharray="4 3"'),
        (panel.line, ' stroke-width="2"'),
    ):
        pieces += [svg.path(map(at, points), panel.look.colour, more)] if points else []
    if len(panel.line) == 1:
        pieces.append(svg.circle(*at(panel.line[0]), 3, panel.look.colour))
    pieces += [_diamond(*at(point)) for point in panel.dots]
    return "".join(pieces)


def _across(start: float, end: float, y: float, value: float) -> str:
    label = svg.text(start - 6, y + 4, f"{value:g}", anchor="end", fill="var(--soft)", more=' font-size="11"')
    return svg.line(start, y, end, y, "var(--line)") + label


def _diamond(x: float, y: float) -> str:
    return f'<path d="M{x:.1f},{y - 5:.1f}l5,5l-5,5l-5,-5z" fill="var(--card)" stroke="var(--ink)" stroke-width="1.5"/>'
