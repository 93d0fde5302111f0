"""The picture has a point a step and a dot a held-out loss, inside its frame; the figures are the last step's."""

import xml.etree.ElementTree as ET

import polars as pl
import pytest

from shopcart_assets.training import curve
from tests.training.test_runs import metrics

SVG = "{http://www.w3.org/2000/svg}"


def points(steps: pl.DataFrame) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    root = ET.fromstring(curve.loss_curve(steps))
    (line,) = root.iter(f"{SVG}polyline")
    pairs = [point.split(",") for point in line.attrib["points"].split()]
    dots = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in root.iter(f"{SVG}circle")]
    return [(float(x), float(y)) for x, y in pairs], dots


@pytest.mark.parametrize("losses", [[2.0, 1.0, 0.5], [0.0], [1.0]])
def test_the_curve_is_a_picture_with_a_point_a_step(losses: list[float]) -> None:
    steps = pl.DataFrame(metrics(*losses)).with_columns(held_out_loss_nats=pl.lit(None, pl.Float64))
    line, dots = points(steps)
    assert (len(line), dots) == (len(losses), [])
    assert all(0 <= x <= 640 and 0 <= y <= 240 for x, y in line)
    assert [y for _, y in line] == sorted(y for _, y in line)


def test_held_out_losses_are_dots_on_the_same_scale() -> None:
    steps = pl.DataFrame(metrics(2.0, 1.0, 0.5)).with_columns(held_out_loss_nats=pl.Series([None, 4.0, 1.0]))
    line, dots = points(steps)
    assert [x for x, _ in dots] == [x for x, _ in line[1:]]
    assert dots[1][1] == line[1][1]
    assert dots[0][1] == min(y for _, y in [*line, *dots])


def test_long_runs_are_thinned_and_end_where_they_end() -> None:
    steps = pl.DataFrame(metrics(*[float(9_999 - number) for number in range(1_201)]))
    line, _ = points(steps.with_columns(held_out_loss_nats=pl.lit(None, pl.Float64)))
    assert 400 <= len(line) <= 500
    assert line[-1][0] == 640 - 36


def test_the_latest_figures_leave_out_what_is_not_known() -> None:
    steps = pl.DataFrame(metrics(2.0, 1.0)).with_columns(
        n_tokens=pl.lit(50), mfu=pl.lit(None, pl.Float64), held_out_loss_nats=pl.Series([1.5, None])
    )
    told = curve.latest(steps)
    assert (told["step"], told["loss_nats"], told["held_out_loss_nats"], told["trained_share"]) == (2, 1.0, 1.5, 0.02)
    assert "mfu" not in told


def test_the_markdown_holds_the_picture() -> None:
    assert curve.as_markdown("<svg/>") == "![loss by step](data:image/svg+xml;base64,PHN2Zy8+)"
