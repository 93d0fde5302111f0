"""Bytes or text to an lxml tree, or one clear refusal. Nothing here looks at what the page means."""

from lxml import etree

from shopcart_assets.privacy.parsing import decode_bytes

Element = etree._Element

# libxml2 drops the rest of a document below this depth, and only its error log says so.
DEPTH_LIMIT = 2_046
DOCUMENT = "document"


def words(text: str) -> frozenset[str]:
    """A set of tags or roles, written as one string."""
    return frozenset(text.split())


class PageError(ValueError):
    """A page that cannot be read whole. The message holds nothing of the page's content."""


def parse(html: str | bytes) -> Element:
    """The page's root element, comments and processing instructions left out.

    No entity and no address is ever fetched. Raises PageError where the page is empty, or nests deeper than libxml2 reads.
    """
    text = decode_bytes(html) if isinstance(html, bytes) else html
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True, no_network=True
    )
    try:
        root: Element | None = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    if any("depth" in entry.message.lower() for entry in parser.error_log.filter_from_fatals()):
        raise PageError(f"the page nests deeper than {DEPTH_LIMIT} elements: it cannot be read whole")
    if root is None:
        raise PageError("the page is empty: it holds no element")
    return _all_of(root)


def _all_of(root: Element) -> Element:
    """The root, or a DOCUMENT around several: libxml2 makes a second root of what stands behind a stray `</html>`."""
    behind = [element for element in root.itersiblings() if isinstance(element.tag, str)]
    if not behind:
        return root
    document = etree.Element(DOCUMENT)
    document.extend([root, *behind])
    return document


def body_of(root: Element) -> Element:
    """The element that holds what is shown."""
    body = root.find("body")
    return root if body is None else body


def title_of(root: Element) -> str:
    """The page's title, white space collapsed; empty where it has none."""
    for title in root.iter("title"):
        parent = title.getparent()
        if parent is None or parent.tag != "svg":
            return " ".join("".join(map(str, title.itertext())).split())
    return ""
