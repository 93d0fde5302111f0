"""Postal addresses by their own shape, in elements that no rule knows: a line with a street, the town behind it, the name before it.

Takes the place of one line, gives what is personal in it and in the lines around it; nothing is scrubbed here. An address in a
zone of rules.yaml belongs to zones.py.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

from lxml import etree

from shopcart_assets.privacy.alternatives import phrases
from shopcart_assets.privacy.catalogue import is_catalogue
from shopcart_assets.privacy.free_text.addresses import POSTCODE, TOWN, TOWN_LINE, UNIT_LINE, find_addresses
from shopcart_assets.privacy.free_text.cues import load_cues
from shopcart_assets.privacy.free_text.lexicon import load_lexicon
from shopcart_assets.privacy.free_text.names import Name, is_full, read
from shopcart_assets.privacy.free_text.people import find_lone_person
from shopcart_assets.privacy.free_text.streets import may_hold_street
from shopcart_assets.privacy.labels import is_of_shop
from shopcart_assets.privacy.patterns import Span
from shopcart_assets.privacy.rows import matching
from shopcart_assets.privacy.rules import Kind, Zone, load_rules
from shopcart_assets.privacy.slots import Slot, around, get
from shopcart_assets.privacy.zones import find_in_zone, street_line

_MOST_LETTERS = 120  # of a line
_MOST_LINES = 12  # in what is around an address and little else
_MOST_LEVELS = 4  # from a line up to it
_BEFORE, _BEHIND = 2, 3  # lines from the street to the name, and to the town
_CONTROLS = frozenset({"a", "button", "label", "legend", "option", "textarea"})
_TOWN_LINE = re.compile(TOWN_LINE)
_NUMBERED = re.compile(
    r"\s*(?:\d{1,5}[a-zA-Z]?,? [^\W\d_][^\d$€£%]{2,40}|[^\W\d_][^\d$€£%:]{2,40} \d{1,4} ?[a-zA-Z]?(?:[/ ]\d{1,4})?),?\s*"
)
# A town, a comma and a postcode that is no mere four digits: before it a line with a number is a street without a name before that, too.
_SURE_TOWN = re.compile(rf"\s*{TOWN}, (?:[A-Z]{{2,3}} )?(?!\d{{4}}\s*$){POSTCODE}\s*$")
_TOWN, _CODE = (re.compile(rf"\s*{shape},?\s*") for shape in (TOWN, POSTCODE))
_STREET_GONE = re.compile(r"\s*\[STREET_")
_LABEL = re.compile(r"(?:^|:)\s*$")
_TEXTS = etree.XPath(f"descendant::text()[normalize-space()][position() <= {_MOST_LINES + 1}]")
ADDRESS_BLOCK = Zone(zone="address_block", kind="city", places=True)
_DETECTOR = f"zone:{ADDRESS_BLOCK.zone}"

Lines = dict[etree._Element, list[Slot]]
"""Of one page: an element -> the places of the texts in it, or of one more than an address has at most."""


@dataclass(frozen=True)
class Block:
    """What is personal in the lines of an address, left to right in each line, and whether it may be the user's own."""

    lines: tuple[tuple[Slot, list[Span]], ...]
    is_own: bool


def may_be_line(texts: Collection[str]) -> dict[str, bool]:
    """Those of the texts that may be a line by which an address is found: with a street, or with a postcode and at most its town."""
    numbered = matching((text for text in texts if len(text) < _MOST_LETTERS), r"\d")
    towns = matching(numbered, TOWN_LINE)
    return {
        text: True for text in numbered if text in towns or may_hold_street(text, text.split()) or _CODE.fullmatch(text)
    }


def block_at(slot: Slot, known: Lines | None = None) -> Block | None:
    """The address of which a line stands in the slot; None where it is none, or belongs to goods.

    `known` remembers the lines in the elements of one page: it makes many calls faster and changes nothing.

    >>> from lxml import html
    >>> page = html.fromstring("<div><b>Ann Lee</b><br>5 Elm Street<br>Salem, OR 97301</div>")
    >>> [span.value for _, spans in block_at((page[1], "tail")).lines for span in spans]
    ['Ann Lee', '5 Elm Street', 'Salem', '97301']
    """
    if is_catalogue(around(slot)):
        return None
    lines = _lines_around(slot, {} if known is None else known)
    at = lines.index(slot)
    found = _in_one(slot) if _is_whole(get(slot)) else _in_lines(lines, at)
    if not found:
        return None
    if found[0][1][0].kind != "name" and (name := _name_before(lines, lines.index(found[0][0]))):
        found = [name, *found]
    first = lines.index(found[0][0])
    said = " ".join(get(one) for one in lines[max(first - 1, 0) : first + len(found)])
    return Block(tuple(found), not is_of_shop(around(slot)) and _company().search(said) is None)


def person_at_exit(slot: Slot, known: Lines) -> tuple[Slot, list[Span]] | None:
    """Who is signed in, by a name that stands alone near what offers to sign out."""
    element: etree._Element | None = slot[0]
    for _ in range(_MOST_LEVELS + 1):
        if (
            element is None
            or element.tag in ("body", "html")
            or len(lines := _known_lines(element, known)) > _MOST_LINES
        ):
            return None
        for line in lines:
            if spans := find_lone_person(get(line)):
                return line, [replace(spans[0], detector="zone:signed_in")]
        element = element.getparent()
    return None


def _is_whole(text: str) -> bool:
    """Whether the street and its town are in one text."""
    return any(span.kind == "postcode" for span in find_addresses(text))


