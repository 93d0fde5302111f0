"""Values over several inline elements: gone as one, the elements kept."""

import pytest
from lxml import etree, html

from shopcart_assets.privacy.gazetteer import Gazetteer
from shopcart_assets.privacy.inline import scrub_line
from shopcart_assets.privacy.parsing import parse
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.second_pass import scrub_tree

ANN = Pseudonyms(b"secret", "ann")
ROSE = Gazetteer(ANN, (("name", "Rose Brown"), ("phone", "+1 212 664 7665"), ("street", "1742 Zanzibrook Lane")))
NAME = ANN.placeholder("name", "Rose Brown")


def _scrubbed(markup: str) -> str:
    line = html.fromstring(markup)
    scrub_line(line, lambda text: ROSE.find(text, True), ANN)
    return etree.tostring(line, method="html", encoding="unicode")


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>by <b>Rose</b> <i>Brown</i>!</p>", f"<p>by <b>{NAME}</b><i></i>!</p>"),
        ("<p>Ro<u>se</u> Brown</p>", f"<p>{NAME}<u></u></p>"),
        ("<p><span><b>Brown</b>, </span>Rose, too</p>", f"<p><span><b>{NAME}</b></span>, too</p>"),
        ("<p>in <b>Rose</b> Gold</p>", "<p>in <b>Rose</b> Gold</p>"),
        ("<div><p>Rose</p> <p>Brown</p></div>", "<div><p>Rose</p> <p>Brown</p></div>"),
        ("<p>Rose Brown <b>x</b></p>", "<p>Rose Brown <b>x</b></p>"),
    ],
)
def test_what_crosses_elements_goes_and_what_lies_in_one_is_left_to_others(markup: str, expected: str) -> None:
    assert _scrubbed(markup) == expected


def test_two_values_of_a_line_and_their_findings_in_its_order() -> None:
    line = html.fromstring("<p><b>Rose</b> Brown, 1742 <i>Zanzibrook</i> Lane</p>")
    found = scrub_line(line, lambda text: ROSE.find(text, True), ANN)
    assert [one.kind for one in found] == ["name", "street"] and "Zanzi" not in str(etree.tostring(line))


def test_a_page_is_asked_where_a_part_of_a_value_stands() -> None:
    root = html.document_fromstring(
        "<div><p>for <b>Rose</b> <b>Brown</b> at <u>212</u>-664-7665</p><h2>Rose Gold Ring</h2></div>"
    )
    found = scrub_tree(root, ROSE)
    text = etree.tostring(root, encoding="unicode")
    assert (
        [one.kind for one in found] == ["name", "phone"]
        and NAME in text
        and "7665" not in text
        and "Rose Gold Ring" in text
    )


def test_a_line_may_be_very_deep() -> None:
    root = parse(f"<p>{'<b>' * 1500}Rose</b> Brown".encode())
    assert scrub_tree(root, ROSE) and "Brown" not in "".join(map(str, root.itertext()))
