"""Where text stands in a tree, and how it is read, written and taken away in spite of what HTML allows and lxml does not.

No rule about what is personal: that is page.py's business.
"""

import re

from lxml import etree

from shopcart_assets.privacy.attributes import is_addressable

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# libxml2 writes no end tag for these where they have no child node at all, and then their tail would fall into them.
END_TAG_LEFT_OUT = frozenset({"li", "dd", "dt", "p", "option", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup"})

# What stands within a line of text.
INLINE = frozenset({"a", "abbr", "b", "bdi", "bdo", "big", "em", "font", "i", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "u", "wbr"})  # fmt: skip

_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*[{"])')

Slot = tuple[etree._Element, str]  # an element and "text", "tail" or an attribute's name after "@"


def is_state(value: str) -> bool:
    """Whether an attribute holds JSON, which a page's scripts keep there: state, as in a script element.

    >>> is_state('{"customer": "Ann"}'), is_state(' [{"id": 1}]'), is_state("[NAME_7F3A]"), is_state("{{ title }}")
    (True, True, False, False)
    """
    return value[:1] in "{[ \t\r\n" and _JSON.match(value) is not None


def empty_below(element: etree._Element) -> None:
    """Leaves the elements below, without any text or attribute."""
    element.text = None
    for inner in element.iterdescendants():
        inner.text = inner.tail = None
        inner.attrib.clear()


def clean_meta(element: etree._Element, kept: frozenset[str]) -> None:
    """The page is UTF-8 from here on, and says so; of the rest what describes the page stays."""
    if "charset" in element.attrib:
        element.set("charset", "utf-8")
    elif element.get("http-equiv", "").lower() == "content-type":
        element.set("content", "text/html; charset=utf-8")
    elif element.get("name", element.get("property", element.get("itemprop", ""))).lower() not in kept:
        drop(element, "content")


def place_of(where: str) -> str:
    """A slot's position as findings name it: text or attribute:<name>."""
    return f"attribute:{where[1:]}" if where[0] == "@" else "text"


def get(slot: Slot) -> str:
    """What stands there now; an empty string where nothing does."""
    element, where = slot
    return (element.get(where[1:]) if where[0] == "@" else element.text if where == "text" else element.tail) or ""


def around(slot: Slot) -> etree._Element:
    """The element in which a text or an attribute stands."""
    element, where = slot
    parent = element.getparent()
    return parent if where == "tail" and parent is not None else element


def following(slot: Slot) -> Slot | None:
    """The next text in the page's order, if it stands in a child, behind this element or in the next one."""
    element, where = slot
    after = next(iter(element), None) if where == "text" else element.getnext()
    if after is None and where == "text":
        if (element.tail or "").strip(" \t\n,:"):
            return element, "tail"
        after = element.getnext()
    return None if after is None else next(((one, "text") for one in after.iter("*") if (one.text or "").strip()), None)


def put(element: etree._Element, where: str, value: str) -> None:
    """Writes a slot, without the control characters that HTML allows and XML does not."""
    legal = ILLEGAL.sub("", value)
    if where == "text":
        element.text = legal
    elif where == "tail":
        element.tail = legal
    else:
        try:
            element.set(where[1:], legal)
        except ValueError:  # a name that HTML allows and lxml cannot write
            drop(element, where[1:])


def drop(element: etree._Element, name: str) -> None:
    """Takes an attribute away."""
    try:
        element.attrib.pop(name, "")
    except ValueError:  # a name such as `{a`, which lxml cannot address: all go, and the others come back
        others = [(other, value) for other, value in element.items() if is_addressable(str(other))]
        element.attrib.clear()
        for other, value in others:
            element.set(other, value)


def keep_end_tag(element: etree._Element) -> None:
    """So that what follows an empty element does not fall into it when the page is written and read again."""
    if element.tag in END_TAG_LEFT_OUT and not element.text and not len(element):
        element.text = ""
