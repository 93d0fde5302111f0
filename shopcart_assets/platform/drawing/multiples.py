"""A picture with a line for each policy and a narrow bar chart in each column: all on one scale, every bar with its number.

Where bars say what people do too, theirs is the first line, grey, and a grey rule runs down each column at their value.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shopcart_assets.platform.drawing import svg
from shopcart_assets.platform.drawing.colours import HUMAN, Look

NAME_WIDTH = 240
"""Of the names, with their numbers, at the left; px."""
ROW = 20
_BAR, _GAP, _HEAD, _FOOT = 12, 10, 40, 26
_HALO = ' paint-order="stroke" stroke="var(--card)" stroke-width="3" stroke-linejoin="round"'


@dataclass(frozen=True)
class Column:
    """A column: its `top` is the value of a bar as wide as it; `human` is people's value, with its interval from low to high; `span` makes it wider."""

    title: tuple[str, ...]
    top: float
    human: float | None = None
    low: float | None = None
    high: float | None = None
    digits: int = 0
    span: float = 1.0


@dataclass(frozen=True)
class Line:
    """A policy's values, one a column, None where there is none; `look` None = people."""

    name: str
    look: Look | None
    values: Sequence[float | None]


def name_tag(x: float, y: float, name: str, look: Look | None, width: float) -> str:
    """A policy's number in its colour and its name, the middle line at y; what does not fit is shown when pointed at."""
    short = svg.fitted(name, width - 28)
    full = "" if short == name else name
    if look is None:
        return svg.rect(x, y - 7, 22, 14, HUMAN, ' rx="7"') + svg.text(x + 28, y + 4, short, full=full)
    number = svg.text(
        x + 11, y + 4, str(look.number), anchor="middle", fill=look.ink, more=' font-size="10.5" font-weight="700"'
    )
    return svg.rect(x, y - 7, 22, 14, look.colour, ' rx="7"') + number + svg.text(x + 28, y + 4, short, full=full)


def multiples(columns: Sequence[Column], lines: Sequence[Line], unit: str) -> tuple[int, str]:
    """The height, px, and the markup. `unit` stands under the axes."""
    one = (svg.WIDTH - NAME_WIDTH) / sum(column.span for column in columns)
    bottom = _HEAD + ROW * len(lines)
    pieces = [name_tag(0, _middle(at), line.name, line.look, NAME_WIDTH - _GAP) for at, line in enumerate(lines)]
    left = float(NAME_WIDTH)
    for place, column in enumerate(columns):
        pieces.append(
            _column(column, [(line.look, line.values[place]) for line in lines], left, one * column.span - _GAP, bottom)
        )
        left += one * column.span
    pieces.append(svg.text(0, bottom + 17, unit, fill="var(--soft)"))
    return bottom + _FOOT, "".join(pieces)


def _middle(place: int) -> float:
    return _HEAD + ROW * (place + 0.5)


def _column(
    column: Column, values: Sequence[tuple[Look | None, float | None]], left: float, wide: float, bottom: float
) -> str:
    scale = wide / column.top
    titles = [
        svg.text(left, _HEAD - 12 - 14 * back, part, more=' font-size="11" font-weight="600"')
        for back, part in enumerate(reversed(column.title))
    ]
    band = ""
    if column.low is not None and column.high is not None:
        band = svg.rect(
            left + scale * column.low,
            _HEAD,
            scale * (column.high - column.low),
            bottom - _HEAD,
            HUMAN,
            ' opacity=".25"',
        )
    bars = [svg.rect(left, _middle(at) - _BAR / 2, scale * (value or 0), _BAR, HUMAN if look is None else look.colour)
            for at, (look, value) in enumerate(values)]  # fmt: skip
    rule = "" if column.human is None else _rule(left + scale * column.human, bottom)
    said = [_number(column, look, value, left, wide, _middle(at)) for at, (look, value) in enumerate(values)]
    axis = svg.line(left, _HEAD, left, bottom, "var(--soft)") + svg.text(left, bottom + 17, "0", fill="var(--soft)")
    top = svg.text(left + wide, bottom + 17, f"{column.top:g}", anchor="end", fill="var(--soft)")
    return "".join([*titles, band, *bars, rule, *said, axis, top])


def _rule(x: float, bottom: float) -> str:
    return svg.line(x, _HEAD - 3, x, bottom + 3, HUMAN, ' stroke-width="2"')


def _number(column: Column, look: Look | None, value: float | None, left: float, wide: float, y: float) -> str:
    """The bar's value beside it, or in its end where there is no room."""
    if value is None:
        return svg.text(left + 4, y + 4, "–", fill="var(--soft)")
    said = f"{value:.{column.digits}f}"
    end = wide * value / column.top
    if end + svg.width_of(said, 11) + 4 <= wide:
        return svg.text(left + end + 4, y + 4, said, more=f' font-size="11"{_HALO}')
    ink = "rgb(0 0 0)" if look is None else look.ink
    return svg.text(left + end - 4, y + 4, said, anchor="end", fill=ink, more=' font-size="11"')
