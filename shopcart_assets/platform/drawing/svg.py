"""A figure as inline SVG: pieces of markup, and the picture that they make, for a page or on its own. No numbers of any table.

Colours are variables of `colours.STYLE`, so that one picture suits a light page, a dark one and paper. What is written in a figure
may be hostile, such as a policy's name: `text` escapes it. Equal pieces give equal bytes.
"""

import base64
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from shopcart_assets.platform.drawing.colours import STYLE

WIDTH = 960
"""Of every figure, px; a narrower page scrolls it, so that its letters stay readable."""
FONT = "system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif"
SIZE = 12
"""Of letters, px."""

_WIDE = (("mwMW@%…", 1.0), ("il.,:;'|!/jI ", 0.38), ("-rtf()[]", 0.45), ("csxyzkv_", 0.6))
"""Widths of letters in ems, as DejaVu Sans has them or wider."""
_BACKGROUND = '<rect width="100%" height="100%" fill="var(--card)"/>'


@dataclass(frozen=True)
class Figure:
    """A picture `WIDTH` px wide. `title` is ours and says what is drawn; `said`, in words with figures, what is to be seen in it."""

    title: str
    said: str
    height: int
    body: str

    def inline(self, name: str) -> str:
        """The picture in a page that has `colours.STYLE`; `name` is a prefix of ids, one a page."""
        return self._drawn(f' aria-labelledby="{name}-title {name}-said"', name, "")

    def document(self) -> str:
        """The picture as a file of its own, with its colours and background."""
        own = f' xmlns="http://www.w3.org/2000/svg" aria-labelledby="title said" width="{WIDTH}" height="{self.height}"'
        return self._drawn(own, "", f"<style>{STYLE}</style>{_BACKGROUND}")

    def markdown(self) -> str:
        """The picture as Dagster's UI shows one in a preview: nothing that came from outside stands in its markup."""
        return f"![{self.title}](data:image/svg+xml;base64,{base64.b64encode(self.document().encode()).decode()})"

    def _drawn(self, attributes: str, name: str, first: str) -> str:
        prefix = f"{name}-" if name else ""
        return (
            f'<svg role="img"{attributes} viewBox="0 0 {WIDTH} {self.height}" font-family="{FONT}" font-size="{SIZE}">'
            f'<title id="{prefix}title">{escape(self.title)}</title><desc id="{prefix}said">{escape(printable(self.said))}</desc>'
            f"{first}{self.body}</svg>"
        )


def text(
    x: float, y: float, said: str, *, anchor: str = "start", fill: str = "var(--ink)", more: str = "", full: str = ""
) -> str:
    """Letters on the base line y; `full` is shown when pointed at, `more` are attributes of ours."""
    tip = f"<title>{escape(printable(full))}</title>" if full else ""
    anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}"{anchored} fill="{fill}"{more}>{tip}{escape(printable(said))}</text>'


def rect(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    """A filled rectangle; what has no width is not drawn."""
    if width <= 0:
        return ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"{more}/>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, more: str = "") -> str:
    """A straight line, 1 px thick where `more` does not say otherwise."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}"{more}/>'


def path(points: Iterable[tuple[float, float]], stroke: str, more: str = "") -> str:
    """A line through points."""
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{drawn}" fill="none" stroke="{stroke}" stroke-linejoin="round"{more}/>'


def circle(x: float, y: float, radius: float, fill: str, more: str = "") -> str:
    """A filled circle."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}"{more}/>'


def printable(said: str) -> str:
    """The text with what no file can hold, or would turn its neighbours around, replaced: control, format and surrogate characters.

    >>> printable("a\\u202eb\\x00c")
    'a�b�c'
    """
    return said if said.isprintable() else "".join("�" if unicodedata.category(one)[0] == "C" else one for one in said)


def width_of(said: str, size: float = SIZE) -> float:
    """How wide letters are at most, px: no font is at hand, so a wide one is assumed."""
    return size * sum(_em(one) for one in said)


def fitted(said: str, width: float, size: float = SIZE) -> str:
    """The text, its middle left out where it is wider than `width` px: names differ at both ends.

    >>> fitted("smollm2-135m-reasoning-s0", 120)
    'smollm2…ning-s0'
    """
    said = printable(said)
    if width_of(said, size) <= width:
        return said
    keep = len(said)
    while keep > 2 and width_of(cut := f"{said[: keep // 2]}…{said[-(keep - keep // 2) :]}", size) > width:
        keep -= 1
    return cut if keep > 2 else "…"


def _em(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    return next((em for chars, em in _WIDE if char in chars), 0.72 if char.isupper() else 0.64)
