"""Every policy is a dot inside its interval inside the axis; what is printed elsewhere stands below, and nothing is hidden."""

import xml.etree.ElementTree as ET

import polars as pl
import pytest

from shopcart_assets.evaluation.figures.accuracy import KINDS, Printed, accuracy_figure, in_order
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.drawing import svg
from shopcart_assets.platform.drawing.colours import looks
from shopcart_assets.platform.drawing.multiples import NAME_WIDTH


def accuracy(*rows: tuple[str, str | None, float, float | None, float | None]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, ["policy", "kind", "macro_accuracy", "low", "high"], orient="row")
    return table("evaluation.accuracy").conform(frame.select(pl.lit(None, dtype).alias(name) if name not in frame.columns else pl.col(name)
                                                for name, dtype in table("evaluation.accuracy").schema().items()))  # fmt: skip


ROWS = accuracy(
    ("always_terminate", "baseline", 0.2, 0.1, 0.3),
    ("tuned", "fine_tuned", 0.4, 0.35, 0.98),
    ("tuned-2", "fine_tuned", 0.45, None, None),
    ("gone", None, 0.0, 0.0, 0.0),
)
LOOK = looks(["always_terminate", "gone", "tuned", "tuned-2"])


def test_policies_stand_by_kind_then_by_accuracy_and_what_is_not_declared_last() -> None:
    assert in_order(ROWS.reverse()) == ["always_terminate", "tuned", "tuned-2", "gone"]
    assert list(KINDS)[-1] == "unknown"


def test_dots_lie_in_their_intervals_and_all_lies_in_the_axis() -> None:
    figure = accuracy_figure(ROWS, LOOK, {"Elsewhere": [Printed("<b>model</b>", 17.3)]})
    root = ET.fromstring(f"<svg>{figure.body}</svg>")
    dots = {one.attrib["fill"]: float(one.attrib["cx"]) for one in root.iter("circle")}
    spans = {one.attrib["stroke"]: (float(one.attrib["x1"]), float(one.attrib["x2"]), float(one.attrib["y1"]))
             for one in root.iter("line") if one.get("stroke-width") == "3"}  # fmt: skip
    assert set(dots) == {look.colour for look in LOOK.values()}
    assert set(spans) == set(dots) - {LOOK["tuned-2"].colour}, "no interval, no bar"
    for colour, (low, high, y) in spans.items():
        assert NAME_WIDTH <= low <= dots[colour] <= high <= svg.WIDTH and y < figure.height
    scale = (dots[LOOK["tuned"].colour] - NAME_WIDTH) / 40
    assert (dots[LOOK["always_terminate"].colour] - NAME_WIDTH) / 20 == pytest.approx(scale, abs=0.01)
    assert "<b>model</b>" in "".join(root.itertext()) and "tuned-2" in "".join(root.itertext())


def test_it_says_the_best_of_each_kind_with_its_interval() -> None:
    said = accuracy_figure(ROWS, LOOK, {"Elsewhere": [Printed("a", 3.0), Printed("b", 17.25)]}).said
    assert "always_terminate at 20.0 % (95 % interval 10.0 to 30.0)" in said and "tuned-2 at 45.0 %." in said
    assert "prints 3.0 to 17.2 % for 2 models" in said
    assert accuracy_figure(ROWS.clear(), {}).said == "No policy has been evaluated yet."


def test_a_dot_at_the_end_of_the_axis_does_not_touch_its_number() -> None:
    sure = accuracy(("oracle", "ceiling", 1.0, 1.0, 1.0))
    root = ET.fromstring(f"<svg>{accuracy_figure(sure, looks(['oracle'])).body}</svg>")
    (dot,) = root.iter("circle")
    (number,) = [one for one in root.iter("text") if one.text == "100.0 (100.0 to 100.0)"]
    assert float(number.attrib["x"]) - svg.width_of(number.text or "", 11) > float(dot.attrib["cx"]) + 6


@pytest.mark.parametrize(("best", "ticks"), [(0.0, 6), (0.07, 6), (0.2, 11), (0.37, 9), (1.0, 11)])
def test_the_axis_has_a_few_round_ticks_and_its_unit(best: float, ticks: int) -> None:
    figure = accuracy_figure(accuracy(("a", "prompted", best, None, None)), looks(["a"]))
    told = [
        one.text or ""
        for one in ET.fromstring(f"<svg>{figure.body}</svg>").iter("text")
        if one.get("text-anchor") == "middle"
    ]
    assert len(told) - 1 == ticks, "and the number of the policy"
    assert "mean over sessions, %" in figure.body
