"""CSS selectors of recipes, compiled once and asked of one element at a time while the builder walks. Recorded ones are `selectors`'.

Understood: tags, #ids, .classes, attributes (present, =, ^=, $=, *=, ~=), :not(compound), descendants, children and lists.
Anything else is refused when the recipe is loaded.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from shopcart_assets.context.parse import Element

_PIECE = re.compile(
    r"""(?P<tag>^[a-zA-Z][\w-]*|^\*)|\#(?P<id>[\w-]+)|\.(?P<cls>[\w-]+)|:not\((?P<no>[^()\s]+)\)
    |\[(?P<key>[\w-]+)(?:(?P<how>[\^$*~]?=)(?:"(?P<quoted>[^"]*)"|(?P<bare>[\w-]+)))?\]""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\s*(?P<child>>)?\s*(?P<compound>(?:\[[^\]]*\]|\([^)]*\)|[^\s>,\[(])+)""")
_COMMA = re.compile(r""",(?=(?:[^"]*"[^"]*")*[^"]*$)""")


# By the text of a selector's left part: whether an element, or one around it, matches that part.
Known = defaultdict[str, dict[Element, bool]]


class SelectorError(ValueError):
    """A selector that this subset of CSS does not know."""


@dataclass(frozen=True, slots=True)
class Compound:
    """What one element has to have. `key` is what a matcher can look elements up by: `#id`, `.class`, `[attribute` or a tag."""

    tag: str | None
    identity: str | None
    classes: tuple[str, ...]
    attributes: tuple[tuple[str, str, str], ...]
    negated: tuple["Compound", ...]

    @property
    def key(self) -> str:
        """The rarest thing that it asks for; empty where it asks for nothing."""
        if self.identity:
            return f"#{self.identity}"
        if self.classes:
            return f".{self.classes[0]}"
        return f"[{self.attributes[0][0]}" if self.attributes else self.tag or ""

    @property
    def words(self) -> tuple[str, ...]:
        """What stands as it is in the page's text where an element fits, unless a page spells its letters as entities."""
        values = (value for _, _, value in self.attributes)
        return *filter(None, (self.identity,)), *self.classes, *values

    def may_look_so(self, tag: str, classes: frozenset[str]) -> bool:
        """Whether an element with the tag and classes has what it asks of these."""
        return self.tag in (None, tag) and classes.issuperset(self.classes)

    def fits(self, element: Element) -> bool:
        """Whether the element has all of it."""
        if self.tag is not None and element.tag != self.tag:
            return False
        if self.identity is not None and element.get("id") != self.identity:
            return False
        if self.classes:
            classes = element.get("class")
            if not classes:
                return False
            given = classes.split()
            for one in self.classes:
                if one not in given:
                    return False
        for key, how, value in self.attributes:
            if not _holds(element.get(key), how, value):
                return False
        return not self.negated or not any(one.fits(element) for one in self.negated)


@dataclass(frozen=True, slots=True)
class Chain:
    """One alternative of a selector: compounds from the right, each with whether its left neighbour must be the parent.

    `tails` are the same as text from each step on: what is known of one tail is known of all chains that end so.
    """

    steps: tuple[tuple[Compound, bool], ...]
    tails: tuple[str, ...]

    def matches(self, element: Element, known: Known, at: int = 0) -> bool:
        """Whether the element is one that the selector means. `known` remembers what is around elements of one page."""
        compound, is_child = self.steps[at]
        if not compound.fits(element):
            return False
        if at + 1 == len(self.steps):
            return True
        parent = element.getparent()
        if parent is None or is_child:
            return parent is not None and self.matches(parent, known, at + 1)
        return self._is_inside(parent, known, at + 1)

    def _is_inside(self, element: Element, known: Known, at: int) -> bool:
        """Whether the element, or one around it, matches the steps from `at` on: asked once for each element of a page."""
        answers = known[self.tails[at]]
        climbed = []
        answer: bool | None = None
        for around in chain((element,), element.iterancestors()):
            answer = answers.get(around)
            if answer is None:
                climbed.append(around)
                answer = self.matches(around, known, at) or None
            if answer is not None:
                break
        answers.update(dict.fromkeys(climbed, bool(answer)))
        return bool(answer)


