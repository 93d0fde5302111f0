"""What people typed, such as search words: found in events, and its marks put wherever pages and events repeat the whole of it.

An action must still name what its page shows, so the search box, the title, links to further results and addresses change with it.
Which texts are asked for, and what the model says of them, is not known here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote as percent
from urllib.parse import unquote_plus

from lxml import etree

from shopcart_assets.privacy.attributes import attribute_policy
from shopcart_assets.privacy.decoding import plain_text
from shopcart_assets.privacy.gazetteer import completed
from shopcart_assets.privacy.llm_pass.snippets import Marking, Quote, apart, marks_in, readable
from shopcart_assets.privacy.page import written
from shopcart_assets.privacy.parsing import parse, roots
from shopcart_assets.privacy.patterns import Finding, replace
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.slots import keep_end_tag, place_of, put
from shopcart_assets.privacy.targets import parsed
from shopcart_assets.privacy.targets import written as event_written

_UNTOUCHED = ("inert", "drop", "style")


def typed_in(event: Mapping[str, Any]) -> list[str]:
    """The texts that the event says were, or best would have been, typed; what the person said of why is typed too."""
    optimal = parsed(event["optimal"]) or {}
    return [
        text for text in (event["value"], event["rationale"], optimal.get("value")) if isinstance(text, str) and text
    ]


def complete(texts: Iterable[str]) -> list[str]:
    """Of texts that were typed letter by letter, with an event for each, the complete ones."""
    return [text for _, text in completed(("message", text) for text in texts)]


@dataclass(frozen=True)
class Typed:
    """The typed texts of one user in which words were marked, the longest first."""

    quotes: tuple[Quote, ...]

    @staticmethod
    def of(texts: Iterable[str], marking: Marking) -> "Typed":
        """Those of the texts that have marks."""
        found = {text: Quote(readable(text), tuple(marks)) for text in texts if (marks := marks_in(text, marking))}
        return Typed(tuple(found[text] for text in sorted(found, key=lambda one: (-len(one), one))))

    def may_be_in(self, text: str) -> bool:
        """Whether any marked word can be in the text."""
        plain = plain_text(text).casefold()
        return any(
            quote.text[mark.start : mark.end].split()[0].casefold() in plain
            for quote in self.quotes
            for mark in quote.marks
        )

    def scrub_text(
        self, text: str, place: str, pseudonyms: Pseudonyms, *, cut_off: bool = False
    ) -> tuple[str, list[Finding]]:
        """The text with the marked words of each typed text that it repeats replaced."""
        spans = [span for quote in self.quotes for span in quote.find(text, cut_off=cut_off)]
        return replace(text, apart(spans, text), place, pseudonyms) if spans else (text, [])

    def scrub_field(self, name: str, text: str, place: str, pseudonyms: Pseudonyms) -> tuple[str, list[Finding]]:
        """An attribute of a page or a target: as an address, a hierarchical name, or a text."""
        policy = attribute_policy(name.lower())
        if policy in _UNTOUCHED:
            return text, []
        if policy == "url":
            return self.scrub_url(text, place, pseudonyms)
        scrubbed, found = self.scrub_text(text, place, pseudonyms)
        for one in found if name == "name" else ():
            scrubbed = scrubbed.replace(one.placeholder, one.placeholder[1:-1].lower())
        return scrubbed, found

    def scrub_url(self, url: str, place: str, pseudonyms: Pseudonyms) -> tuple[str, list[Finding]]:
        """An address, in its path and in each parameter."""
        rest, hash_, fragment = url.partition("#")
        path, mark, query = rest.partition("?")
        path, findings = self.scrub_text(path, place, pseudonyms)
        parameters = []
        for parameter in query.split("&") if query else ():
            name, equals, value = parameter.partition("=")
            plain, more = self.scrub_text(unquote_plus(value), place, pseudonyms)
            findings = findings + more
            parameters.append(name + equals + percent(plain, safe="[]") if more else parameter)
        return path + mark + "&".join(parameters) + hash_ + fragment, findings


def mask_event(event: dict[str, Any], typed: Typed, own: Pseudonyms, quoted: Pseudonyms) -> list[Finding]:
    """Replaces in a row of privacy.events; `quoted` are the pseudonyms of its page."""
    findings: list[Finding] = []
    for place in ("value", "rationale"):
        if event[place]:
            event[place], found = typed.scrub_text(event[place], place, own, cut_off=True)
            findings = findings + found
    if event["url"]:
        event["url"], found = typed.scrub_url(event["url"], "url", own)
        findings = findings + found
    if target := parsed(event["target"]):
        found = _target(target, "target", typed, quoted)
        findings = findings + found
        event["target"] = event_written(target) if found else event["target"]
    if optimal := parsed(event["optimal"]):
        found = []
        if isinstance(optimal.get("value"), str):
            optimal["value"], found = typed.scrub_text(optimal["value"], "optimal", own, cut_off=True)
        if (aim := parsed(optimal.get("target"))) and (more := _target(aim, "optimal", typed, quoted)):
            optimal["target"], found = aim, found + more
        findings = findings + found
        event["optimal"] = event_written(optimal) if found else event["optimal"]
    return findings


def _target(target: dict[str, Any], place: str, typed: Typed, pseudonyms: Pseudonyms) -> list[Finding]:
    findings: list[Finding] = []
    for part in (target, target.get("attributes") or {}):
        for name, text in part.items():
            if isinstance(text, str) and text:
                part[name], found = typed.scrub_field(name, text, place, pseudonyms)
                findings += found
    return findings


def mask_page(page: dict[str, Any], typed: Sequence[Typed], pseudonyms: Pseudonyms) -> list[Finding]:
    """Replaces in a row of privacy.pages what its viewers typed."""
    findings: list[Finding] = []
    for one in typed:
        page["url"], found = one.scrub_url(page["url"] or "", "url", pseudonyms)
        findings += found
        if one.may_be_in(page["html"]):
            root = parse(page["html"].encode())
            found = _tree(root, one, pseudonyms)
            findings += found
            page["html"] = written(root) if found else page["html"]
    return findings


def _tree(root: etree._Element, typed: Typed, pseudonyms: Pseudonyms) -> list[Finding]:
    findings: list[Finding] = []
    for element in (element for one in roots(root) for element in one.iter("*")):
        slots = [("text", element.text), ("tail", element.tail)]
        slots += [("@" + name, value) for name, value in cast("list[tuple[str, str]]", element.items())]
        for where, text in slots:
            if text and not text.isspace():
                scrub = typed.scrub_text if where[0] != "@" else None
                place = place_of(where)
                scrubbed, found = (
                    scrub(text, place, pseudonyms) if scrub else typed.scrub_field(where[1:], text, place, pseudonyms)
                )
                findings += found
                if found:
                    put(element, where, scrubbed)
        keep_end_tag(element)
    return findings
