"""The mirrored page as HTML bytes, for parsing only: every element carries its node id as `data-eid`. No recording, no events."""

import re
from html import escape

from shopcart_assets.traffic.importers.rrweb_dom import Mirror
from shopcart_assets.traffic.importers.rrweb_nodes import COMMENT, DOCTYPE, DOCUMENT, TEXT, Node, is_masked

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
# What a parser reads as plain text, and nobody sees: the elements stay, empty.
_EMPTIED = frozenset(["script", "style", "noscript", "noembed", "noframes", "xmp", "plaintext"])
_ATTRIBUTE = re.compile(r"""[^\s"'<>/=\x00-\x1f]+""")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FRAME_TAGS = ("html", "body")


def to_html(mirror: Mirror) -> bytes:
    """The page in UTF-8; equal pages give equal bytes. Raises ValueError where there is no page.

    A frame's document stands in a `div` in the frame's place, a shadow root in a `template` with `shadowrootmode`. Values that the
    recorder masked are left out, and so is what it made up (`rr_...`).
    """
    if mirror.root is None:
        raise ValueError("the recording has shown no page yet")
    pieces: list[str] = []
    waiting: list[Node | str] = [mirror.root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            pieces.append(node)
        elif node.tag == TEXT:
            pieces.append(escape(_CONTROL.sub("", node.text), quote=False))
        elif node.tag == DOCTYPE:
            pieces.append("<!DOCTYPE html>" if node.parent is mirror.root else "")
        elif node.tag == DOCUMENT:
            waiting += reversed(node.children)
        elif node.tag != COMMENT:
            _open(node, pieces, waiting)
    return "".join(pieces).encode("utf-8", "replace")


def tag_of(node: Node) -> str:
    """The tag with which the node stands in the HTML.

    A frame is a `div`, since nobody looks into an `iframe`; its document has no second `html` and `body`.
    """
    if node.tag in ("iframe", "frame", "frameset"):
        return "div"
    return "div" if node.tag in _FRAME_TAGS and _is_in_frame(node) else node.tag


def _open(node: Node, pieces: list[str], waiting: list[Node | str]) -> None:
    tag = tag_of(node)
    if node.tag == "head" and _is_in_frame(node):
        return
    pieces.append(f'<{tag} data-eid="{node.id}"{_attributes(node)}>')
    if tag in _VOID:
        return
    waiting.append(f"</{tag}>")
    if node.tag == "textarea":
        value = node.attributes.get("value")
        value = "".join(child.text for child in node.children) if value is None else value
        waiting.append("" if is_masked(value) else escape(value, quote=False))
    elif tag not in _EMPTIED:
        waiting += reversed(node.children)
        if node.shadow:
            waiting += ["</template>", *reversed(node.shadow), '<template shadowrootmode="open">']


def _attributes(node: Node) -> str:
    pieces = []
    for name, value in node.attributes.items():
        if name in ("data-eid", "srcdoc") or name.startswith(("rr_", "_")) or not _ATTRIBUTE.fullmatch(name):
            continue
        if name == "value" and (
            node.tag in ("textarea", "select") or node.is_secret or (node.is_typed and is_masked(value))
        ):
            continue
        if node.tag == "meta":
            value = _as_utf8(node, name, value)
        pieces.append(f' {name}="{escape(_CONTROL.sub("", value))}"')
    return "".join(pieces)


def _as_utf8(node: Node, name: str, value: str) -> str:
    """The page was sent in some charset; here it is UTF-8, and says so."""
    if name == "charset":
        return "utf-8"
    is_type = node.attributes.get("http-equiv", "").lower() == "content-type"
    return "text/html; charset=utf-8" if name == "content" and is_type else value


def _is_in_frame(node: Node) -> bool:
    document = next((one for one in node.around() if one.tag == DOCUMENT), None)
    return document is not None and document.parent is not None
