"""Where on a page people write in their own words: blocks of text, each with the places in the tree that its letters come from.

What is free text is said by free_text.yaml. Which blocks are asked for, and what becomes of them, belongs to run.py and pages.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from lxml import etree
from pydantic import BaseModel, ConfigDict

from shopcart_assets.privacy.alternatives import any_glob
from shopcart_assets.privacy.catalogue import is_catalogue, load_catalogue
from shopcart_assets.privacy.parsing import roots
from shopcart_assets.privacy.slots import Slot

_MARKS = ("id", "class", "data-hook", "itemprop")
_WHOLE_PAGE = frozenset({"html", "body", "main", "form"})
_TYPED = frozenset({"text", "search"})


class FreeTextRules(BaseModel):
    """The whole of `free_text.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tags: frozenset[str]
    marks: tuple[str, ...]
    skipped: frozenset[str]
    inline: frozenset[str]
    attributes: tuple[str, ...]

    @cached_property
    def mark(self) -> Any:
        """An id, a class, a data-hook or an itemprop of an element in which people write."""
        return any_glob(self.marks)


@lru_cache(maxsize=1)
def load_free_text() -> FreeTextRules:
    """The rules that come with the package."""
    return FreeTextRules.model_validate(yaml.safe_load((Path(__file__).parent / "free_text.yaml").read_text("utf-8")))


@dataclass(frozen=True)
class Block:
    """A run of text between two borders of blocks, or one attribute. A piece without a slot is a line break of the page."""

    zone: etree._Element
    pieces: list[tuple[Slot | None, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """As it stands in the tree, white space and escapes included."""
        return "".join(text for _, text in self.pieces)

    def elements(self) -> Iterator[etree._Element]:
        """Those in which its letters stand."""
        for slot, _ in self.pieces:
            if slot is not None:
                parent = slot[0].getparent()
                yield parent if slot[1] == "tail" and parent is not None else slot[0]


def blocks(root: etree._Element) -> Iterator[Block]:
    """The blocks of free text of a page, in the order of the page; the same for the same tree.

    >>> from shopcart_assets.privacy.parsing import parse_text
    >>> page = "<nav><p>Home</p></nav><p>I <b>love</b> it<br>so</p><div class=review title='By Ann'>Hi<button>Report</button>"
    >>> [block.text for block in blocks(parse_text(page))]
    ['I love it\\nso', 'By Ann', 'Hi']
    """
    for one in roots(root):
        yield from _blocks(one, load_free_text())


def _blocks(root: etree._Element, rules: FreeTextRules) -> Iterator[Block]:
    zones: list[etree._Element | None] = [None]  # of each open element, the outermost first
    pieces: list[tuple[Slot | None, str]] = []
    walk: Any = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        starts = event == "start"
        outer = zones[-1] if starts else zones[-2]
        inner = _zone(element, outer, rules) if starts else zones[-1]
        here = outer if starts else inner
        if pieces and here is not None and (element.tag not in rules.inline or inner is not outer):
            yield Block(here, pieces)
            pieces = []
        if not starts:
            zones.pop()
            pieces += [((element, "tail"), element.tail)] if outer is not None and element.tail else []
            continue
        zones.append(inner)
        if element.tag in rules.skipped:
            walk.skip_subtree()
        elif inner is not None:
            pieces += [(None, "\n")] if element.tag == "br" else []
            pieces += [((element, "text"), element.text)] if element.text else []
            yield from _attributes(element, inner, rules)


def _zone(element: etree._Element, outer: etree._Element | None, rules: FreeTextRules) -> etree._Element | None:
    """The zone of free text that the element stands in or begins."""
    if element.tag in rules.skipped:
        return None
    marks = tuple(value for name in _MARKS if (value := element.get(name)))
    if outer is not None:
        return None if any(map(_is_goods, marks)) else outer
    is_marked = element.tag not in _WHOLE_PAGE and any(map(_is_mark, marks))
    return element if (element.tag in rules.tags or is_marked) and not is_catalogue(element) else None


@lru_cache(maxsize=20_000)
def _is_mark(value: str) -> bool:
    return any(load_free_text().mark.match(token) for token in value.lower().split())


@lru_cache(maxsize=20_000)
def _is_goods(value: str) -> bool:
    return any(load_catalogue().mark.match(token) for token in value.lower().split())


def _attributes(element: etree._Element, zone: etree._Element, rules: FreeTextRules) -> Iterator[Block]:
    """A block for each attribute that holds a sentence; what a button says is not one."""
    if element.tag == "input" and element.get("type", "text").lower() not in _TYPED:
        return
    for name in rules.attributes:
        if said := element.get(name):
            yield Block(zone, [((element, "@" + name), said)])
