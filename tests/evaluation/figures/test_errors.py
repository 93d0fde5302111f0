"""The shares of a policy's line add up to 100 %, and its errors to what accuracy leaves."""

import re
import xml.etree.ElementTree as ET

import pytest

from shopcart_assets.evaluation.figures.errors import ERRORS, errors_figure, weighted
from shopcart_assets.platform.drawing.colours import looks
from tests.report import invented

ACCURACY = dict(invented.accuracy().select("policy", "macro_accuracy").iter_rows())
LOOK = looks(sorted(ACCURACY))


def test_errors_are_what_accuracy_leaves() -> None:
    for policy, shares in weighted(invented.errors()).items():
        assert sum(shares.values()) == pytest.approx(100) and set(shares) <= set(ERRORS)
        assert 100 - shares["correct"] == pytest.approx(100 - 100 * ACCURACY[policy])


def test_a_lines_bars_add_up_to_the_whole_and_the_last_is_all_its_errors() -> None:
    figure = errors_figure(invented.errors(), list(ACCURACY), LOOK)
    root = ET.fromstring(f"<svg>{figure.body}</svg>")
    policy = "markov_2"
    drawn = [float(one.attrib["width"]) for one in root.iter("rect")
             if one.attrib["fill"] == LOOK[policy].colour and one.attrib["height"] == "12.0"]  # fmt: skip
    *parts, wrong = drawn
    whole = wrong / (1 - ACCURACY[policy])
    assert sum(parts) == pytest.approx(whole, abs=0.3) and sum(parts) - parts[0] == pytest.approx(wrong, abs=0.3)


def test_the_words_add_up_too() -> None:
    said = errors_figure(invented.errors(), list(ACCURACY), LOOK).said
    right, wrong = re.search(r"right in ([\d.]+) % and wrong in ([\d.]+) %", said).groups()  # type: ignore[union-attr]
    parts = [float(one) for one in re.findall(r"([\d.]+) \(", said)]
    assert float(right) + float(wrong) == pytest.approx(100) and sum(parts) == pytest.approx(float(wrong), abs=0.11)
    assert said.startswith(invented.BEST) and "10 of 10 policies: wrong element" in said


def test_before_any_evaluation_it_says_so() -> None:
    assert errors_figure(invented.errors().clear(), [], {}).said == "No policy has been evaluated yet."
