"""What a shopper had before their eyes, in a few words: the target's own text and what stands around it.

Reads simplified HTML only, as the context stage writes it. Page text is data: nothing here follows or runs it.
"""

from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from lxml import html as parser

from shopcart_assets.platform.tokens import estimate_tokens

# Less text than this around a target (a bare "View") says nothing; then its surroundings are taken in.
_TELLING_TOKENS = 8


@dataclass(frozen=True)
class Digest:
    """The words on the target, and the words in view; either may be empty."""

    label: str
    seen: str


def digest(html: str, name: str | None, max_tokens: int) -> Digest:
    """The digest of a page for an action on the element `name` (None: on no element), `seen` cut to `max_tokens`.

    `seen` is the text of the smallest part of the page that holds the target and says more than a few words; without a
    target, or where it is not on the page, it is the start of the page's main part: what is in every header tells no page from another.

    >>> digest('<ul><li><b>Red mug</b> $9.99 4.5 stars</li><li><a name="blue.view">View</a></li></ul>', "blue.view", 9)
    Digest(label='View', seen='Red mug $9.99')
    """
    root = _tree(html)
    target = None if root is None or name is None else _named(root, name)
    if root is None:
        return Digest("", "")
    part = next(root.iter("main"), root) if target is None else target
    while target is not None and estimate_tokens(_text(part)) < _TELLING_TOKENS and part.getparent() is not None:
        part = part.getparent()
    return Digest("" if target is None else cut(_label(target), max_tokens), cut(_text(part), max_tokens))


def cut(text: str, max_tokens: int) -> str:
    """The first whole words of `text` that fit into `max_tokens` (estimated).

    >>> cut("a red mug", 2)
    'a red'
    """
    kept: list[str] = []
    left = max_tokens
    for word in text.split():
        left -= estimate_tokens(word)
        if left < 0:
            break
        kept.append(word)
    return " ".join(kept)


@lru_cache(maxsize=64)
def _tree(html: str) -> parser.HtmlElement | None:
    """The body of the page; pages repeat from step to step, so the last ones are kept parsed. Never changed by anyone."""
    try:
        root = parser.document_fromstring(html)
    except etree.ParserError:  # no text and no element, so nothing to be seen
        return None
    body = root.find("body")
    return root if body is None else body


def _named(root: parser.HtmlElement, name: str) -> parser.HtmlElement | None:
    return next((element for element in root.iter() if element.get("name") == name), None)


def _label(element: parser.HtmlElement) -> str:
    return _text(element) or next(
        (value for word in ("aria-label", "alt", "title", "value") if (value := element.get(word))), ""
    )


def _text(element: parser.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())
