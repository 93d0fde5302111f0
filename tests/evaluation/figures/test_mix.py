"""People come first and grey, each policy's mix is as counted, and the words name who is nearest, who is farthest and the floor."""

import xml.etree.ElementTree as ET

import pytest

from shopcart_assets.evaluation.figures.mix import CATEGORIES, mix_figure
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.drawing.colours import HUMAN, looks
from tests.report import invented

POLICIES = invented.accuracy()["policy"].to_list()
LOOK = looks(sorted(POLICIES))


def test_every_category_that_can_be_has_a_column() -> None:
    names = table("evaluation.user_scores").schema().names()
    assert set(CATEGORIES) == {name.removeprefix("n_predicted_") for name in names if name.startswith("n_predicted_")}


def test_people_are_grey_in_every_column_and_policies_bars_are_their_shares() -> None:
    figure = mix_figure(invented.mix(), invented.divergence(), POLICIES, LOOK)
    root = ET.fromstring(f"<svg>{figure.body}</svg>")
    grey = [one for one in root.iter("rect") if one.attrib["fill"] == HUMAN]
    assert sum(one.attrib["height"] == "12.0" for one in grey) == 3, "search, leave, and the floor"
    rules = [one for one in root.iter("line") if one.attrib["stroke"] == HUMAN]
    assert len(rules) == len(CATEGORIES) + 1
    bars = [
        float(one.attrib["width"])
        for one in root.iter("rect")
        if one.attrib["fill"] == LOOK["always_buy"].colour and one.attrib["height"] == "12.0"
    ]
    search, leave = bars[:2]
    assert search / leave == pytest.approx(0.45 / 0.55, abs=0.02)


def test_the_words_have_the_nearest_the_farthest_and_how_many_are_as_near_as_people_are() -> None:
    said = mix_figure(invented.mix(), invented.divergence(), POLICIES, LOOK).said
    assert f"Nearest to them is {POLICIES[0]} with a Jensen-Shannon divergence of 0.000 bits" in said
    assert f"farthest is {POLICIES[-1]} with 0.180" in said and "0.030 bits apart" in said
    assert f"4 of {len(POLICIES)} policies are within that" in said


def test_what_people_did_is_drawn_and_not_said_to_be_near_them() -> None:
    figure = mix_figure(invented.mix(), invented.divergence(), POLICIES, LOOK, {POLICIES[0]})
    assert f"Nearest to them is {POLICIES[1]}" in figure.said and f"of {len(POLICIES) - 1} policies" in figure.said
    assert POLICIES[0] in figure.body


def test_one_user_has_no_floor_and_nothing_is_said_of_one() -> None:
    bits = invented.divergence().with_columns(human_js_bits=None, human_js_bits_p95=None)
    figure = mix_figure(invented.mix(), table("evaluation.divergence").conform(bits), POLICIES, LOOK)
    assert "halves" not in figure.said and "Nearest" in figure.said
