"""One sweep over a page's tree: state is emptied, addresses and styles are reduced, and what needs a closer look is found.

Python meets only the rows (rows.py) that are touched. What becomes of a zone or of a text with a pattern belongs to page.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, get_args

from lxml import etree

from shopcart_assets.privacy.attributes import AttributePolicy, attribute_policy, is_addressable
from shopcart_assets.privacy.blocks import may_be_line
from shopcart_assets.privacy.fields import is_prompt, kind_of_field
from shopcart_assets.privacy.free_text.people import may_be_greeting
from shopcart_assets.privacy.labels import field_attributes
from shopcart_assets.privacy.memory import Memory
from shopcart_assets.privacy.parsing import roots
from shopcart_assets.privacy.patterns import Finding, scrub_text
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rows import Pair, Row, distinct_pairs, elements, keep_end_tags, matching, rows_of, standing
from shopcart_assets.privacy.rules import (
    PLACEHOLDER,
    SiteRules,
    Zone,
    load_rules,
)
from shopcart_assets.privacy.shapes import may_hold
from shopcart_assets.privacy.slots import (
    Slot,
    clean_meta,
    drop,
    empty_below,
    get,
    is_state,
    place_of,
    put,
)
from shopcart_assets.privacy.urls import SEARCHED, reduce_url, scrub_url

_HIDING = re.compile(r"(?:^|;)\s*(display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE)
_TYPED = ("input", "textarea")
_TAG = re.compile(r"[A-Za-z0-9:_-]*")
_MOST_LETTERS = 140  # of a label and the value behind it
_NAMELESS = "x-element"
_WEB = ("http:", "https:", "//")


class _Verdict(NamedTuple):
    """What becomes of an attribute: `kept` is its new value, None if it goes."""

    kept: str | None
    findings: tuple[Finding, ...] = ()
    zone: Zone | None = None
    is_hit: bool = False


@dataclass
class Swept:
    """What the sweep found, in the order of the page. `hits` may hold a pattern, or be a zone by their own shape."""

    findings: list[Finding] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)
    """What stood in fields that ask for personal data -> its placeholder."""
    zones: list[tuple[etree._Element, Zone]] = field(default_factory=list)
    named: list[tuple[etree._Element, str]] = field(default_factory=list)
    hits: list[Slot] = field(default_factory=list)
    labels: list[Slot] = field(default_factory=list)
    """Texts that may be the label of a personal value."""
    greetings: list[Slot] = field(default_factory=list)
    exits: list[Slot] = field(default_factory=list)
    """Texts that speak to somebody, and that offer to sign out."""
    lines: list[Slot] = field(default_factory=list)
    """Texts by which a postal address may be found."""
    rows: list[Row] = field(default_factory=list)
    """All elements as they were."""
    said: Iterable[Pair] = ()
    """Their attributes that hold text, each once."""


def sweep(
    root: etree._Element,
    site: SiteRules,
    pseudonyms: Pseudonyms,
    only_zones: bool = False,
    memory: Memory | None = None,
) -> Swept:
    """Changes the tree in place. Texts and attributes with a zone or a pattern are left as they are, but told.

    `only_zones` is for who looks for zones and fields and keeps nothing: addresses, styles and patterns are passed over.
    """
    memory = memory or Memory()
    _empty(root)
    rows = rows_of(root)
    attributes = _by_policy(distinct_pairs(rows))
    if only_zones:
        attributes |= {"url": [], "style": [], "drop": []}
    reduced_to = memory.ask((value for _, value in attributes["url"]), _reduced)
    addresses = {pair: reduced_to[pair[1]] for pair in attributes["url"]}
    said = [*attributes["text"], *attributes["marker"]]
    shown = {text for row in rows for text in (row[2], row[3]) if text}
    texts = {*shown, *(value for _, value in said), *addresses.values()}
    hits = set(memory.ask(texts, _having, site.wide_text_starts))
    if not only_zones:
        hits.update(memory.ask(texts, _holding), memory.ask(addresses.values(), _having, SEARCHED))
    verdicts = dict(_judged(attributes, site, hits, memory))
    verdicts |= {
        pair: _address(pair, reduced, hits, pseudonyms)
        for pair, reduced in addresses.items()
        if reduced != pair[1] or reduced in hits
    }
    swept = _apply(root, rows, verdicts, hits, pseudonyms)
    short = (text for text in shown if len(text) < _MOST_LETTERS)
    swept.labels = standing(rows, memory.ask(short, _having, load_rules().wide_labels))
    swept.greetings = standing(rows, memory.ask(shown, may_be_greeting))
    swept.exits = standing(rows, memory.ask(shown, _having, load_rules().wide_sign_out))
    swept.lines = standing(rows, memory.ask(shown, may_be_line))
    if not only_zones:
        swept.findings += _without_odd_names(rows, pseudonyms)
    gone = [name for name in {name for name, _ in attributes["drop"]} if is_addressable(name)]
    for one in roots(root):
        etree.strip_attributes(one, *gone)
    swept.said = said
    return swept


def _reduced(addresses: Iterable[str]) -> dict[str, str]:
    return {address: reduce_url(address) for address in addresses}


def _having(texts: Iterable[str], pattern: str) -> dict[str, bool]:
    return dict.fromkeys(matching(texts, pattern), True)


def _holding(texts: Iterable[str]) -> dict[str, bool]:
    return dict.fromkeys(may_hold(texts), True)


def _by_policy(pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
    """The attributes by what happens to them. A text that is an address is reduced as one; one that is `state` goes."""
    pairs = list(pairs)
    policies = {name: attribute_policy(name) for name in {name for name, _ in pairs}}
    found: dict[str, list[Pair]] = {policy: [] for policy in (*get_args(AttributePolicy), "state")}
    for pair in pairs:
        found[policies[pair[0]]].append(pair)
    for policy in ("text", "marker"):
        said, found[policy] = found[policy], []
        for pair in said:
            real = "url" if pair[1].startswith(_WEB) else "state" if is_state(pair[1]) else policy
            found[real].append(pair)
    return found


def _apply(
    root: etree._Element, rows: list[Row], verdicts: dict[Pair, _Verdict], hits: set[str], pseudonyms: Pseudonyms
) -> Swept:
    swept, untouched, typed = Swept(rows=rows), set(verdicts).isdisjoint, set(elements(root, *_TYPED))
    for row in rows:
        element, pairs, text, tail = row
        if text in hits or tail in hits or element in typed or not untouched(pairs):
            _visit(row, verdicts, hits, swept)
            if element in typed:
                _clean_field(element, pseudonyms, swept)
    return swept


def _empty(root: etree._Element) -> None:
    """What holds state loses it."""
    rules = load_rules()
    for element in elements(root, *rules.emptied_elements, *rules.emptied_subtrees, "meta"):
        if element.tag == "meta":
            clean_meta(element, rules.kept_meta)
        elif element.tag in rules.emptied_elements:
            element.text = None
        elif "shadowrootmode" not in element.attrib:
            empty_below(element)
    keep_end_tags(root)


def _without_odd_names(rows: Sequence[Row], pseudonyms: Pseudonyms) -> Iterator[Finding]:
    """`Ann <ann@example.com>`, where a page writes it without escaping, is an element of that name: it gets another."""
    odd = {tag for tag in {row[0].tag for row in rows} if not _TAG.fullmatch(tag)}
    for element in (row[0] for row in rows if row[0].tag in odd) if odd else ():
        yield from scrub_text(element.tag, "element", pseudonyms)[1]
        element.tag = _NAMELESS


def _address(pair: Pair, reduced: str, hits: set[str], pseudonyms: Pseudonyms) -> _Verdict:
    if reduced not in hits:
        return _Verdict(reduced)
    scrubbed, findings = scrub_url(pair[1], f"attribute:{pair[0]}", pseudonyms)
    return _Verdict(scrubbed, tuple(findings))


def _judged(
    attributes: Mapping[str, list[Pair]], site: SiteRules, hits: set[str], memory: Memory
) -> Iterator[tuple[Pair, _Verdict]]:
    """The attributes that are not simply left, or dropped by their name; addresses apart."""
    yield from ((pair, _Verdict(None)) for pair in attributes["state"])
    odd = {name for name in {name for name, _ in attributes["drop"]} if not is_addressable(name)}
    yield from ((pair, _Verdict(None)) for pair in attributes["drop"] if pair[0] in odd)
    for pair in attributes["style"]:
        kept = ";".join(_HIDING.findall(pair[1]))
        if not kept or kept != pair[1]:
            yield pair, _Verdict(kept or None)
    for name, value in attributes["text"]:
        if value in hits or name == "name":
            yield (name, value), _Verdict(value, is_hit=value in hits)
    marks = memory.ask((value.lower() for _, value in attributes["marker"]), _having, site.wide_marks)
    for name, value in attributes["marker"]:
        zone = site.zone_of(name, value) if value.lower() in marks else None
        if zone or value in hits:
            yield (name, value), _Verdict(value, zone=zone, is_hit=value in hits)


def _visit(row: Row, verdicts: dict[Pair, _Verdict], hits: set[str], swept: Swept) -> None:
    element, pairs, text, tail = row
    for pair in pairs:
        if verdict := verdicts.get(pair):
            name, value = pair
            swept.findings += verdict.findings
            if verdict.kept is None:
                drop(element, name)
            elif verdict.kept != value:
                put(element, "@" + name, verdict.kept)
            if verdict.zone and (not verdict.zone.tags or element.tag in verdict.zone.tags):
                swept.zones.append((element, verdict.zone))
            if verdict.is_hit:
                swept.hits.append((element, "@" + name))
            if name == "name" and verdict.kept == value:
                swept.named.append((element, value))
    if text in hits:
        swept.hits.append((element, "text"))
    if tail in hits:
        swept.hits.append((element, "tail"))


def _clean_field(element: etree._Element, pseudonyms: Pseudonyms, swept: Swept) -> None:
    """What stands in a field that asks for personal data is personal, whatever it looks like; hidden fields are state."""
    kind = kind_of_field(field_attributes(element))
    if kind == "secret":
        put(element, "@value", "")
    elif kind:
        for where in ("text", "@value"):
            typed = get((element, where)).strip()
            if typed and not PLACEHOLDER.fullmatch(typed) and not is_prompt(typed):
                swept.typed[typed] = placeholder = pseudonyms.placeholder(kind, typed)
                swept.findings.append(Finding(kind, "zone:field", place_of(where), placeholder))
                put(element, where, placeholder)
