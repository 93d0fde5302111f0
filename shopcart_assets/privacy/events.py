"""One event, scrubbed by the same functions as its page, so that what a person did still names what they saw.

The target quotes the page, so it takes the page's pseudonyms; the typed value, the rationale and the address are the person's own.
Joining events to pages and to users belongs to day.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from shopcart_assets.privacy.attributes import attribute_policy
from shopcart_assets.privacy.catalogue import CatalogueWords, holds_title, is_catalogue, leads_to_goods
from shopcart_assets.privacy.fields import kind_of_field
from shopcart_assets.privacy.free_text.prose import find_in_prose, find_typed, pairs_of, typed_findings
from shopcart_assets.privacy.free_text.signs import Sign
from shopcart_assets.privacy.labels import field_attributes
from shopcart_assets.privacy.page import ScrubbedPage
from shopcart_assets.privacy.patterns import Finding, replace, scrub_text
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import ZONE_MARKERS, Kind, Zone, rules_of
from shopcart_assets.privacy.slots import is_state
from shopcart_assets.privacy.targets import attributes_of, locate, parsed, target_of, text_of, written
from shopcart_assets.privacy.urls import host, is_restricted, scrub_url
from shopcart_assets.privacy.zones import scrub_zone_text

_OF_OPTIMAL = ("event_type", "target", "value", "page_id", "probability")
_LOCATORS = ("node_id", "xpath", "css", "tag")


@dataclass(frozen=True)
class EventScrubber:
    """Scrubs the events of one user on one page. `quoted` are the pseudonyms of the page's first viewer, `own` the user's.

    `page` is None where it was not delivered, was dropped or is not known. `typed` collects what was typed into fields that ask for
    personal data, `searched` whom and which streets searches name, with their kinds; keep both in memory.
    """

    own: Pseudonyms
    quoted: Pseudonyms
    page: ScrubbedPage | None = None
    own_zones: tuple[Zone, ...] = ()
    typed: list[tuple[Kind, str]] = field(default_factory=list, repr=False)
    searched: list[tuple[Kind, str]] = field(default_factory=list, repr=False)

    def scrub(self, event: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
        """The event without personal data. Columns as in privacy.events; raises ValueError where target or optimal is no JSON object."""
        findings: list[Finding] = []
        restricted = is_restricted(event["url"] or "")
        target, value = parsed(event["target"]), event["value"]
        element = self._locate(target) if target else None
        asked = self._tell(value, target, element)
        scrubbed = dict(event)
        scrubbed["url"] = self._url(event["url"], "url", self.own, findings)
        scrubbed["value"] = self._value(value, "value", "restricted" if restricted else asked, findings)
        scrubbed["rationale"] = self._said(event["rationale"], "rationale", restricted, findings)
        scrubbed["target"] = written(self._target(target, element, "target", restricted, findings))
        if optimal := parsed(event["optimal"]):
            scrubbed["optimal"] = written(self._optimal(optimal, restricted, findings))
        return scrubbed, findings

    def mine(self, event: Mapping[str, Any]) -> None:
        """Collects in `typed` and `searched` what `scrub` does, and scrubs nothing."""
        if event["value"]:
            target = parsed(event["target"])
            self._tell(event["value"], target, self._locate(target) if target else None)

    def _tell(self, value: str | None, target: dict[str, Any] | None, element: etree._Element | None) -> Kind | None:
        asked = self._field(target, element)
        if value:
            self.typed.extend([(asked, value)] if asked else ())
            self.searched.extend(() if asked else pairs_of(find_typed(value)))
        return asked

    def _optimal(self, optimal: dict[str, Any], restricted: bool, findings: list[Finding]) -> dict[str, Any]:
        """Target and value, and what kind of event it is: other keys of a recorder are unknown channels and go."""
        target = target_of(optimal)
        element = self._locate(target) if target else None
        asked: Kind | None = "restricted" if restricted else self._field(target, element)
        value = self._value(text_of(optimal.get("value")), "optimal", asked, findings)
        kept = {
            name: said for name, said in optimal.items() if name in _OF_OPTIMAL and not isinstance(said, dict | list)
        }
        return kept | {"target": self._target(target, element, "optimal", restricted, findings), "value": value}

    def _url(self, url: str | None, place: str, pseudonyms: Pseudonyms, findings: list[Finding]) -> str | None:
        if not url:
            return url
        reduced, more = scrub_url(url, place, pseudonyms)
        findings += more
        return reduced

    def _value(self, value: str | None, place: str, kind: Kind | None, findings: list[Finding]) -> str | None:
        """The person's own text: whole where what they typed into asks for personal data, else by patterns."""
        if not value:
            return value
        if kind:
            findings.append(Finding(kind, "zone:field", place, self.own.placeholder(kind, value)))
            return findings[-1].placeholder
        scrubbed, more = scrub_text(value, place, self.own)
        scrubbed, people = typed_findings(scrubbed, place, self.own)
        findings += [*more, *people]
        return scrubbed

    def _said(self, text: str | None, place: str, restricted: bool, findings: list[Finding]) -> str | None:
        """What the person says in sentences: as what is typed; and names in a story need no word such as `for` before them."""
        said = self._value(text, place, "restricted" if restricted else None, findings)
        while said and (spans := find_in_prose(said, Sign.CUE | Sign.STORY | Sign.STREET | Sign.WRITTEN)):
            said, more = replace(said, spans, place, self.own)
            findings += more
        return said

    def _field(self, target: dict[str, Any] | None, element: etree._Element | None) -> Kind | None:
        """The kind of what is typed into the target: by the page's element where it is found, else by what the target says of itself."""
        said = field_attributes(element) if element is not None else attributes_of(target or {})
        return kind_of_field(said)

    def _target(
        self,
        target: dict[str, Any] | None,
        element: etree._Element | None,
        place: str,
        restricted: bool,
        findings: list[Finding],
    ) -> dict[str, Any] | None:
        """Locators, name, text, href and attributes; other keys of a recorder are unknown channels and go."""
        if target is None:
            return None
        kept: dict[str, Any] = {
            name: self._text(text_of(target[name]), place, None, findings) for name in _LOCATORS if name in target
        }
        if restricted:
            return kept
        zone, values = self._zone(target, element)
        if "name" in target:
            kept["name"] = self._name(text_of(target["name"]), place, findings)
        if "text" in target:
            kept["text"] = self._text(_quoted(text_of(target["text"]), values), place, zone, findings)
        if "href" in target:
            kept["href"] = self._url(text_of(target["href"]), place, self.quoted, findings)
        if "attributes" in target:
            kept["attributes"] = self._attributes(attributes_of(target), values, zone, place, findings)
        return kept

    def _name(self, name: str | None, place: str, findings: list[Finding]) -> str | None:
        """The name as its element has it on the scrubbed page."""
        names = self.page.names if self.page else {}
        return names[name] if name and name in names else self._text(name, place, None, findings)

    def _attributes(
        self,
        attributes: dict[str, str],
        values: Mapping[str, str],
        zone: Zone | None,
        place: str,
        findings: list[Finding],
    ) -> dict[str, Any]:
        """The attributes that stay on a page, scrubbed as there."""
        kept: dict[str, Any] = {}
        for name, value in attributes.items():
            policy = attribute_policy(name.lower())
            if policy == "url" and value:
                kept[name] = self._url(value, place, self.quoted, findings)
            elif policy not in ("drop", "style") and not is_state(value):
                kept[name] = self._text(_quoted(value, values), place, zone, findings)
        if "value" in kept and (kind := kind_of_field(attributes)):
            kept["value"] = self._value(attributes["value"], place, kind, findings)
        return kept

    def _text(self, text: str | None, place: str, zone: Zone | None, findings: list[Finding]) -> str | None:
        if not text:
            return text
        scrubbed, more = (
            scrub_zone_text(text, zone, place, self.quoted, {}) if zone else scrub_text(text, place, self.quoted)
        )
        findings += more
        return scrubbed

    def _zone(self, target: dict[str, Any], element: etree._Element | None) -> tuple[Zone | None, Mapping[str, str]]:
        """The zone that the target marks by itself or by its text, and the zone values of its page that it may quote.

        A target that cannot be found on its page is taken to quote them: better a word too many than a name too few. But it may be
        a product, so words of the trade stay.
        """
        values, people = (self.page.values, self.page.people) if self.page else ({}, {})
        site = rules_of(host(self.page.url) if self.page else "", self.own_zones)
        attributes = attributes_of(target)
        marked = (site.zone_of(name, attributes[name]) for name in ZONE_MARKERS if attributes.get(name))
        zone = next((one for one in marked if one and not one.free), None)
        if not zone and (zone := site.zone_of_text(text_of(target.get("text")) or "")):
            href = text_of(target.get("href")) or attributes.get("href", "")
            zone = None if (leads_to_goods(href) if element is None else holds_title(element)) else zone
        if self.page is None or element is None:
            trade = CatalogueWords({})
            quotable = {**people, **values}
            return zone, {value: placeholder for value, placeholder in quotable.items() if not trade.has(value)}
        around = {element, *element.iterancestors()}
        is_quote = any(root in around or element in root.iterancestors() for root in self.page.zones)
        return zone, {**({} if not people or is_catalogue(element) else people), **(values if is_quote else {})}

    def _locate(self, target: dict[str, Any]) -> etree._Element | None:
        root = self.page.root if self.page else None
        return None if root is None else locate(root, target, self.page.names if self.page else {})


def _quoted(text: str | None, values: Mapping[str, str]) -> str | None:
    """The text with the page's zone values replaced as the page has them, the longest first."""
    if not text:
        return text
    for value in sorted(values, key=len, reverse=True):
        edge = r"\b" if len(value) < 3 else ""
        words = r"\s+".join(map(re.escape, value.split()))
        text = re.sub(f"{edge}{words}{edge}", values[value], text) if words else text
    return text
