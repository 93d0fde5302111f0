"""One colour and one number for each policy, and one grey for people, wherever they are shown, on a light page and on a dark one.

Colours are Okabe and Ito's and Tol's, made darker or lighter until each has three times the contrast of its page and is told apart
from every other by readers who are colour-blind. The number says the same to those who see none, and where there are more policies
than colours. No layout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RGB = tuple[int, int, int]

HUMAN_RGB: RGB = (136, 145, 155)
"""Between the two pages: the same grey on both."""

PALETTE: tuple[tuple[RGB, RGB], ...] = (
    ((12, 89, 182), (39, 115, 202)),
    ((203, 129, 0), (221, 156, 26)),
    ((24, 153, 100), (13, 183, 103)),
    ((181, 41, 0), (204, 74, 41)),
    ((56, 150, 225), (153, 179, 255)),
    ((168, 74, 143), (248, 175, 211)),
    ((69, 34, 112), (140, 110, 255)),
    ((115, 117, 46), (172, 206, 99)),
    ((110, 41, 92), (186, 71, 111)),
    ((62, 53, 34), (227, 244, 81)),
)  # fmt: skip
"""Each colour on a light page and on a dark one."""

PAGE: Mapping[str, tuple[RGB, RGB]] = {
    "ink": ((31, 41, 51), (228, 232, 236)),
    "soft": ((91, 102, 114), (154, 165, 177)),
    "line": ((217, 222, 228), (49, 58, 68)),
    "page": ((252, 252, 251), (20, 24, 29)),
    "card": ((255, 255, 255), (26, 32, 39)),
}
"""What is written, said beside, ruled; the page, and what lies on it."""

BLACK: RGB = (0, 0, 0)
WHITE: RGB = (255, 255, 255)


def css(rgb: RGB) -> str:
    """The colour in CSS without `#`, which addresses of frames cannot hold.

    >>> css((0, 114, 178))
    'rgb(0 114 178)'
    """
    return f"rgb({rgb[0]} {rgb[1]} {rgb[2]})"


HUMAN = css(HUMAN_RGB)


@dataclass(frozen=True)
class Look:
    """How a policy is shown: its number, its colour, and the ink that is readable on it; colours are variables of STYLE."""

    number: int
    colour: str
    ink: str


def looks(policies: Sequence[str]) -> dict[str, Look]:
    """The look of each policy, numbered from 1 in their order: give all that there are, so that each is the same everywhere.

    >>> looks(["a", "b"])["b"]
    Look(number=2, colour='var(--p1)', ink='var(--on-p1)')
    """
    places = {name: place % len(PALETTE) for place, name in enumerate(policies)}
    return {
        name: Look(number, f"var(--p{at})", f"var(--on-p{at})") for number, (name, at) in enumerate(places.items(), 1)
    }


def contrast(one: RGB, other: RGB) -> float:
    """WCAG 2 contrast of two colours, 1 to 21: graphics need 3, letters 4.5.

    >>> round(contrast((0, 0, 0), (255, 255, 255)))
    21
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(rgb: RGB) -> RGB:
    """Black or white: what is more readable on the colour."""
    return WHITE if contrast(rgb, WHITE) >= contrast(rgb, BLACK) else BLACK


def _luminance(rgb: RGB) -> float:
    linear = [value / 3294.6 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _variables(is_dark: bool) -> str:
    drawn = {f"p{place}": pair[is_dark] for place, pair in enumerate(PALETTE)}
    named = {**{name: pair[is_dark] for name, pair in PAGE.items()}, **drawn}
    named |= {f"on-{name}": ink_on(rgb) for name, rgb in drawn.items()}
    return "".join(f"--{name}:{css(rgb)};" for name, rgb in named.items())


STYLE = (
    f":root{{color-scheme:light dark;--human:{HUMAN};{_variables(False)}}}"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(True)}}}}}"
)
"""The variables, for a page's or a picture's style sheet; paper is light."""
