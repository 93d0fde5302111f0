"""The second look at scrubbed pages and events: for the users' own values, wherever zones and patterns did not see them.

It changes rows of privacy.pages and privacy.events in place and never adds, removes or moves an element. What is looked for
belongs to gazetteer.py.
"""

from collections.abc import Container, Mapping, Sequence
from functools import partial
from typing import Any

from lxml import etree

from shopcart_assets.privacy.attributes import attribute_policy
from shopcart_assets.privacy.catalogue import holds_catalogue, is_catalogue
from shopcart_assets.privacy.gazetteer import Gazetteer
from shopcart_assets.privacy.inline import scrub_line
from shopcart_assets.privacy.page import written as page_written
from shopcart_assets.privacy.parsing import UnreadablePage, parse
from shopcart_assets.privacy.patterns import Finding, Span
from shopcart_assets.privacy.rows import Row, distinct_pairs, keep_end_tags, rows_of, written_texts
from shopcart_assets.privacy.slots import get, place_of, put
from shopcart_assets.privacy.targets import locate, parsed, written

_SELECTORS = ("node_id", "xpath", "css", "tag", "id", "class")  # the site's own words: only what is certain goes
_UNTOUCHED = ("inert", "drop", "style")


def scrub_page_again(page: dict[str, Any], gazetteers: Sequence[Gazetteer]) -> list[Finding]:
    """Replaces the users' values in a row of privacy.pages; what was found."""
    findings: list[Finding] = []
    for gazetteer in gazetteers:
        page["url"], found = gazetteer.scrub_url(page["url"], "url")
        findings += found
        html = page["html"].encode()
        if gazetteer.may_be_in(html) and gazetteer.candidates(written_texts(page["html"])):
            root = parse(html)
            found = scrub_tree(root, gazetteer)
            findings += found
            page["html"] = page_written(root) if found else page["html"]
    return findings


def scrub_tree(root: etree._Element, gazetteer: Gazetteer) -> list[Finding]:
    """Replaces a user's values in all texts, attributes and addresses of a page that has been scrubbed."""
    rows = rows_of(root)
    pairs = [pair for pair in distinct_pairs(rows) if attribute_policy(pair[0]) not in _UNTOUCHED]
    hits = gazetteer.candidates((*(row[2] for row in rows), *(row[3] for row in rows), *(value for _, value in pairs)))
    touched = {pair for pair in pairs if pair[1] in hits}
    findings = [
        one
        for line in _lines(rows, hits)
        for one in scrub_line(line, partial(_certain, gazetteer), gazetteer.pseudonyms)
    ]
    for element, attributes, text, tail in rows:
        if text in hits or tail in hits or not touched.isdisjoint(attributes):
            slots = [("text", text), ("tail", tail), *(("@" + name, value) for name, value in attributes)]
            for where, said in slots:
                if said in hits and (left := get((element, where))):  # a line may have lost it
                    scrubbed, found = _slot(element, where, left, gazetteer)
                    findings += found
                    if found:
                        put(element, where, scrubbed)
    keep_end_tags(root)
    return findings


def _lines(rows: Sequence[Row], hits: Container[str | None]) -> dict[etree._Element, None]:
    """The elements around those in which a part of a value stands: there it may go on in the next one."""
    lines = (row[0].getparent() for row in rows if row[2] in hits or row[3] in hits)
    return dict.fromkeys(line for line in lines if line is not None)


def _certain(gazetteer: Gazetteer, line: str) -> list[Span]:
    return gazetteer.find(line, True)


def _slot(element: etree._Element, where: str, text: str, gazetteer: Gazetteer) -> tuple[str, list[Finding]]:
    place = place_of(where)
    if where[0] == "@":
        around = element
    else:
        parent = element.getparent()
        around = element if where == "text" or parent is None else parent
        return _guarded_text(text, place, around, gazetteer)
    name = where[1:]
    policy = attribute_policy(name)
    if policy in _UNTOUCHED:
        return text, []
    if policy == "url":
        return gazetteer.scrub_url(text, place)
    if name == "name":
        return scrub_hierarchical(text, place, gazetteer)
    if name in _SELECTORS:
        return gazetteer.scrub_text(text, place, True)
    return _guarded_text(text, place, around, gazetteer)


def _guarded_text(text: str, place: str, element: etree._Element, gazetteer: Gazetteer) -> tuple[str, list[Finding]]:
    """Where goods are described is asked only of the few texts that hold a value at all."""
    if not gazetteer.find(text, False):
        return text, []
    return gazetteer.scrub_text(text, place, is_catalogue(element))


