"""The marks of a page's blocks put into the page, and into what the events on it quote of just these blocks.

Changes rows of privacy.pages and privacy.events in place; no element is added, removed or moved. Which snippets are asked for, and
what the model says of them, is not known here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from shopcart_assets.privacy.llm_pass.free_text import Block, blocks
from shopcart_assets.privacy.llm_pass.snippets import DETECTOR, Marking, Quote, apart, marks_in, readable, spans_in
from shopcart_assets.privacy.page import written
from shopcart_assets.privacy.parsing import parse, roots
from shopcart_assets.privacy.patterns import Finding, Span, replace
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.slots import keep_end_tag, place_of, put
from shopcart_assets.privacy.targets import locate, parsed
from shopcart_assets.privacy.targets import written as event_written
from shopcart_assets.privacy.zones import scrub_name

_SAID = ("text", "label", "aria-label", "title", "alt")
"""Fields and attributes of a target in which recorders write an element's text."""

_MIN_WORDS = 4
"""Of a block that is taken for quoted by a target that cannot be found on the page."""


@dataclass(frozen=True)
class _Masked:
    """A block in which words were marked."""

    block: Block
    quote: Quote
    spans: list[Span]
    elements: frozenset[etree._Element]


@dataclass(frozen=True)
class _Near:
    """A block that a target may quote in these of its fields; `is_inside`: of which its element is a part."""

    quote: Quote
    is_inside: bool
    fields: tuple[str, ...]

    def find(self, text: str) -> list[Span]:
        """The marked words in what a field says."""
        return self.quote.find(text, cut_off=True) or (self.quote.find_part(text) if self.is_inside else [])


def texts_of(html: str) -> list[str]:
    """The texts of the page's blocks of free text. Raises UnreadablePage."""
    return [block.text for block in blocks(parse(html.encode()))]


def mask_page(
    page: dict[str, Any], events: Sequence[dict[str, Any]], marking: Marking, pseudonyms: Pseudonyms
) -> tuple[list[Finding], dict[str, list[Finding]]]:
    """Replaces the marked words in a page and in the events on it; what was found in the page, and in each event by its id."""
    root = parse(page["html"].encode())
    masked = list(_masked(root, marking))
    if not masked:
        return [], {}
    near = {event["event_id"]: _near(root, event, masked) for event in events}
    findings = [one for masks in masked for one in _put(masks, pseudonyms)]
    names, more = _rename(masked, pseudonyms)
    for element in (element for one in roots(root) for element in one.iter("*")):
        keep_end_tag(element)
    page["html"] = written(root)
    quoted = {event["event_id"]: _quote(event, near[event["event_id"]], names, pseudonyms) for event in events}
    return findings + more, quoted


def _masked(root: etree._Element, marking: Marking) -> Iterator[_Masked]:
    for block in list(blocks(root)):
        text = block.text
        if marks := marks_in(text, marking):
            quote = Quote(readable(text), tuple(marks))
            yield _Masked(block, quote, spans_in(text, marks), frozenset(block.elements()))


def _put(masked: _Masked, pseudonyms: Pseudonyms) -> list[Finding]:
    """Writes a placeholder where each span begins, and takes the rest of it out of the pieces that it goes on in."""
    findings: list[Finding] = []
    offset = 0
    for slot, text in masked.block.pieces:
        kept, at = [], offset
        for span in masked.spans:
            if slot is None or span.end <= offset or span.start >= offset + len(text):
                continue
            kept.append(text[at - offset : max(span.start - offset, 0)])
            if span.start >= offset:
                findings.append(
                    Finding(span.kind, span.detector, place_of(slot[1]), pseudonyms.placeholder(span.kind, span.value))
                )
                kept.append(findings[-1].placeholder)
            at = min(span.end, offset + len(text))
        if slot is not None and at > offset:
            put(*slot, "".join((*kept, text[at - offset :])))
        offset += len(text)
    return findings


