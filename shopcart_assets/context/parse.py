"""Bytes or text to an lxml tree, or one clear refusal. Nothing here looks at what the page means."""

from lxml import etree

from shopcart_assets.privacy.parsing import UnreadablePage, decode_bytes, parse_text

Element = etree._Element

DOCUMENT = "document"
TITLE_CHARACTERS = 300
_UNSEEN_BEHIND = frozenset(("script", "style", "noscript", "iframe", "link", "meta"))
# Below 2,046 levels libxml2 drops the rest of a document, and only its error log says so.
UNREADABLE = {
    "empty": "the page is empty: it holds no element",
    "no_markup": "the page holds no markup: it is plain text or binary data",
    "too_deep": "the page nests deeper than 2046 elements: it cannot be read whole",
    "cut_short": "the parser gave the page up before its end: it cannot be read whole",
}


def words(text: str) -> frozenset[str]:
    """A set of tags or roles, written as one string."""
    return frozenset(text.split())


class PageError(ValueError):
    """A page that cannot be read whole. `reason` says why in one word; nothing here holds any of the page's content."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


def parse(html: str | bytes) -> Element:
    """The page's root element, comments and processing instructions left out. Raises PageError; its reasons are those of UNREADABLE."""
    text = decode_bytes(html) if isinstance(html, bytes) else html
    try:
        return _all_of(parse_text(text))
    except UnreadablePage as error:
        reason = error.reason
    raise PageError(UNREADABLE[reason], reason)


def _all_of(root: Element) -> Element:
    """The root, or a DOCUMENT around several: libxml2 makes a second root of what stands behind a stray `</html>`."""
    behind = [element for element in root.itersiblings() if isinstance(element.tag, str)]
    if not behind:
        return root
    document = etree.Element(DOCUMENT)
    document.extend([root, *behind])
    return document


def body_of(root: Element) -> Element:
    """The element that holds what is shown: the body, or the root where something stands behind the body's end.

    Browsers put that into the body, libxml2 leaves it where it is.
    """
    body = root.find("body")
    if (
        body is None
        or (body.tail or "").strip()
        or any(one.tag not in _UNSEEN_BEHIND for one in body.itersiblings("*"))
    ):
        return root
    return body


def title_of(root: Element) -> str:
    """The page's title, white space collapsed, at most 300 characters of it; empty where it has none."""
    for title in root.iter("title"):
        parent = title.getparent()
        if parent is None or parent.tag != "svg":
            return " ".join("".join(map(str, title.itertext())).split())[:TITLE_CHARACTERS].rstrip()
    return ""