def scrub_hierarchical(name: str, place: str, gazetteer: Gazetteer) -> tuple[str, list[Finding]]:
    """A hierarchical name, whose segments are lower case letters, digits and underscores."""
    scrubbed, found = gazetteer.scrub_text(name, place, True)
    for finding in found:
        scrubbed = scrubbed.replace(finding.placeholder, finding.placeholder[1:-1].lower())
    return scrubbed, found


class SecondPass:
    """The events of a day, with the pages that they quote as the first pass left them."""

    def __init__(self, pages: Mapping[str, Mapping[str, Any]]) -> None:
        self._pages = pages
        self._last: tuple[str, etree._Element | None] = ("", None)

    def scrub_event(self, event: dict[str, Any], own: Gazetteer | None, quoted: Sequence[Gazetteer]) -> list[Finding]:
        """Replaces in a row of privacy.events the user's own values, and of the page's viewers in what it quotes of the page."""
        findings: list[Finding] = []
        if own:
            if event["url"]:
                event["url"], found = own.scrub_url(event["url"], "url")
                findings += found
            for place in ("value", "rationale"):
                if event[place]:
                    event[place], found = own.scrub_text(event[place], place, False, is_typed=True)
                    findings += found
        everyone = [*quoted, *([own] if own and own not in quoted else [])]
        for place in ("target", "optimal"):
            said = event[place]
            if said and any(one.may_be_in(said.encode()) for one in everyone):
                whole = parsed(said) or {}
                found = (
                    self._optimal(whole, event, own, everyone)
                    if place == "optimal"
                    else self._target(whole, event, place, everyone)
                )
                findings += found
                event[place] = written(whole) if found else said
        return findings

    def _optimal(
        self, optimal: dict[str, Any], event: Mapping[str, Any], own: Gazetteer | None, everyone: Sequence[Gazetteer]
    ) -> list[Finding]:
        findings: list[Finding] = []
        if own and isinstance(optimal.get("value"), str):
            optimal["value"], findings = own.scrub_text(optimal["value"], "optimal", False, is_typed=True)
        target = parsed(optimal.get("target"))
        if target:
            findings = findings + self._target(target, event, "optimal", everyone)
            optimal["target"] = target
        return findings

    def _target(
        self, target: dict[str, Any], event: Mapping[str, Any], place: str, everyone: Sequence[Gazetteer]
    ) -> list[Finding]:
        in_catalogue = self._is_in_catalogue(target, event)
        findings: list[Finding] = []
        for gazetteer in everyone:
            for part, is_attribute in ((target, False), (target.get("attributes") or {}, True)):
                for name, text in part.items():
                    if isinstance(text, str) and text:
                        part[name], found = _quoted(name, text, place, gazetteer, in_catalogue, is_attribute)
                        findings += found
        return findings

    def _is_in_catalogue(self, target: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
        """As its element on the page is; where there is none, as an element made of what the target says of itself."""
        root = self._root(event["page_id"])
        element = None if root is None else locate(root, target, {})
        if element is None:
            element = etree.Element("a")
            tag, said = target.get("tag"), target.get("attributes") or {}
            element.tag = tag if isinstance(tag, str) and tag.isalnum() else "a"
            for name in ("id", "class", "href"):
                put(element, "@" + name, str(said.get(name) or target.get(name) or ""))
        return holds_catalogue(element)

    def _root(self, page_id: str | None) -> etree._Element | None:
        """The page's tree; the last one is kept, for events come in the order of time."""
        if page_id and page_id != self._last[0] and page_id in self._pages:
            try:
                self._last = (page_id, parse(self._pages[page_id]["html"].encode()))
            except UnreadablePage:  # nothing is left on it that could be quoted
                self._last = (page_id, None)
        return self._last[1] if page_id and page_id == self._last[0] else None


def _quoted(
    name: str, text: str, place: str, gazetteer: Gazetteer, in_catalogue: bool, is_attribute: bool
) -> tuple[str, list[Finding]]:
    policy = attribute_policy(name.lower())
    if policy == "url":
        return gazetteer.scrub_url(text, place)
    if name == "name" and not is_attribute:
        return scrub_hierarchical(text, place, gazetteer)
    return gazetteer.scrub_text(text, place, in_catalogue or name in _SELECTORS or (is_attribute and policy == "inert"))
