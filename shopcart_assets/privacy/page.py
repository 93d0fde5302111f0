"""One page: parsed, emptied of state, scrubbed by zones and patterns, and written with the same element tree.

No element is added, removed or moved, so that a recorder's positional XPaths still hold. Only comments and processing
instructions go. What counts as what is said by rules.yaml; which page belongs to whom is said by day.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from shopcart_assets.platform.collector import collector_paused
from shopcart_assets.privacy.memory import Memory
from shopcart_assets.privacy.parsing import UnreadablePage, parse, roots
from shopcart_assets.privacy.patterns import Finding
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import Zone, rules_of
from shopcart_assets.privacy.tree import TreeScrubber
from shopcart_assets.privacy.urls import host, is_restricted


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


@collector_paused()
def scrub_page(
    html: bytes, *, url: str, pseudonyms: Pseudonyms, memory: Memory | None = None, own_zones: tuple[Zone, ...] = ()
) -> ScrubbedPage:
    """The page without personal data. Its `reason` is None, or restricted, empty, no_markup or too_deep, and then `html` is empty.

    `memory` is that of the pages before it, which makes it faster and changes nothing. `own_zones` hold beside those of rules.yaml.
    """
    restricted = "restricted" if is_restricted(url) else None
    try:
        root = parse(html)
    except UnreadablePage as error:
        return ScrubbedPage("", reason=restricted or error.reason)
    scrubber = TreeScrubber(root, rules_of(host(url), own_zones), pseudonyms, memory)
    scrubber.scrub()
    if restricted:
        return ScrubbedPage("", reason=restricted, own=scrubber.own)
    zones = tuple(element for element, _ in scrubber.zones)
    return ScrubbedPage(
        written(root),
        tuple(scrubber.findings),
        url=url,
        values=scrubber.values,
        own=scrubber.own,
        people=scrubber.people,
        names=scrubber.names,
        zones=zones,
        root=root,
    )


@collector_paused()
def mine_page(html: bytes, *, url: str, memory: Memory | None = None, own_zones: tuple[Zone, ...] = ()) -> ScrubbedPage:
    """The page for what its own zones and fields tell: `own` as of `scrub_page`, `root` to look into. No more is scrubbed or written."""
    try:
        root = parse(html)
    except UnreadablePage as error:
        return ScrubbedPage("", reason=error.reason)
    scrubber = TreeScrubber(root, rules_of(host(url), own_zones), Pseudonyms(b"", ""), memory)
    scrubber.mine(only_zones=True)
    return ScrubbedPage("", reason="restricted" if is_restricted(url) else None, url=url, own=scrubber.own, root=root)


def written(root: etree._Element) -> str:
    """The page as it is stored."""
    parts = (etree.tostring(one, method="html", encoding="unicode") for one in roots(root))
    return "<!DOCTYPE html>\n" + "".join(parts)
