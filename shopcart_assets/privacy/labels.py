"""Values that a label names: `Full name: Ann Lee`, `<dt>Full name</dt><dd>Ann Lee</dd>`. Labels of form fields belong to fields.py.

Takes the place of a text, gives the place of the value and what it is; nothing is scrubbed here.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml import etree

from shopcart_assets.privacy.catalogue import is_catalogue
from shopcart_assets.privacy.fields import is_name_label, is_value, kind_of_label
from shopcart_assets.privacy.free_text.names import is_pair, read
from shopcart_assets.privacy.rules import Kind, Zone, load_rules
from shopcart_assets.privacy.slots import Slot, around, following, get

_UNSURE = frozenset({"secret", "message", "card"})
_HEADINGS = frozenset({"h2", "h3", "h4", "h5"})
_MOST_LINES = 12  # elements of an address


@dataclass(frozen=True)
class Labelled:
    """Where the value stands, and the zone that it is: a `zone` without places is one value, as a whole."""

    value: Slot
    zone: Zone
    is_within: bool = False
    """Whether it stands in the label's own text, behind a colon."""

    @property
    def has_lines(self) -> bool:
        """Whether it is an address of an element with all that is in it."""
        element, where = self.value
        return (
            self.zone.places and where == "text" and sum(1 for _ in islice(element.iter(), _MOST_LINES)) < _MOST_LINES
        )


def labelled(slot: Slot) -> Labelled | None:
    """The value of a label that stands in the slot; None where it is no label of a person's, or none of a value.

    >>> from lxml import html
    >>> found = labelled((html.fromstring("<dl><dt>Full name</dt><dd>Ann Lee</dd></dl>")[0], "text"))
    >>> found.zone.kind, get(found.value)
    ('name', 'Ann Lee')
    """
    label, _, value = get(slot).partition(":")
    kind = kind_of_label(label)
    if kind is None and is_name_label(label):
        kind = "name" if _is_person(value) or ((beside := _beside(slot)) and _is_person(get(beside))) else None
    if kind is None or kind in _UNSURE or _is_of_goods(around(slot)) or is_of_shop(around(slot)):
        return None
    if value.strip():
        return Labelled(slot, _zone(kind), is_within=True) if is_value(kind, value) else None
    after = _beside(slot)
    return Labelled(after, _zone(kind)) if after and is_value(kind, get(after)) else None


def field_attributes(element: etree._Element) -> dict[str, str]:
    """What an input says of itself; for `aria-label` also the label that is around it or right before it.

    >>> from lxml import html
    >>> field_attributes(html.fromstring("<label>Post code <input name=x></label>")[0])
    {'name': 'x', 'aria-label': 'Post code '}
    """
    said = {str(name): str(value) for name, value in element.items()}
    if "aria-label" not in said and (label := _label_of(element)) is not None:
        said["aria-label"] = "".join(islice(map(str, label.itertext()), _MOST_LINES))
    return said


def _label_of(element: etree._Element) -> etree._Element | None:
    before = element.getprevious()
    is_its = before is not None and before.tag == "label" and before.get("for") in (None, element.get("id"))
    return before if is_its else next(element.iterancestors("label"), None)


def _is_of_goods(element: etree._Element) -> bool:
    """Whether goods are described there. A heading may be a label too, so it is what it stands in that tells."""
    parent = element.getparent() if element.tag in _HEADINGS else element
    return parent is not None and is_catalogue(parent)


def _beside(slot: Slot) -> Slot | None:
    """The next text, also behind the parent where the label ends it."""
    parent = slot[0].getparent()
    is_last = parent is not None and slot[1] == "text" and slot[0].getnext() is None
    return following(slot) or (following((parent, "tail")) if is_last and parent is not None else None)


def _is_person(text: str) -> bool:
    """Whether a text is a given and a family name and nothing else, so that `Name` is not that of goods."""
    name = read(text.strip(), 0)
    return name is not None and name.end == len(text.strip()) and is_pair(name)


def is_of_shop(element: etree._Element) -> bool:
    """Whether the element stands in what tells of a shop, a seller or a maker."""
    marks = (f"{one.get('id', '')} {one.get('class', '')}".lower() for one in (element, *element.iterancestors()))
    return any(load_rules().of_shop.match(token) for mark in marks for token in mark.split())


@lru_cache(maxsize=32)
def _zone(kind: Kind) -> Zone:
    if kind == "street":  # what is called an address may have several lines
        return Zone(zone="label", kind="name", own=True, places=True)
    return Zone(zone="label", kind=kind, own=True, whole=True)
