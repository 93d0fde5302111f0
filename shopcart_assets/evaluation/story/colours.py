"""One colour and one number for each policy, and one grey for people, wherever they are shown. No layout.

Colours are told apart by colour-blind readers (Okabe and Ito's, then Tol's); the number says the same to those who see none,
and tells policies apart where there are more than colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

HUMAN = "rgb(139 148 158)"
DARK, LIGHT = "rgb(0 0 0)", "rgb(255 255 255)"

_PALETTE = (
    (0, 114, 178), (230, 159, 0), (0, 158, 115), (213, 94, 0), (86, 180, 233),
    (204, 121, 167), (51, 34, 136), (153, 153, 51), (136, 34, 85), (240, 228, 66),
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How a policy is shown: its number, its colour, and the ink that is readable on it; colours are CSS."""

    number: int
    colour: str
    ink: str


def looks(policies: Sequence[str]) -> dict[str, Look]:
    """The look of each policy, numbered from 1 in their order: give all that there are, so that each is the same everywhere.

    >>> looks(["a", "b"])["b"]
    Look(number=2, colour='rgb(230 159 0)', ink='rgb(0 0 0)')
    """
    return {name: _look(place) for place, name in enumerate(policies)}


def _look(place: int) -> Look:
    red, green, blue = rgb = _PALETTE[place % len(_PALETTE)]
    ink = LIGHT if _contrast(rgb, 1.0) >= _contrast(rgb, 0.0) else DARK
    return Look(place + 1, f"rgb({red} {green} {blue})", ink)


def _contrast(rgb: tuple[int, int, int], other: float) -> float:
    """WCAG 2 contrast of a colour against a luminance."""
    linear = [value / 3294.6 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in rgb]
    own = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (max(own, other) + 0.05) / (min(own, other) + 0.05)
