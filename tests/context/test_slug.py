import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from shopcart_assets.context.slug import segment, short_segment


def text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


def test_the_rule_gives_all_41_derived_names_of_appendix_b(shared: Path) -> None:
    page = html.document_fromstring((shared / "reference" / "appendix_b.html").read_text())
    derived = {}
    for span in page.iter("span"):
        if span.get("class") == "refinement-title":
            for item in span.itersiblings("li"):
                derived[item.get("name")] = f"refinements.{segment(text(span))}.{segment(text(item))}"
    for link in page.iter("a"):
        if link.get("class") == "product-name":
            derived[link.get("name")] = f"search_results.{segment(text(link))}.view_product"
    assert len(derived) == 41
    assert [given for given, made in derived.items() if given != made] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 Stars & Up", "4_stars__up"),
        ("Kärcher", "kärcher"),
        ("More-sustainable", "moresustainable"),
        ("“Smart” TV™", "smart_tv"),
        ("लाल मग, 350 मिली", "लाल_मग_350_मिली"),
        ("น้ำหอม", "น้ำหอม"),
        ("İndirim ❤\ufe0f x", "indirim__x"),
    ],
)
def test_segments(text: str, expected: str) -> None:
    assert segment(text) == expected


def test_one_letter_in_two_unicode_forms_is_one_segment() -> None:
    assert segment("Ka\u0308rcher") == segment("K\u00e4rcher")


@given(st.text())
def test_a_short_segment_is_a_fixed_point_without_dots_spaces_or_outer_underscores(text: str) -> None:
    short = short_segment(text)
    assert len(short) <= 60 and short == short.strip("_") and not re.search(r"[\s.\"'<>&]", short)
    assert short_segment(short) == short
