"""The passes of the first look over one page's tree, which they change in place: zones and fields, labels, addresses, patterns, free text.

No element is added, removed or moved. How a page is read and written belongs to page.py, what counts as what is said by rules.yaml.
"""

from collections.abc import Iterable, Mapping

from lxml import etree

from shopcart_assets.privacy.blocks import ADDRESS_BLOCK, Lines, block_at, person_at_exit
from shopcart_assets.privacy.catalogue import is_title
from shopcart_assets.privacy.fields import is_prompt, is_value
from shopcart_assets.privacy.free_text.people import find_greeted
from shopcart_assets.privacy.free_text.prose import Prose
from shopcart_assets.privacy.labels import is_of_shop, labelled
from shopcart_assets.privacy.memory import Memory
from shopcart_assets.privacy.patterns import Finding, Span, replace, scrub_text
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import SiteRules, Zone
from shopcart_assets.privacy.slots import INLINE, Slot, around, following, get, place_of, put
from shopcart_assets.privacy.sweep import Swept, sweep
from shopcart_assets.privacy.zones import has_postcode, scrub_name, scrub_zone_text

_AS = (" as", " als", " que", " como")
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
_CONTROLS = frozenset({"label", "button", "legend"})
_LABELS = _CONTROLS | frozenset({"select", "option", "input", "textarea", "h1", "h2", "h3", "h4"})
_MOST_OWN_BLOCKS = 3
_MOST_OWN_OPTIONS = 30  # a longer list to choose from is everyone's: the countries