def _rename(masked: Sequence[_Masked], pseudonyms: Pseudonyms) -> tuple[dict[str, str], list[Finding]]:
    """Of names that were made of a block's words go the marked ones; what was a name -> what it is, and what was found.

    A name begins with the name around it, which is looked at by itself.
    """
    values: dict[etree._Element, dict[str, str]] = {}
    for one in masked:
        lost = {span.value: pseudonyms.placeholder(span.kind, span.value) for span in one.spans}
        for element in {*one.elements, *(above for inner in one.elements for above in inner.iterancestors())}:
            values.setdefault(element, {}).update(lost)
    names: dict[str, str] = {}
    findings: list[Finding] = []
    named = [
        element
        for zone in {one.block.zone: None for one in masked}
        for element in zone.iter("*")
        if element.get("name")
    ]
    for element in named:
        said, above = element.get("name", ""), _above(element)
        prefix = f"{above}." if above and said.startswith(f"{above}.") else ""
        local, found = scrub_name(said[len(prefix) :], values.get(element, {}))
        name = (f"{names.get(above, above)}." if prefix else "") + local
        if name != said:
            names[said] = name
            findings += found
    for element in named:
        put(element, "@name", names.get(element.get("name", ""), element.get("name", "")))
    return names, [Finding(one.kind, DETECTOR, one.place, one.placeholder) for one in findings]


def _above(element: etree._Element) -> str:
    """The name of the nearest named element around."""
    return next((name for one in element.iterancestors() if (name := one.get("name"))), "")


def _near(root: etree._Element, event: Mapping[str, Any], masked: Sequence[_Masked]) -> dict[str, list[_Near]]:
    """What the event's target and optimal may quote."""
    return {place: list(_quotes(root, _target(event, place), masked)) for place in ("target", "optimal")}


def _target(event: Mapping[str, Any], place: str) -> dict[str, Any] | None:
    said = parsed(event[place])
    return parsed(said.get("target")) if said and place == "optimal" else said


def _quotes(root: etree._Element, target: Mapping[str, Any] | None, masked: Sequence[_Masked]) -> Iterator[_Near]:
    """The blocks whose words the target may say: around its element, in it, or, where it is not found, told by all their words."""
    if not target:
        return
    element = locate(root, target, {})
    around = set() if element is None else {element, *element.iterancestors()}
    for one in masked:
        slot, is_inside = one.block.pieces[0][0], not one.elements.isdisjoint(around)
        if slot is not None and slot[1][0] == "@":
            if element in one.elements:
                yield _Near(one.quote, False, (slot[1][1:],))
        elif element is None:
            if len(one.quote.text.split()) >= _MIN_WORDS:
                yield _Near(one.quote, False, _SAID)
        elif is_inside or any(element in inner.iterancestors() for inner in one.elements):
            yield _Near(one.quote, is_inside and element is not one.block.zone, _SAID)


def _quote(
    event: dict[str, Any], near: Mapping[str, Sequence[_Near]], names: Mapping[str, str], pseudonyms: Pseudonyms
) -> list[Finding]:
    """Replaces in the event's target and optimal what they quote of the blocks near them."""
    findings: list[Finding] = []
    for place, quotes in near.items():
        if target := _target(event, place):
            before = len(findings)
            name = target.get("name")
            is_renamed = isinstance(name, str) and name in names
            target |= {"name": names[name]} if isinstance(name, str) and is_renamed else {}
            for part in (target, target.get("attributes") or {}):
                findings += _quote_texts(part, place, quotes, pseudonyms)
            if is_renamed or len(findings) > before:
                whole = (parsed(event[place]) or {}) | {"target": target} if place == "optimal" else target
                event[place] = event_written(whole)
    return findings


def _quote_texts(part: dict[str, Any], place: str, quotes: Sequence[_Near], pseudonyms: Pseudonyms) -> list[Finding]:
    findings: list[Finding] = []
    for name, text in part.items():
        if isinstance(text, str) and text:
            spans = [span for one in quotes if name in one.fields for span in one.find(text)]
            part[name], found = replace(text, apart(spans, text), place, pseudonyms)
            findings += found
    return findings
