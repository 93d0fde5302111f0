"""What a recorder said an event acted on, found again in the page: node id, name, id, attributes, CSS, XPath, then text.

Every hit is checked against what else the event says of the element (tag, text): a page's ids repeat, and positions shift
between a browser's tree and this one. Which *name* the element has is decided later, in `simplify`.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from shopcart_assets.context.parse import Element
from shopcart_assets.context.selectors import by_css, by_xpath
from shopcart_assets.context.slug import segment
from shopcart_assets.context.texts import label_text

_IDENTIFYING = ("name", "aria-label", "data-testid", "data-asin", "value")
_CLICKED_TAGS = ("a", "button", "input", "label", "li", "span", "option", "summary", "div")
_SHARED_WORDS = 0.5


@dataclass(frozen=True)
class Target:
    """The recorded element: any of these, as the input contract has them."""

    node_id: str | None = None
    name: str | None = None
    xpath: str | None = None
    css: str | None = None
    tag: str | None = None
    text: str | None = None
    href: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_json(cls, text: str | None) -> "Target | None":
        """The target in an event's `target` column; None where there is none. Fields that are not text are ignored."""
        fields = json.loads(text) if text else None
        return cls.from_fields(fields)

    @classmethod
    def from_fields(cls, fields: object) -> "Target | None":
        """The same from decoded JSON."""
        if not isinstance(fields, dict):
            return None
        texts = {
            key: str(fields[key])
            for key in ("node_id", "name", "xpath", "css", "tag", "text", "href")
            if isinstance(fields.get(key), str | int)
        }
        given = fields.get("attributes")
        attributes = (
            tuple(sorted((str(key), str(value)) for key, value in given.items())) if isinstance(given, dict) else ()
        )
        return cls(**texts, attributes=attributes) if texts or attributes else None


class Locator:
    """Finds targets in one page. Its indexes are made when first needed. In a context a target's `name` is one of its names."""

    def __init__(self, root: Element, is_context: bool = False) -> None:
        self._root = root
        self._is_context = is_context
        self._label_texts: dict[Element, str] = {}

    def locate(self, target: Target) -> tuple[Element, str] | None:
        """The element and the step that found it; None where no step found one that fits the event."""
        for step, candidates in self._steps(target):
            for element in candidates():
                if self._is_plausible(element, target):
                    return element, step
        return None

    def _steps(self, target: Target) -> Iterator[tuple[str, Callable[[], list[Element]]]]:
        attributes = dict(target.attributes)
        if target.node_id:
            yield "node_id", lambda: self._by_attribute["data-eid", str(target.node_id)]
        if self._is_context and target.name:
            yield "name", lambda: self._by_attribute["name", str(target.name)]
        if identity := attributes.get("id"):
            yield "id", lambda: self._by_attribute["id", identity]
        yield "attributes", lambda: self._by_attributes(attributes)
        if target.css:
            yield "css", lambda: by_css(self._root, str(target.css))
        if target.xpath:
            yield "xpath", lambda: by_xpath(self._root, str(target.xpath))
        yield "text", lambda: self._by_text(target)

    @cached_property
    def _by_attribute(self) -> defaultdict[tuple[str, str], list[Element]]:
        found: defaultdict[tuple[str, str], list[Element]] = defaultdict(list)
        for element in self._root.iter():
            for key, value in element.items():
                if key in ("id", "data-eid", "href", *_IDENTIFYING):
                    found[str(key), str(value)].append(element)
        return found

    def _by_attributes(self, attributes: dict[str, str]) -> list[Element]:
        """The one element that an identifying attribute names; several are no answer."""
        for key in _IDENTIFYING:
            found = self._by_attribute[key, attributes[key]] if attributes.get(key) else []
            if len(found) == 1:
                return found
        return []

    @cached_property
    def _by_words(self) -> defaultdict[str, list[Element]]:
        found: defaultdict[str, list[Element]] = defaultdict(list)
        for element in self._root.iter(*_CLICKED_TAGS):
            for text in self._texts_of(element, limit=400):
                found[text].append(element)
        return found

    def _by_text(self, target: Target) -> list[Element]:
        """The elements of the event's tag and text or address, if there is one or all lead to one place."""
        found = self._by_words[segment(target.text)] if target.text and segment(target.text) else []
        if not found and target.href:
            found = self._by_attribute["href", target.href]
        alike = [element for element in found if not target.tag or element.tag == target.tag.lower()]
        places = {
            (element.get("href"), element.getparent() if element.get("href") is None else None) for element in alike
        }
        return alike if len(places) == 1 else []

    def _texts_of(self, element: Element, limit: int = 4_000) -> list[str]:
        """What an event may call the element, as segments: its text, value, labels or picture's text."""
        pieces, length = [], 0
        for piece in element.itertext():
            pieces.append(piece)
            length += len(piece)
            if length > limit:
                break
        given = [
            "".join(map(str, pieces)),
            *(element.get(key) or "" for key in ("value", "aria-label", "title", "alt", "placeholder")),
        ]
        if element.tag in ("input", "select", "textarea"):
            given += map(self._label_text, (*element.iterancestors("label"), *self._labels[element.get("id") or ""]))
        return [text for text in map(segment, given) if text]

    def _label_text(self, label: Element) -> str:
        if label not in self._label_texts:
            self._label_texts[label] = label_text(label)
        return self._label_texts[label]

    @cached_property
    def _labels(self) -> defaultdict[str, list[Element]]:
        """The labels that name a control by its id."""
        found: defaultdict[str, list[Element]] = defaultdict(list)
        for label in self._root.getroottree().iter("label"):
            if identity := label.get("for"):
                found[identity].append(label)
        return found

    def _is_plausible(self, element: Element, target: Target) -> bool:
        """Whether the element is what the event describes: its tag, and half of the words that the event quotes.

        Words and not the whole text, because recorders cut it, and because placeholders of personal data differ in their number.
        """
        if target.tag and element.tag != target.tag.lower():
            return False
        if target.node_id and element.get("data-eid") == target.node_id:
            return True
        said = segment(target.text or "")
        if not said:
            return True
        return any(_agrees(said, text) for text in self._texts_of(element))


def _agrees(said: str, text: str) -> bool:
    if text.startswith(said) or said.startswith(text):
        return True
    words, found = set(said.split("_")), set(text.split("_"))
    return len(words & found) >= _SHARED_WORDS * len(words)