class TreeScrubber:
    """The passes over one tree, which they change in place."""

    def __init__(
        self, root: etree._Element, site: SiteRules, pseudonyms: Pseudonyms, memory: Memory | None = None
    ) -> None:
        self.root, self.site, self.pseudonyms, self.memory = root, site, pseudonyms, memory or Memory()
        self.findings: list[Finding] = []
        self.values: dict[str, str] = {}
        self.own: dict[str, str] = {}
        self.people: Mapping[str, str] = {}
        self.names: dict[str, str] = {}
        self.zones: list[tuple[etree._Element, Zone]] = []
        self._own_zones: set[etree._Element] = set()

    def scrub(self) -> None:
        """State first, so that later passes see page only; zones before patterns, so that their words are whole."""
        swept = self.mine()
        for slot in swept.hits:
            self._scrub_slot(slot, None)
        prose = Prose(self.root, self.pseudonyms, self.memory)
        self.findings += prose.scrub(swept.rows, swept.said, [element for element, zone in swept.zones if zone.free])
        self.people = prose.people
        self._scrub_names(swept.named)

    def mine(self, only_zones: bool = False) -> Swept:
        """State, zones and fields."""
        swept = sweep(self.root, self.site, self.pseudonyms, only_zones, self.memory)
        self.findings = swept.findings
        self.zones = [(element, zone) for element, zone in swept.zones if not zone.free]
        self.values, self.own = dict(swept.typed), dict(swept.typed)
        self._own_zones = {element for element, zone in self.zones if zone.own and not zone.part}
        for element, zone in sorted(self.zones, key=lambda one: not one[1].part):
            self._scrub_zone(element, zone)
        for slot in swept.hits:
            if (zone_of_shape := self.site.zone_of_text(get(slot))) and not is_title(around(slot)):
                self.zones.append((slot[0], zone_of_shape))
                self._scrub_slot(slot, zone_of_shape)
            elif not zone_of_shape and self.site.only_start.fullmatch(get(slot)):
                self._scrub_following(slot)
        for slot in swept.labels:
            self._scrub_labelled(slot)
        free = {element for element, zone in swept.zones if zone.free}
        for slot in swept.greetings:
            if spans := self._greeted(slot, free):
                self.own |= self._scrub_lines([(slot, spans)])
        known: Lines = {}
        for slot in swept.exits:
            if person := person_at_exit(slot, known):
                self.own |= self._scrub_lines([person])
        self._scrub_blocks(swept.lines, known)
        return swept

    def _greeted(self, slot: Slot, free: set[etree._Element]) -> list[Span]:
        """Whom the page speaks to: not whom people write to, and no goods."""
        element = around(slot)
        is_free = any(one in free for one in (element, *element.iterancestors()))
        return [] if is_free or is_title(element) else find_greeted(get(slot))

    def _scrub_blocks(self, slots: Iterable[Slot], known: Lines) -> None:
        """Addresses in elements that no rule knows. A page with many lists shops."""
        own = [
            told
            for slot in slots
            if (block := block_at(slot, known)) and (told := self._scrub_lines(block.lines)) and block.is_own
        ]
        for told in own if len(own) <= _MOST_OWN_BLOCKS else ():
            self.own |= told

    def _scrub_lines(self, lines: Iterable[tuple[Slot, list[Span]]]) -> dict[str, str]:
        """What the lines say: value -> placeholder."""
        values: dict[str, str] = {}
        for line, spans in lines:
            text, findings = replace(get(line), spans, "text", self.pseudonyms)
            values |= {span.value: finding.placeholder for span, finding in zip(spans, findings, strict=True)}
            self.zones.append((around(line), ADDRESS_BLOCK))
            self.findings += findings
            put(*line, text)
        self.values |= values
        return values

    def _scrub_labelled(self, slot: Slot) -> None:
        """`Full name: Ann Lee`, `<dt>Full name</dt><dd>Ann Lee</dd>`: what a label says of the value behind or beside it."""
        if (found := labelled(slot)) is None:
            return
        self.zones.append((found.value[0], found.zone))
        if found.is_within:
            label, colon, value = get(slot).partition(":")
            values: dict[str, str] = {}
            scrubbed, findings = scrub_zone_text(value, found.zone, "text", self.pseudonyms, values)
            self.findings += findings
            self.values |= values
            self.own |= values
            put(*slot, label + colon + scrubbed)
        elif found.has_lines:
            self._scrub_zone(found.value[0], found.zone)
        else:
            self._scrub_slot(found.value, found.zone)

    def _scrub_following(self, slot: Slot) -> None:
        """`<b>Hello,</b> <b>Ann</b>`: who or where is said by the next text of the line, or of any element if it is a place by its postcode."""
        said, after = get(slot).strip(), following(slot)
        if after is None:
            return
        text = get(after).strip()
        zone = self.site.zone_of_text(said + text if text[0] in ",:，、" else f"{said} {text}")
        is_sure = said.rstrip(":").endswith(_AS) and is_value("name", text)  # after `Hello` much may follow
        if zone and (is_sure or (zone.places and has_postcode(text)) or after[1] == "tail" or after[0].tag in INLINE):
            self.zones.append((after[0] if after[1] == "text" else slot[0], zone))
            self._scrub_slot(after, zone)

    def _scrub_zone(self, root: etree._Element, zone: Zone) -> None:
        if zone.zone == "address" and is_of_shop(root):
            zone = zone.model_copy(update={"own": False})
        if zone.part:
            is_inside = any(one in self._own_zones for one in root.iterancestors())
            if zone.inside and not is_inside:
                return
            zone = zone.model_copy(update={"own": is_inside or (zone.own and not is_of_shop(root))})
        for element in root.iter("*"):
            if (zone.part and element.tag in _LABELS) or (
                zone.places and element is not root and element.tag in _CONTROLS
            ):
                continue
            if (
                element.tag == "option"
                and (list_ := element.getparent()) is not None
                and len(list_) > _MOST_OWN_OPTIONS
            ):
                continue
            for where in _ZONE_SLOTS if element is not root else _ZONE_ROOT_SLOTS:
                n_before = len(self.findings)
                self._scrub_slot((element, where), zone)
                if (
                    zone.places
                    and zone.kind == "name"
                    and any(one.kind == "street" for one in self.findings[n_before:])
                ):
                    zone = zone.model_copy(update={"kind": "city"})  # behind the street no name stands

    def _scrub_names(self, named: list[tuple[etree._Element, str]]) -> None:
        """Of names around, in and below a zone go the values that the zone lost; `names` says what became of each."""
        zones = [element for element, _ in self.zones] if self.values else []
        near = {one for zone in zones for one in (zone, *zone.iterancestors(), *zone.iterdescendants())}
        for element, said in named:
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
        if not text or text.isspace() or (zone and zone.part and is_prompt(text)):
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