def _in_one(slot: Slot) -> list[tuple[Slot, list[Span]]]:
    """`Ann Lee, 5 Elm Street, Salem, OR 97301`, also behind a label; no sentence."""
    text = get(slot)
    spans = [replace(span, detector=_DETECTOR) for span in find_addresses(text)]
    if not spans or spans[-1].kind == "street":
        return []
    before = text[: spans[0].start]
    start = before.rfind(":") + 1
    name = _person_in(before[start:].rstrip(" ,\n\t-–|·"), start)
    return [(slot, [*([name] if name else ()), *spans])] if name or _LABEL.search(before) else []


def _in_lines(lines: Sequence[Slot], at: int) -> list[tuple[Slot, list[Span]]]:
    texts = [get(line) for line in lines]
    street = at if _is_street(texts[at]) else _numbered_before(texts, at)
    if street is None:
        return []
    if _STREET_GONE.match(texts[street]):
        return [name] if (name := _name_before(lines, street)) else []
    end = _end_of_town(texts, street)
    if end is None or not (
        _is_street(texts[street]) or _name_before(lines, street) or _SURE_TOWN.match(texts[street + 1])
    ):
        return []
    towns = [(lines[one], _town_in(texts[one])) for one in range(street + 1, end)]
    return [(lines[street], [_whole(texts[street], "street")]), *towns]


def _name_before(lines: Sequence[Slot], street: int) -> tuple[Slot, list[Span]] | None:
    """The line with the name before that with the street, at most one other between."""
    for one in range(street - 1, max(street - _BEFORE, 0) - 1, -1):
        if span := _person_in(get(lines[one]), 0, is_sure=one == street - 1):
            return lines[one], [span]
    return None


def _is_street(text: str) -> bool:
    """Whether a line is a street, with a flat behind it or not; one that is replaced already is one too."""
    spans = find_addresses(text)
    return _STREET_GONE.match(text) is not None or (bool(spans) and not text[: spans[0].start].strip())


def _numbered_before(texts: Sequence[str], town: int) -> int | None:
    """The line before a town that may be a street by its number alone: `The Green 5`."""
    lines = range(town - 1, max(town - _BEHIND, 0) - 1, -1)
    return next((one for one in lines if _NUMBERED.fullmatch(texts[one]) or street_line(texts[one])), None)


def _end_of_town(texts: Sequence[str], street: int) -> int | None:
    """Behind the line or the two with the town and its postcode that follow a street."""
    for one in range(street + 1, min(street + 1 + _BEHIND, len(texts))):
        pair = texts[one : one + 2]
        if _TOWN_LINE.match(texts[one]) and not UNIT_LINE.fullmatch(texts[one]):
            return one + 1
        if len(pair) == 2 and any(
            _TOWN.fullmatch(said) and _CODE.fullmatch(other) for said, other in (pair, pair[::-1])
        ):
            return one + 2
    return None


def _town_in(text: str) -> list[Span]:
    if _TOWN.fullmatch(text):
        return [_whole(text, "city")]
    return [replace(one, kind="city" if one.kind == "name" else one.kind) for one in find_in_zone(text, ADDRESS_BLOCK)]


def _whole(text: str, kind: Kind) -> Span:
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip(" \t\n\r,"))
    return Span(start, end, kind, _DETECTOR, text[start:end])


def _person_in(text: str, offset: int, is_sure: bool = False) -> Span | None:
    """The person that a line is, and nothing else. Right before a street one known word is enough."""
    start = len(text) - len(text.lstrip())
    name = read(text, start)
    if (
        name is None
        or name.end != len(text.rstrip(" ,\t\n\r"))
        or not (is_full(name) or (is_sure and _may_be_person(name)))
    ):
        return None
    return Span(offset + start, offset + name.end, "name", _DETECTOR, text[start : name.end])


def _may_be_person(name: Name) -> bool:
    lexicon, words = load_lexicon(), name.words
    is_known = lexicon.is_given(words[0]) and not load_cues().is_famous(words)
    return len(words) > 1 and is_known and load_rules().page_words.isdisjoint(word.lower() for word in words)


def _lines_around(slot: Slot, known: Lines) -> list[Slot]:
    """All texts of the largest element around that holds little else, in its order, those of controls apart; at least the slot's own."""
    lines, element = [slot], around(slot)
    for _ in range(_MOST_LEVELS):
        more = _known_lines(element, known)
        if len(more) > _MOST_LINES:
            break
        lines = more if slot in more else lines
        parent = element.getparent()
        if parent is None or parent.tag in ("body", "html"):
            break
        element = parent
    return lines


@lru_cache(maxsize=1)
def _company() -> re.Pattern[str]:
    return re.compile(rf"(?i)(?<!\w){phrases(load_rules().company_words)}(?!\w)")


def _known_lines(element: etree._Element, known: Lines) -> list[Slot]:
    if element not in known:
        known[element] = _lines_in(element)
    return known[element]


def _lines_in(element: etree._Element) -> list[Slot]:
    """The texts in an element, or one more than an address has at most."""
    found = ((text.getparent(), "text" if text.is_text else "tail") for text in cast("list[Any]", _TEXTS(element)))
    return [slot for slot in found if not _is_control(around(slot), element)]


def _is_control(element: etree._Element, top: etree._Element) -> bool:
    """Whether the element stands in a control below the top one."""
    while element is not top:
        if element.tag in _CONTROLS:
            return True
        parent = element.getparent()
        assert parent is not None
        element = parent
    return False
