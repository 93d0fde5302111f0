"""Every policy has a colour and a number of its own, the same wherever it is shown, that everybody can tell from its page."""

from itertools import combinations

import numpy as np
import pytest

from shopcart_assets.platform.drawing.colours import (
    BLACK,
    HUMAN_RGB,
    PAGE,
    PALETTE,
    RGB,
    STYLE,
    WHITE,
    contrast,
    css,
    ink_on,
    looks,
)

# How readers without one kind of cone see linear RGB: Machado, Oliveira and Fernandes, 2009, severity 1.
SEEN_BY = {
    "all": np.eye(3),
    "no long cones": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no medium cones": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "no short cones": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
SCHEMES = {"light": 0, "dark": 1}


def lab(rgb: RGB, seen: np.ndarray) -> np.ndarray:
    """CIELAB (D65) of a colour as it is seen."""
    share = np.array(rgb) / 255
    linear = seen @ np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.119192, 0.9503041]]
    )
    xyz = to_xyz @ linear.clip(0, 1) / np.array([0.95047, 1, 1.08883])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def least_difference(colours: list[RGB], seen: np.ndarray) -> float:
    return min(float(np.linalg.norm(lab(one, seen) - lab(other, seen))) for one, other in combinations(colours, 2))


def test_numbers_are_unique_and_colours_are_until_they_run_out() -> None:
    found = list(looks([f"policy-{number}" for number in range(25)]).values())
    assert [look.number for look in found] == list(range(1, 26))
    colours = [look.colour for look in found]
    assert len(set(colours[:10])) == 10 and colours[10:20] == colours[:10]
    assert all(f"--{one.colour[6:-1]}:" in STYLE and f"--{one.ink[6:-1]}:" in STYLE for one in found)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_marks_have_three_times_their_pages_contrast_and_letters_four_and_a_half(scheme: str) -> None:
    """WCAG 2.1, 1.4.11 and 1.4.3; people's grey is one for both."""
    at = SCHEMES[scheme]
    for page in (PAGE["page"][at], PAGE["card"][at]):
        assert all(contrast(colour, page) >= 3 for colour in (*(pair[at] for pair in PALETTE), HUMAN_RGB))
        assert all(contrast(PAGE[name][at], page) >= 4.5 for name in ("ink", "soft"))
    assert all(contrast(pair[at], ink_on(pair[at])) >= 4.5 for pair in PALETTE)


@pytest.mark.parametrize("reader", SEEN_BY)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_colours_are_told_apart_by_readers_who_are_colour_blind(scheme: str, reader: str) -> None:
    """A difference of 2.3 is just noticeable side by side; small marks that lie apart need several times that."""
    colours = [*(pair[SCHEMES[scheme]] for pair in PALETTE), HUMAN_RGB]
    assert least_difference(colours, SEEN_BY[reader]) > (9 if reader == "no short cones" else 14)
    if reader != "no short cones":
        assert least_difference(colours[:6], SEEN_BY[reader]) > 22


def test_okabe_and_itos_own_colours_are_told_apart_by_this_measure_and_red_from_green_is_not() -> None:
    seen = SEEN_BY["no medium cones"]
    assert least_difference([(0, 114, 178), (230, 159, 0), (0, 158, 115), (240, 228, 66)], seen) > 15
    assert least_difference([(160, 100, 0), (120, 120, 0)], seen) < 9


def test_paper_is_light_whatever_the_screen_is() -> None:
    light, dark = STYLE.split("@media screen and (prefers-color-scheme:dark)")
    assert f"--card:{css(WHITE)}" in light and f"--card:{css(PAGE['card'][1])}" in dark
    assert ink_on(BLACK) == WHITE and "#" not in STYLE and "%" not in STYLE
