"""A tree read once: a row an element, the distinct attributes of all rows, and which of many texts a pattern is in.

A page repeats a few hundred values thousands of times, and most texts hold nothing, so that both passes judge each distinct value
once and have all of them searched by compiled code. What is looked for belongs to sweep.py and gazetteer.py.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from html import unescape
from itertools import chain
from typing import cast

import polars as pl
from lxml import etree

from shopcart_assets.privacy.parsing import roots
from shopcart_assets.privacy.slots import END_TAG_LEFT_OUT, Slot, keep_end_tag

_FEW_LETTERS = 1_000
Pair = tuple[str, str]  # an attribute's name and value
Row = tuple[etree._Element, list[Pair], str | None, str | None]  # an element, its attributes, text and tail


def elements(root: etree._Element, *tags: str) -> Iterator[etree._Element]:
    """All elements of a page, or those with one of the tags, in its order."""
    return (element for one in roots(root) for element in one.iter(*(tags or ("*",))))


def rows_of(root: etree._Element) -> list[Row]:
    """All elements of a page with what stands there."""
    whole = [(one, one.items(), one.text, one.tail) for top in roots(root) for one in top.iter("*")]
    return cast("list[Row]", whole)


def distinct_pairs(rows: Iterable[Row]) -> dict[Pair, None]:
    """The attributes of the rows, each once."""
    return dict.fromkeys(chain.from_iterable(row[1] for row in rows))


def standing(rows: Sequence[Row], texts: Collection[str]) -> list[Slot]:
    """Where texts stand, in the order of the page."""
    found = [row for row in rows if row[2] in texts or row[3] in texts] if texts else []
    return [(row[0], where) for row in found for where, text in (("text", row[2]), ("tail", row[3])) if text in texts]


def written_texts(html: str) -> list[str]:
    """All texts and attribute values of a page that this stage has written, each once, without a parse.

    >>> sorted(written_texts('<p title="a &gt; b">a &amp; b</p>\\n'))
    ['a & b', 'a > b']
    """
    # A value with a double quote stands in single ones; a text begins behind its tag, so that quotes in it open nothing.
    pieces = pl.Series([html]).str.extract_all(r"""="[^"]*"|='[^']*'|>[^<]*[^<\s][^<]*""").explode().unique()
    return [unescape(piece[2:-1] if piece[0] == "=" else piece[1:]) for piece in pieces if piece]


def matching(texts: Iterable[str | None], pattern: str) -> set[str]:
    """Those of the texts in which a pattern is found that both Polars (Rust: without a look around) and Python know.

    The two take some letters, spaces and cases differently, so that a pattern is to be wider than what is looked for.

    >>> matching(["a1", None, "b", "a1"], r"\\d")
    {'a1'}
    """
    distinct = [text for text in dict.fromkeys(texts) if text is not None]
    if sum(map(len, distinct)) < _FEW_LETTERS:  # Polars takes 100 microseconds to begin
        search = re.compile(pattern).search
        return {text for text in distinct if search(text)}
    column = pl.Series(distinct, dtype=pl.String)
    return set(column.filter(column.str.contains(pattern)))


def keep_end_tags(root: etree._Element) -> None:
    """So that what follows an empty element does not fall into it when the page is written and read again."""
    for element in elements(root, *END_TAG_LEFT_OUT):
        keep_end_tag(element)
