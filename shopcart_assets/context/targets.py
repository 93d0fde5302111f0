"""What a recorder said an event acted on, found again in the page: node id, name, id, attributes, CSS, XPath, then text.

Every hit is checked against what else the event says of the element (tag, text, address): a page's ids repeat, and positions
shift between a browser's tree and this one. Several hits that lead to different places are no answer: the next step decides.
Which *name* the element has is decided later, in `simplify`.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from shopcart_assets.context.likeness import (
    NOT,
    SAME,
    TELLING_CHARACTERS,
    agreement,
    in_one_place,
    is_end_of,
    squeezed,
    where,
)
from shopcart_assets.context.parse import Element
from shopcart_assets.context.selectors import by_css, by_xpath
from shopcart_assets.context.slug import segment
from shopcart_assets.context.texts import label_text

_IDENTIFYING = ("name", "aria-label", "data-testid", "data-asin", "value")
_CLICKED_TAGS = ("a", "area", "button", "input", "label", "li", "span", "option", "summary", "div")
_CERTAIN = ("node_id", "name")
_POSITIONS = ("css", "xpath")


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
        """The element and the step that found it; None where no step found one, or one place, that fits the event."""
        for step, candidates in self._steps(target):
            hits = [(one, fits) for one in candidates() if (fits := self._fits(one, target)) != NOT]
            best = max((fits for _, fits in hits), default=NOT)
            fitting = [one for one, fits in hits if fits == best]
            if step in _POSITIONS and fitting:
                fitting = self._without_doubtful(fitting, target, best)
            element = fitting[0] if fitting and step in _CERTAIN else in_one_place(fitting, target.href)
            if element is not None:
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
        """The one element that an identifying attribute names, or all of them together; several are no answer."""
        given = [(key, attributes[key]) for key in _IDENTIFYING if attributes.get(key)]
        for key, value in given:
            if len(found := self._by_attribute[key, value]) == 1:
                return found
        alike = self._by_attribute[given[0]] if len(given) > 1 else []
        found = [one for one in alike if all(one.get(key) == value for key, value in given)]
        return found if len(found) == 1 else []

    @cached_property
    def _by_words(self) -> defaultdict[str, list[Element]]:
        found: defaultdict[str, list[Element]] = defaultdict(list)
        for element in self._root.iter(*_CLICKED_TAGS):
            for text in self._texts_of(element, limit=400):
                found[squeezed(text)].append(element)
        return found

    @cached_property
    def _by_address(self) -> defaultdict[str, list[Element]]:
        found: defaultdict[str, list[Element]] = defaultdict(list)
        for element in self._root.iter("a", "area"):
            for address in {whole := where(element.get("href")), whole.partition("?")[0]} - {""}:
                found[address].append(element)
        return found

    def _saying(self, target: Target) -> list[Element]:
        """The elements of the event's tag that say just what the event quotes, or begin so where it was cut."""
        said = squeezed(segment(target.text or ""))
        if not said:
            return []
        found = self._by_words.get(said, [])
        if not found and len(said) >= TELLING_CHARACTERS:
            found = [one for text, alike in self._by_words.items() if text.startswith(said) for one in alike]
        return [one for one in found if not target.tag or one.tag == target.tag.lower()]

    def _by_text(self, target: Target) -> list[Element]:
        """The elements of the event's tag and text, or of its address where nothing says the text."""
        found = self._saying(target)
        return found if found or not (address := where(target.href)) else self._by_address[address]

    def _without_doubtful(self, there: list[Element], target: Target, fits: int) -> list[Element]:
        """What stands at a position, unless it says something else or leads elsewhere than the event's element, and another does not."""
        if fits < SAME and (saying := set(self._saying(target))):
            there = [one for one in there if one in saying]
        led = where(target.href).partition("?")[0]
        if not led or not self._by_address.get(led):
            return there
        leads = [(one, where(one.get("href")).partition("?")[0]) for one in there]
        return [one for one, address in leads if not address or is_end_of(led, address)]

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

    def _fits(self, element: Element, target: Target) -> int:
        """How well the element is what the event describes: its tag, and at least half of the words that the event quotes.

        Words and not the whole text, because recorders cut it, and because placeholders of personal data differ in their number.
        """
        if target.tag and element.tag != target.tag.lower():
            return NOT
        said = segment(target.text or "")
        if not said or (target.node_id and element.get("data-eid") == target.node_id):
            return SAME
        return max((agreement(said, text) for text in self._texts_of(element)), default=NOT)
