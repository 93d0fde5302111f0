"""One page: parsed, emptied of state, scrubbed by zones and patterns, and written with the same element tree.

No element is added, removed or moved, so that a recorder's positional XPaths still hold. Only comments and processing
instructions go. What counts as what is said by rules.yaml; which page belongs to whom is said by day.py.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, cast

from lxml import etree

from shopcart_assets.privacy.fields import kind_of_field
from shopcart_assets.privacy.free_text.prose import Prose
from shopcart_assets.privacy.parsing import UnreadablePage, parse, roots
from shopcart_assets.privacy.patterns import PREFILTER, Finding, scrub_text
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import (
    PLACEHOLDER,
    AttributePolicy,
    SiteRules,
    Zone,
    attribute_policy,
    load_rules,
    rules_of,
)
from shopcart_assets.privacy.slots import (
    END_TAG_LEFT_OUT,
    Slot,
    clean_meta,
    drop,
    empty_below,
    get,
    keep_end_tag,
    place_of,
    put,
)
from shopcart_assets.privacy.urls import host, is_restricted, scrub_url
from shopcart_assets.privacy.zones import scrub_name, scrub_zone_text

_ZONE_ROOT_SLOTS = (
    "text",
    "@title",
    "@alt",
    "@aria-label",
    "@placeholder",
    "@value",
    "@label",
    "@content",
    "@data-name",
)
_ZONE_SLOTS = (*_ZONE_ROOT_SLOTS, "tail")
_MOST_OWN_OPTIONS = 30  # a longer list to choose from is everyone's: the countries
_HIDING = re.compile(r"(?:^|;)\s*(display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE)
_TYPED = frozenset({"input", "textarea"})


@dataclass(frozen=True)
class ScrubbedPage:
    """A page without personal data, or the reason why there is none.

    `url` is the raw one; it, `values` (zone value -> placeholder), `own` (those of the user's own zones and fields, which a
    restricted page tells too), `people` (the same of those whom its free texts name), `names` (what a `name` was -> what it is), `zones`
    and `root` serve the day and are never stored.
    """

    html: str
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    url: str = field(default="", repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    own: Mapping[str, str] = field(default_factory=dict, repr=False)
    people: Mapping[str, str] = field(default_factory=dict, repr=False)
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    zones: tuple[etree._Element, ...] = field(default=(), repr=False)
    root: etree._Element | None = field(default=None, repr=False)


def scrub_page(html: bytes, *, url: str, pseudonyms: Pseudonyms) -> ScrubbedPage:
    """The page without personal data. Its `reason` is None, or restricted, empty, no_markup or too_deep, and then `html` is empty."""
    restricted = "restricted" if is_restricted(url) else None
    try:
        root = parse(html)
    except UnreadablePage as error:
        return ScrubbedPage("", reason=restricted or error.reason)
    scrubber = _Scrubber(root, rules_of(host(url)), pseudonyms)
    scrubber.scrub()
    if restricted:
        return ScrubbedPage("", reason=restricted, own=scrubber.own)
    parts = (etree.tostring(one, method="html", encoding="unicode") for one in roots(root))
    zones = tuple(element for element, _ in scrubber.zones)
    written = "<!DOCTYPE html>\n" + "".join(parts)
    people = scrubber.prose.people
    return ScrubbedPage(
        written, tuple(scrubber.findings), None, url, scrubber.values, scrubber.own, people, scrubber.names, zones, root
    )


def written(root: etree._Element) -> str:
    """The page as it is stored."""
    parts = (etree.tostring(one, method="html", encoding="unicode") for one in roots(root))
    return "<!DOCTYPE html>\n" + "".join(parts)


class _Scrubber:
    """The passes over one tree, which they change in place."""

    def __init__(self, root: etree._Element, site: SiteRules, pseudonyms: Pseudonyms) -> None:
        self.root, self.site, self.pseudonyms, self.rules = root, site, pseudonyms, load_rules()
        self.findings: list[Finding] = []
        self.values: dict[str, str] = {}
        self.own: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.zones: list[tuple[etree._Element, Zone]] = []
        self.prose = Prose(root, pseudonyms)
        self._free: list[etree._Element] = []
        self._urls: dict[tuple[str, str], tuple[str, list[Finding]]] = {}
        self._slots: list[Slot] = []
        self._texts: list[str] = []
        self._named: list[tuple[etree._Element, str]] = []

    def scrub(self) -> None:
        """State first, so that later passes see page only; zones before patterns, so that their words are whole."""
        for element in (element for root in roots(self.root) for element in root.iter("*")):
            self._clean(element)
        for element, zone in self.zones:
            self._scrub_zone(element, zone)
        joined = "\x00" + "\x00".join(self._texts)
        ends = list(accumulate(len(text) + 1 for text in self._texts))
        for slot in self._slots_at(self.site.text_starts, joined, ends):
            if zone_of_shape := self.site.zone_of_text(get(slot)):
                self.zones.append((slot[0], zone_of_shape))
                self._scrub_slot(slot, zone_of_shape)
        for slot in self._slots_at(PREFILTER, joined, ends):
            self._scrub_slot(slot, None)
        self.findings += self.prose.scrub(self._slots, self._texts, self._free)
        self._scrub_names()

    def _clean(self, element: etree._Element) -> None:
        """Empties what holds state, reduces addresses and styles, and notes texts and zones for the later passes."""
        tag, rules = element.tag, self.rules
        if tag in rules.emptied_elements:
            element.text = None
        elif tag in rules.emptied_subtrees and "shadowrootmode" not in element.attrib:
            empty_below(element)
        if tag == "meta":
            clean_meta(element, rules.kept_meta)
        attributes: Any = element.items()  # of an HTML tree they are str
        for name, value in attributes:
            policy = attribute_policy(name)
            if policy == "drop":
                drop(element, name)
            elif policy != "inert":
                self._clean_attribute(element, name, value, policy)
        if tag in _TYPED:
            self._clean_field(element)
        text, tail = element.text, element.tail
        if text and not text.isspace():
            self._note(element, "text", text)
        elif tag in END_TAG_LEFT_OUT:
            keep_end_tag(element)
        if tail and not tail.isspace():
            self._note(element, "tail", tail)

    def _clean_attribute(self, element: etree._Element, name: str, value: str, policy: AttributePolicy) -> None:
        if policy == "url" or value.startswith(("http:", "https:", "//")):
            if (name, value) not in self._urls:  # the picture and the title of a product lead to the same place
                self._urls[name, value] = scrub_url(value, f"attribute:{name}", self.pseudonyms)
            reduced, findings = self._urls[name, value]
            self.findings += findings
            if reduced != value:
                put(element, "@" + name, reduced)
        elif policy == "style":
            kept = ";".join(_HIDING.findall(value))
            put(element, "@style", kept) if kept else drop(element, name)
        else:
            if policy == "marker" and (zone := self.site.zone_of(name, value)):
                self._free.append(element) if zone.free else self.zones.append((element, zone))
            self._note(element, "@" + name, value)
            if name == "name":
                self._named.append((element, value))

    def _note(self, element: etree._Element, where: str, value: str) -> None:
        self._slots.append((element, where))
        self._texts.append(value)

    def _clean_field(self, element: etree._Element) -> None:
        """What stands in a field that asks for personal data is personal, whatever it looks like; hidden fields are state."""
        kind = kind_of_field(dict(cast("list[tuple[str, str]]", element.items())))
        if kind == "secret":
            put(element, "@value", "")
        elif kind:
            for where in ("text", "@value"):
                if (typed := get((element, where)).strip()) and not PLACEHOLDER.fullmatch(typed):
                    placeholder = self.pseudonyms.placeholder(kind, typed)
                    self.values[typed] = self.own[typed] = placeholder
                    self.findings.append(Finding(kind, "zone:field", place_of(where), placeholder))
                    put(element, where, placeholder)

    def _scrub_zone(self, root: etree._Element, zone: Zone) -> None:
        for element in root.iter("*"):
            if (
                element.tag == "option"
                and (list_ := element.getparent()) is not None
                and len(list_) > _MOST_OWN_OPTIONS
            ):
                continue
            for where in _ZONE_SLOTS if element is not root else _ZONE_ROOT_SLOTS:
                self._scrub_slot((element, where), zone)

    def _scrub_names(self) -> None:
        """Of names around, in and below a zone go the values that the zone lost; `names` says what became of each."""
        zones = [element for element, _ in self.zones] if self.values else []
        near = {one for zone in zones for one in (zone, *zone.iterancestors(), *zone.iterdescendants())}
        for element, said in self._named:
            name, findings = scrub_name(get((element, "@name")), self.values if element in near else {})
            if self.names and not findings and (above := self._renamed_above(said)):
                name = self.names[above] + name[len(above) :]
            if name != said:
                self.names[said] = name
                self.findings += findings
                put(element, "@name", name)

    def _renamed_above(self, name: str) -> str | None:
        """The nearest part of a hierarchical name that is the name of an element and has changed."""
        while name := name.rpartition(".")[0]:
            if name in self.names:
                return name
        return None

    def _scrub_slot(self, slot: Slot, zone: Zone | None) -> None:
        text, place = get(slot), place_of(slot[1])
        if not text or text.isspace():
            return
        values: dict[str, str] = {}
        scrubbed, findings = (
            scrub_zone_text(text, zone, place, self.pseudonyms, values)
            if zone
            else scrub_text(text, place, self.pseudonyms)
        )
        self.values |= values
        self.own |= values if zone and zone.own else {}
        if findings:
            self.findings += findings
            put(*slot, scrubbed)

    def _slots_at(self, pattern: re.Pattern[str], joined: str, ends: list[int]) -> Iterator[Slot]:
        """The slots in which the pattern is found, each once: one search over all texts is far cheaper than one a text."""
        hits = (bisect_right(ends, match.end() - 2) for match in pattern.finditer(joined))
        return (self._slots[index] for index in dict.fromkeys(hits))
