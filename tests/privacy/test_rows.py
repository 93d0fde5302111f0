"""Rows of a tree: everything that stands on a page is in them, and what is written can be read without a parse."""

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shopcart_assets.privacy.page import written
from shopcart_assets.privacy.parsing import parse
from shopcart_assets.privacy.rows import distinct_pairs, keep_end_tags, matching, rows_of, written_texts

_TEXT = st.text(
    st.sampled_from(list("\"'<>&=; a")) | st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")),
    min_size=1,
    max_size=30,
)


def test_elements_behind_a_stray_end_of_the_page_are_rows_too() -> None:
    rows = rows_of(parse(b"<html><body><p title=x>a</p></body></html><main title=x id=m>b</main>"))
    assert [row[0].tag for row in rows] == ["html", "body", "p", "html", "main"]
    assert list(distinct_pairs(rows)) == [("title", "x"), ("id", "m")]


@settings(max_examples=60)
@given(_TEXT, _TEXT, _TEXT)
def test_every_text_and_value_of_a_written_page_is_read(text: str, tail: str, value: str) -> None:
    root = parse(b"<p>a<b title=x href=y>b</b></p>")
    bold = next(root.iter("b"))
    try:
        bold.text, bold.tail = text, tail
        bold.set("title", value)
    except ValueError:  # what XML cannot hold
        return
    assert {one for one in (text, tail, value) if not one.isspace()} <= set(written_texts(written(root)))


def test_an_empty_element_keeps_its_end_tag_when_it_is_written() -> None:
    root = parse(b"<ul><li></li>tail</ul>")
    keep_end_tags(root)
    assert "<li></li>tail" in etree.tostring(root, method="html", encoding="unicode")


def test_texts_are_searched_as_they_are_without_the_missing_ones() -> None:
    assert matching([], "a") == set() and matching([None], "a") == set()
    assert matching(["Ä1", "a", None, "Ä1"], r"(?i:ä)\d") == {"Ä1"}
