"""A run's panel has a point a step and a diamond a held-out loss, inside it; the words and the figures are the last step's."""

import xml.etree.ElementTree as ET

import polars as pl
import pytest

from shopcart_assets.platform.drawing import svg
from shopcart_assets.platform.drawing.colours import looks
from shopcart_assets.training import curve
from tests.training.test_runs import metrics

Points = list[tuple[float, float]]
LOOK = looks(["a", "b", "c", "d"])


def steps(*losses: float, held_out: list[float | None] | None = None) -> pl.DataFrame:
    held = pl.Series(held_out or [None] * len(losses), dtype=pl.Float64)
    return pl.DataFrame(metrics(*losses)).with_columns(held_out_loss_nats=held)


def drawn(rows: pl.DataFrame) -> tuple[Points, Points]:
    """The line of each step, faint, and the middles of the diamonds."""
    root = ET.fromstring(f"<svg>{curve.curves({'a': rows}, LOOK).body}</svg>")
    (faint,) = [one for one in root.iter("polyline") if one.get("opacity")]
    pairs = [point.split(",") for point in faint.attrib["points"].split()]
    tops = [one.attrib["d"].removeprefix("M").split("l")[0].split(",") for one in root.iter("path")]
    return [(float(x), float(y)) for x, y in pairs], [(float(x), float(y) + 5) for x, y in tops]


@pytest.mark.parametrize("losses", [[2.0, 1.0, 0.5], [0.0], [1.0]])
def test_the_curve_is_a_picture_with_a_point_a_step(losses: list[float]) -> None:
    line, dots = drawn(steps(*losses))
    assert (len(line), dots) == (len(losses), [])
    assert all(0 <= x <= svg.WIDTH / 3 and 0 <= y <= 240 for x, y in line)
    assert [y for _, y in line] == sorted(y for _, y in line)


def test_held_out_losses_are_dots_on_the_same_scale() -> None:
    line, dots = drawn(steps(2.0, 1.0, 0.5, held_out=[None, 4.0, 1.0]))
    assert [x for x, _ in dots] == [x for x, _ in line[1:]]
    assert dots[1][1] == pytest.approx(line[1][1])
    assert dots[0][1] == min(y for _, y in [*line, *dots])


def test_long_runs_are_thinned_and_end_where_they_end() -> None:
    line, _ = drawn(steps(*[float(9_999 - number) for number in range(1_201)]))
    assert 400 <= len(line) <= 500
    assert line[-1][0] == max(x for x, _ in line) and line[-1][0] == pytest.approx(svg.WIDTH / 3 - 24)


def test_a_few_runs_are_told_each_and_many_by_their_range() -> None:
    one = steps(2.0, 0.5, held_out=[None, 0.75])
    assert curve.curves({"a": one}, LOOK).said == "a: loss from 2.000 to 0.500 nats a token in 2 steps, 0.750 held out."
    said = curve.curves({**dict.fromkeys("abc", one), "d": steps(3.0, 0.25)}, LOOK).said
    assert said == "The losses of 4 runs end at 0.250 to 0.500 nats a token, held out at 0.750 to 0.750."


def test_the_latest_figures_leave_out_what_is_not_known() -> None:
    rows = steps(2.0, 1.0, held_out=[1.5, None]).with_columns(n_tokens=pl.lit(50), mfu=pl.lit(None, pl.Float64))
    told = curve.latest(rows)
    assert (told["step"], told["loss_nats"], told["held_out_loss_nats"], told["trained_share"]) == (2, 1.0, 1.5, 0.02)
    assert "mfu" not in told