@lru_cache(maxsize=4_096)
def compile_css(selector: str) -> tuple[Chain, ...]:
    """The alternatives of a selector. Raises SelectorError with the selector.

    >>> from shopcart_assets.context.parse import parse
    >>> page = parse('<ul id=m><li class="a b"><a href="/x">1</a><li class=a><b>2</b></ul>')
    >>> first_in(page, '#m > .a:not(.b) b, .b').text, first_in(page, '.b a[href^="/x"]').text, first_in(page, 'i')
    ('2', '1', None)
    """
    parts = [part.strip() for part in _COMMA.split(selector)]
    if not all(parts):
        raise SelectorError(f"{selector!r} is not a CSS selector")
    return tuple(_chain(part, selector) for part in parts)


def may_match(text: str, selector: str) -> bool:
    """Whether the ids, classes and attribute values that the selector asks for stand in a page's text: far cheaper than a search.

    >>> may_match("<a class='x y'>", ".x.y[href]"), may_match("<a class=x>", ".x.y, #x"), may_match("<a class=x>", ".x.y, a")
    (True, True, True)
    >>> may_match("<a class=x>", ".z, #x.z")
    False
    """
    return any(all(word in text for word in one.steps[0][0].words) for one in compile_css(selector))


def first_in(root: Element, selector: str) -> Element | None:
    """The first element below the root that the selector's first alternative matches, else its next; None where none does."""
    return next(all_in(root, selector), None)


def all_in(root: Element, selector: str) -> Iterator[Element]:
    """All elements below the root that the selector matches; one that several alternatives match comes as often."""
    known: Known = defaultdict(dict)
    for alternative in compile_css(selector):
        for element in _candidates(root, alternative.steps[0][0].key):
            if alternative.matches(element, known):
                yield element


def _candidates(root: Element, key: str) -> Iterator[Element]:
    """What has the key, one by one: the first is mostly enough, where an XPath finds them all before it says so."""
    if key[0] not in "#.[":
        return root.iterdescendants(key)
    if key[0] == "[":
        name = key[1:]
        return (one for one in root.iterdescendants() if one.get(name) is not None)
    name, value = ("id" if key[0] == "#" else "class"), key[1:]
    return (one for one in root.iterdescendants() if value in one.get(name, ""))


def _chain(text: str, selector: str) -> Chain:
    steps: list[tuple[Compound, bool]] = []
    end = 0
    for found in _STEP.finditer(text):
        if found.start() != end or (found["child"] and not steps):
            break
        steps.append((_compound(found["compound"], selector), bool(found["child"])))
        end = found.end()
    if end != len(text):
        raise SelectorError(f"{selector!r}: cannot read {text[end:]!r}")
    if not steps[-1][0].key:
        raise SelectorError(f"{selector!r} must end in a tag, an id, a class or an attribute")
    ends = [found.end() for found in _STEP.finditer(text)]
    return Chain(tuple(reversed(steps)), tuple(text[:one] for one in reversed(ends)))


def _compound(text: str, selector: str) -> Compound:
    pieces = []
    end = 0
    while end < len(text):
        found = _PIECE.match(text, end) if end else _PIECE.match(text)
        if found is None:
            raise SelectorError(f"{selector!r}: cannot read {text[end:]!r}")
        pieces.append(found)
        end = found.end()
    tags = [one["tag"].lower() for one in pieces if one["tag"] and one["tag"] != "*"]
    identities = [one["id"] for one in pieces if one["id"]]
    attributes = [(one["key"], one["how"] or "", one["quoted"] or one["bare"] or "") for one in pieces if one["key"]]
    negated = tuple(_compound(one["no"], selector) for one in pieces if one["no"])
    classes = tuple(one["cls"] for one in pieces if one["cls"])
    return Compound(next(iter(tags), None), next(iter(identities), None), classes, tuple(attributes), negated)


def _holds(given: str | None, how: str, value: str) -> bool:
    if given is None:
        return False
    match how:
        case "=":
            return given == value
        case "^=":
            return bool(value) and given.startswith(value)
        case "$=":
            return bool(value) and given.endswith(value)
        case "*=":
            return bool(value) and value in given
        case "~=":
            return value in given.split()
    return True
