"""The accessible name of a control, in the order of the W3C's accname: what a screen reader would call it."""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from shopcart_assets.context.nearby import Nearby
from shopcart_assets.context.nodes import Node, text_of
from shopcart_assets.context.parse import Element
from shopcart_assets.context.texts import label_text

_NAMED_BY_LABEL = frozenset(("input", "select", "textarea"))
_NAMED_BY_VALUE = frozenset(("submit", "reset", "button"))
_TEXT_IN_FIELD = frozenset(("select", "textarea", "input"))
_PARTS = 40


class Labels:
    """The labels of one page. Its indexes are made when first needed, once: a search for each control is quadratic."""

    def __init__(self, root: Element) -> None:
        self.nearby = Nearby(root)
        self._root = root
        self._said: dict[Element, str] = {}

    @cached_property
    def _by_id(self) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for element in self._root.iterfind(".//*[@id]"):
            found.setdefault(element.get("id") or "", element)
        return found

    @cached_property
    def _label_for(self) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for label in self._root.iter("label"):
            found.setdefault(label.get("for") or "", label)
        return found

    def accessible_name(self, node: Node) -> str:
        """aria-labelledby, aria-label, native label or value, content, title, placeholder, address; empty where nothing names it."""
        return self.explicit(node) or self._native(node) or _content(node) or _fallback(node)

    def explicit(self, node: Node) -> str:
        """The name that aria attributes give, for controls and containers alike."""
        attributes = node.attributes
        if "aria-label" not in attributes and "aria-labelledby" not in attributes:
            return ""
        given = " ".join(attributes.get("aria-label", "").split())
        # An element may be one of those that label it: then it says its aria-label.
        return " ".join(filter(None, map(self._text_of, self.labelling(node)))) or given

    def labelling(self, node: Node) -> list[Element]:
        """The elements whose text is the node's name, by aria-labelledby."""
        ids = node.attributes.get("aria-labelledby") or ""
        return [self._by_id[one] for one in ids.split() if one in self._by_id] if ids else []

    def _native(self, node: Node) -> str:
        attributes = node.attributes
        if node.tag == "input":
            kind = attributes.get("type", "").lower()
            if kind in _NAMED_BY_VALUE or kind == "image":
                return attributes.get("alt", "").strip() or attributes.get("value", "").strip()
        if node.tag not in _NAMED_BY_LABEL:
            return ""
        label = self._label_for.get(attributes.get("id") or " ")
        if label is None:
            label = next(node.source.iterancestors("label"), None)
        return self._text_of(label) if label is not None else ""

    def _text_of(self, label: Element) -> str:
        """What a label says by its own aria-label, its text, its pictures or its title: many controls may have one."""
        if label not in self._said:
            given = (label.get("aria-label"), label_text(label), *_pictured(label), label.get("title"))
            self._said[label] = next((" ".join(text.split()) for text in given if text and text.strip()), "")
        return self._said[label]


def _content(node: Node) -> str:
    return "" if node.tag in _TEXT_IN_FIELD else text_of(node)


def _fallback(node: Node) -> str:
    attributes = node.attributes
    for key in ("title", "alt", "placeholder"):
        text = attributes.get(key, "").strip()
        if text:
            return text
    if node.role in ("checkbox", "radio") and (beside := _text_beside(node.source)):
        return beside
    if node.tag not in _TEXT_IN_FIELD and node.n_controls == 1 and (pictured := next(_pictured(node.source), "")):
        return pictured
    if node.role == "link":
        return last_step(attributes.get("href", ""))
    return re.sub(r"[-_\[\]]+", " ", attributes.get("name", "") if node.tag in _TEXT_IN_FIELD else "").strip()


def _pictured(element: Element) -> Iterator[str]:
    """What the pictures and icons in an element are called, where they are no text."""
    for part in islice(element.iterdescendants(), _PARTS):
        if part.tag not in _TEXT_IN_FIELD:
            for key in ("aria-label", "alt", "title"):
                if text := " ".join((part.get(key) or "").split()):
                    yield text


def _text_beside(box: Element) -> str:
    """The text around a box that no label names: of the nearest of three elements around it, while it is the only box there."""
    for around in islice(box.iterancestors(), 3):
        if next(islice(around.iter("input"), 1, None), None) is not None:
            return ""
        if text := label_text(around):
            return text
    return ""


def last_step(href: str) -> str:
    """The last step of an address's path, as words: a stable thing to tell two links apart by.

    >>> last_step("https://shop.example/mugs/red-mug.html?ref=1#top"), last_step("#"), last_step("javascript:void(0)")
    ('red mug', '', '')
    """
    if href.lower().lstrip().startswith(("javascript:", "mailto:", "tel:", "data:")):
        return ""
    path = re.sub(r"^\w+://[^/]*|[?#].*$", "", href.strip(), flags=re.DOTALL)
    # A step such as `ref=sr_1_4` says where the link was seen, not where it leads.
    last = next((step for step in reversed(path.split("/")) if step and "=" not in step), "")
    return re.sub(r"[-_+]+|%20", " ", re.sub(r"\.\w{2,5}$", "", last)).strip()
