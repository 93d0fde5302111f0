"""One sweep over a page's tree: state is emptied, addresses and styles are reduced, and what needs a closer look is found.

Python meets only the rows (rows.py) that are touched. What becomes of a zone or of a text with a pattern belongs to page.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lxml import etree

from shopcart_assets.privacy.fields import kind_of_field
from shopcart_assets.privacy.parsing import roots
from shopcart_assets.privacy.patterns import Finding
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rows import Pair, Row, distinct_pairs, elements, keep_end_tags, matching, rows_of
from shopcart_assets.privacy.rules import (
    PLACEHOLDER,
    AttributePolicy,
    SiteRules,
    Zone,
    attribute_policy,
    is_addressable,
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
_SAID = ("text", "marker")
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
    rows: list[Row] = field(default_factory=list)
    """All elements as they were."""
    pairs: Iterable[Pair] = ()
    """Their attributes, each once."""


def sweep(root: etree._Element, site: SiteRules, pseudonyms: Pseudonyms, only_zones: bool = False) -> Swept:
    """Changes the tree in place. Texts and attributes with a zone or a pattern are left as they are, but told.

    `only_zones` is for who looks for zones and fields and keeps nothing: addresses, styles and patterns are passed over.
    """
    _empty(root)
    rows = rows_of(root)
    pairs = distinct_pairs(rows)
    policies = {name: attribute_policy(name) for name in {name for name, _ in pairs}}
    if only_zones:
        policies = {name: policy if policy in _SAID else "inert" for name, policy in policies.items()}
    addresses = {pair: reduce_url(pair[1]) for pair in pairs if _is_address(pair, policies)}
    said = [value for name, value in pairs if policies[name] in _SAID and not is_state(value)]
    texts = dict.fromkeys((*said, *addresses.values(), *(row[2] for row in rows), *(row[3] for row in rows)))
    hits = matching(texts, site.wide_text_starts)
    if not only_zones:
        hits |= may_hold(texts) | matching(addresses.values(), SEARCHED)
    verdicts = {
        pair: _address(pair, kept, hits, pseudonyms)
        for pair, kept in addresses.items()
        if kept != pair[1] or kept in hits
    }
    verdicts |= dict(_judged(pairs, policies, site, hits))
    swept = _apply(root, rows, verdicts, hits, pseudonyms)
    gone = [name for name, policy in policies.items() if policy == "drop" and is_addressable(name)]
    for one in roots(root):
        etree.strip_attributes(one, *gone)
    swept.pairs = pairs
    return swept


def _apply(
    root: etree._Element, rows: list[Row], verdicts: dict[Pair, _Verdict], hits: set[str], pseudonyms: Pseudonyms
) -> Swept:
    swept, untouched, typed = Swept(rows=rows), set(verdicts).isdisjoint, set(elements(root, *_TYPED))
    for row in rows:
        if not untouched(row[1]) or row[2] in hits or row[3] in hits or row[0] in typed:
            _visit(row, verdicts, hits, swept)
            if row[0] in typed:
                _clean_field(row[0], pseudonyms, swept)
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


def _is_address(pair: Pair, policies: Mapping[str, AttributePolicy]) -> bool:
    policy = policies[pair[0]]
    return policy == "url" or (policy not in ("drop", "inert") and pair[1].startswith(_WEB))


def _address(pair: Pair, reduced: str, hits: set[str], pseudonyms: Pseudonyms) -> _Verdict:
    if reduced not in hits:
        return _Verdict(reduced)
    scrubbed, findings = scrub_url(pair[1], f"attribute:{pair[0]}", pseudonyms)
    return _Verdict(scrubbed, tuple(findings))


def _judged(
    pairs: Iterable[Pair], policies: Mapping[str, AttributePolicy], site: SiteRules, hits: set[str]
) -> Iterator[tuple[Pair, _Verdict]]:
    """The attributes that are not simply left, or dropped by their name; addresses apart."""
    marks = matching((value.lower() for name, value in pairs if policies[name] == "marker"), site.wide_marks)
    for pair in pairs:
        name, value = pair
        policy = policies[name]
        if policy == "drop" and not is_addressable(name):
            yield pair, _Verdict(None)
        elif policy == "style":
            kept = ";".join(_HIDING.findall(value))
            if not kept or kept != value:
                yield pair, _Verdict(kept or None)
        elif policy in _SAID and is_state(value):
            yield pair, _Verdict(None)
        elif policy in _SAID and not value.startswith(_WEB):
            zone = site.zone_of(name, value) if policy == "marker" and value.lower() in marks else None
            if zone or value in hits or name == "name":
                yield pair, _Verdict(value, (), zone, value in hits)


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
            if verdict.zone:
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
    attributes: Any = element.items()  # of an HTML tree they are str
    kind = kind_of_field(dict(attributes))
    if kind == "secret":
        put(element, "@value", "")
    elif kind:
        for where in ("text", "@value"):
            if (typed := get((element, where)).strip()) and not PLACEHOLDER.fullmatch(typed):
                swept.typed[typed] = placeholder = pseudonyms.placeholder(kind, typed)
                swept.findings.append(Finding(kind, "zone:field", place_of(where), placeholder))
                put(element, where, placeholder)
