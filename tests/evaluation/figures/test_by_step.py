"""Accuracy of a step is over all its cases; late steps with few cases are one point; those that left are left out of the dashed line."""

import xml.etree.ElementTree as ET

import polars as pl
import pytest

from shopcart_assets.evaluation.figures.by_step import FEW_CASES, by_step_figure, last_step, pooled
from shopcart_assets.platform.drawing.colours import looks
from tests.report import invented

POLICIES = invented.accuracy()["policy"].to_list()
LOOK = looks(sorted(POLICIES))


def test_steps_with_few_cases_are_one_point_with_all_later_ones() -> None:
    frame = invented.by_step()
    assert last_step(frame) == 5, "2 x 24 // 5 = 8 cases are fewer than 10"
    n_cases = dict(pooled(frame, 5).filter(policy=POLICIES[0]).select("step", "n_cases").iter_rows())
    assert n_cases == {2: 24, 3: 16, 4: 12, 5: 2 * (4 + 4 + 3 + 3)}
    assert sum(n_cases.values()) == frame.filter(policy=POLICIES[0])["n_cases"].sum(), "no case is lost"
    assert last_step(frame.filter(pl.col("step") < 4)) == 3 and FEW_CASES > 8


def test_accuracy_is_of_all_cases_and_the_dashed_line_of_those_that_went_on() -> None:
    row = pooled(invented.by_step(), 5).filter(policy=POLICIES[0], step=2).row(0, named=True)
    assert (row["accuracy"], row["went_on"]) == (3 / 24, 3 / 12)
    left = invented.by_step().filter(pl.col("human_type") == "terminate")
    assert pooled(left, 5)["went_on"].null_count() == pooled(left, 5).height


def test_a_panel_a_policy_with_its_lines_and_its_cases() -> None:
    figure = by_step_figure(invented.by_step(), POLICIES, LOOK)
    root = ET.fromstring(f"<svg>{figure.body}</svg>")
    lines = list(root.iter("polyline"))
    assert len(lines) == 2 * len(POLICIES) and sum(one.get("stroke-dasharray") is not None for one in lines) == len(
        POLICIES
    )
    assert "5+" in "".join(root.itertext()) and figure.said.startswith(
        f"{POLICIES[-1]} is right at step 2 in 12 % of 24 cases"
    )
    assert "at step 5 and later in 7 % of 28" in figure.said


@pytest.mark.parametrize("order", [[], ["never-judged"]])
def test_without_cases_it_says_so(order: list[str]) -> None:
    assert by_step_figure(invented.by_step().clear(), order, LOOK).said == "No policy has been evaluated yet."
