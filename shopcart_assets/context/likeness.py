"""How well what an event says of an element fits an element: its text, its address, its place. Finding candidates is `targets`' business."""

import re
from urllib.parse import unquote

from shopcart_assets.context.names import address_of
from shopcart_assets.context.parse import Element
from shopcart_assets.context.tags import CAN_ACT_TAGS

NOT, PARTLY, BEGINS, SAME = range(4)
"""How well a text fits what an event quotes."""
# Recorders cut texts: from this length on what one begins with tells it from others.
TELLING_CHARACTERS = 12
_SHARED_WORDS = 0.5
_MOST_ALIKE = 500


def agreement(said: str, text: str) -> int:
    """How well a text fits what is said, both as segments. White space counts for little: browsers put it between lines.

    >>> [agreement("red_mug", text) for text in ("redmug", "red_mug_with_lid", "red_mugs", "blue_mug", "tea")]
    [3, 2, 1, 1, 0]
    """
    one, other = sorted((squeezed(said), squeezed(text)), key=len)
    if one == other:
        return SAME
    if other.startswith(one) and (
        len(one) >= TELLING_CHARACTERS or _is_first_of(said, text) or _is_first_of(text, said)
    ):
        return BEGINS
    words, found = set(said.split("_")), set(text.split("_"))
    return PARTLY if len(words & found) >= _SHARED_WORDS * len(words) else NOT


def _is_first_of(words: str, more: str) -> bool:
    return more.startswith(f"{words}_")


def squeezed(text: str) -> str:
    """A segment without its spaces."""
    return text.replace("_", "")


def where(href: str | None) -> str:
    """An address without its host and the place on the page, as written in the page or as the browser resolved it.

    >>> where("https://shop.example/K%C3%A4se/?p=2#top"), where("/Käse?p=2"), where("javascript:void(0)")
    ('/Käse?p=2', '/Käse?p=2', '')
    """
    path, sign, query = re.sub(r"^(?:\w+:)?//[^/?]*", "", address_of(href)).partition("?")
    return unquote(f"{path.rstrip('/')}{sign}{query}")


def is_end_of(one: str, other: str) -> bool:
    """Whether two paths may be the same, one of them relative."""
    return one == other or any(
        f"/{long}".endswith(f"/{short.lstrip('./')}") for short, long in ((one, other), (other, one))
    )


def in_one_place(elements: list[Element], href: str | None) -> Element | None:
    """The first of the innermost elements, if all are in one thing to act on, or lead to one address; None if not.

    Of several those that have the event's own address count.
    """
    if href and len(elements) > 1:
        elements = [one for one in elements if where(one.get("href")) == where(href) != ""] or elements
    if len(elements) > _MOST_ALIKE:
        return None
    around = {outer for one in elements for outer in one.iterancestors()}
    innermost = [one for one in elements if one not in around]
    return innermost[0] if innermost and len(set(map(_place, innermost))) == 1 else None


def _place(element: Element) -> Element | str:
    """What is acted on in acting on the element: an address, or the nearest control around it."""
    for one in (element, *element.iterancestors()):
        if one.tag in ("a", "area") and (address := address_of(one.get("href"))):
            return address
        if one.tag in CAN_ACT_TAGS or one.tag == "label" or one.get("onclick") is not None:
            return one
    return element
