from typing import Any

from lxml import etree

from shopcart_assets.report.figure import INK, PAPER, accuracy_figure, themed
from shopcart_assets.report.published import published
from shopcart_assets.report.table_1 import Estimate, Row, measured, printed
from tests.report import invented


def test_equal_rows_give_equal_bytes_and_every_policy_is_named() -> None:
    rows, paper = measured(invented.accuracy(), invented.outcomes()), printed(published())
    first, second = accuracy_figure(rows, paper), accuracy_figure(rows, paper)

    assert first == second
    tree: Any = etree.fromstring(first)
    text = " ".join(tree.itertext())
    assert all(row.label in text for row in (*rows, *paper))


def test_a_page_gets_its_own_ink() -> None:
    svg = themed(accuracy_figure([], printed(published())))

    assert svg.startswith("<svg")
    assert "currentColor" in svg
    assert INK not in svg
    assert PAPER not in svg


def test_a_hostile_name_stays_text() -> None:
    row = Row("<script>$\\frac{1}{0}$</script>", "g", "prompted", Estimate(5.0), None)
    figure: Any = etree.fromstring(accuracy_figure([row], []))

    assert not figure.xpath("//*[local-name()='script']")
    assert row.label in " ".join(figure.itertext())
