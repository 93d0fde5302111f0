"""The one figure: accuracy of every policy as a dot with its interval, the simple policies as lines, the paper's rows in grey.

Rows in, SVG bytes out; the same rows give the same bytes. Colours are chosen to be told apart by colour-blind readers.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shopcart_assets.report.table_1 import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, PAPER = "#26313d", "#ffffff"
_GREY = "#8b949e"
_COLOURS = {"ceiling": "#8d6fc4", "baseline": _GREY, "prompted": "#d08700", "fine_tuned": "#2f8fcb", "unknown": _GREY}

_INCHES_A_ROW = 0.23
_WIDTH_INCHES = 8.0
_GAP_INCHES = 0.12
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "shopcart",
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def accuracy_figure(here: Sequence[Row], paper: Sequence[Row]) -> bytes:
    """Two panels over one axis: the policies measured here above, the paper's rows below. SVG, dark ink on white."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with rc_context(_STYLE):
        heights = [max(len(here), 1), max(len(paper), 1)]
        figure = Figure(
            figsize=(_WIDTH_INCHES, _INCHES_A_ROW * sum(heights) + 1.4),
            facecolor=PAPER,
            layout=ConstrainedLayoutEngine(h_pad=_GAP_INCHES),
        )
        FigureCanvasSVG(figure)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=heights)
        _dots(above, here, "Measured here", [_COLOURS[row.kind] for row in here])
        _reference_lines(above, here)
        _dots(below, paper, "Printed in the paper (other shoppers, other cases)", [_GREY] * len(paper))
        below.set_xlabel("exact match, mean over sessions (%)")
        below.set_xlim(left=0)
        written = io.BytesIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return written.getvalue()


def themed(svg: bytes) -> str:
    """The figure for a page that has a light and a dark look: ink becomes the page's own, the background is left out."""
    text = svg.decode().replace(INK, "currentColor").replace(PAPER, "none")
    return text[text.index("<svg") :]


def _dots(axes: "Axes", rows: Sequence[Row], title: str, colours: Sequence[str]) -> None:
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", pad=14)
    axes.set_facecolor(PAPER)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.tick_params(length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color=_GREY, alpha=0.25, linewidth=0.6)
    for position, (row, colour) in enumerate(zip(rows, colours, strict=True)):
        estimate = row.accuracy
        if estimate.low is not None and estimate.high is not None:
            axes.plot(
                [estimate.low, estimate.high],
                [position] * 2,
                color=colour,
                linewidth=2,
                alpha=0.55,
                solid_capstyle="round",
            )
        axes.plot([estimate.value], [position], "o", color=colour, markersize=6)


def _reference_lines(axes: "Axes", rows: Sequence[Row]) -> None:
    """What a policy that never looks at the page reaches: a model below such a line has learned little."""
    for row in rows:
        if row.kind == "baseline" and row.label.startswith("always_"):
            axes.axvline(row.accuracy.value, color=_GREY, linewidth=1, linestyle=(0, (3, 3)), zorder=0)
