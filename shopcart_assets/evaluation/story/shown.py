"""A simplified page as a document that can only be looked at, with the elements marked that people and policies act on.

The page is hostile. What leaves here is built anew: tags from a list, no attribute of the page's, its text escaped; controls
become plain text in a box, so that nothing can be followed, sent or run, even before the frame's sandbox and its policy say so.
The document holds no `#`, `%` or line break: it can stand in a `data:` address as it is, where an erasure finds what it names.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from shopcart_assets.platform.drawing.colours import HUMAN, STYLE, Look

PERSON = Look(0, HUMAN, "rgb(0 0 0)")
MAX_BYTES = 1_500_000
"""Of a document: browsers refuse addresses of two megabytes and more. Contexts have a token budget and are far below it."""
CUT = "The rest of this page is too long to be shown."

_KEPT_TAGS = (
    "article aside b blockquote caption dd div dl dt em fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header legend li main"
    " nav ol p pre s section small strong sub sup table tbody td tfoot th thead tr u ul"
)
_DROPPED_TAGS = "script style template noscript iframe object embed svg math head title"
_KEPT, _DROPPED = frozenset(_KEPT_TAGS.split()), frozenset(_DROPPED_TAGS.split())
_BLOCKS = frozenset(("html", "body", "form"))
_LOOKS = {"a": "link", "button": "button", "summary": "button", "input": "box", "textarea": "box", "select": "box"}
_TICKS = {"checkbox": "☐☑", "radio": "○●"}
_PRESSED = frozenset(("submit", "button", "reset", "image"))
_HEAD = (
    "<!doctype html><meta charset=utf-8><meta http-equiv=Content-Security-Policy"
    " content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>The page</title><style>"
    f"{STYLE}"
    "body{font:14px/1.5 system-ui,'DejaVu Sans',sans-serif;margin:12px 14px 40vh;overflow-wrap:anywhere}"
    "h1{font-size:20px}h2{font-size:17px}h3,h4,h5,h6{font-size:15px}h1,h2,h3,h4,h5,h6,p,ul,ol{margin:.4em 0}"
    "td,th{text-align:left;padding:2px 10px 2px 0;vertical-align:top}"
    ".link{text-decoration:underline dotted;text-underline-offset:3px}"
    ".button,.box{display:inline-block;border:1px solid GrayText;padding:0 8px;margin:2px;min-width:1.5em;min-height:1.5em}"
    ".button{border-radius:12px}.box{border-radius:3px}.faint{color:GrayText}"
    ".marked{display:inline-block;padding:1px 5px;margin:7px 8px;border-radius:4px;scroll-margin:90px}"
    ".who{font-size:11px;font-weight:700;border-radius:8px;padding:0 6px;margin-left:5px;white-space:nowrap;display:inline-block;line-height:1.5;"
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "</style><body>"
)


@dataclass(frozen=True)
class Shown:
    """A document, and the ids in it of the names that were marked; a name that the page does not have is not there."""

    document: str
    ids: Mapping[str, str]


def shown(page: str, marks: Mapping[str, Sequence[Look]]) -> Shown:
    """The simplified page with the elements of these names marked by these looks (PERSON: by the person). Never raises."""
    writer = _Writer(marks)
    if (tree := _parsed(page)) is not None:
        writer.write(tree)
    return Shown(_HEAD + "".join(writer.pieces), writer.ids)


def _parsed(page: str) -> Any:
    from lxml import etree, html

    try:
        parser = html.HTMLParser(huge_tree=True, encoding="utf-8")
        return html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):  # no markup at all
        return None


class _Writer:
    """Collects the document's pieces. Walks without recursion: how deep a page goes is up to who wrote it."""

    def __init__(self, marks: Mapping[str, Sequence[Look]]) -> None:
        self.pieces: list[str] = []
        self.ids: dict[str, str] = {}
        self._marks = marks
        self._n_bytes = len(_HEAD)

    def write(self, tree: Any) -> None:
        owed: list[str] = []
        for event, node in _events(tree):
            opened = closed = ""
            if event == "start":
                opened, closed = self._element(node)
                piece = opened + _text(node.text)
            else:
                piece = (owed.pop() if event == "end" else "") + _text(None if node is tree else node.tail)
            self._n_bytes += _size(piece) + _size(closed)
            if self._n_bytes > MAX_BYTES:
                self.pieces += [*reversed(owed), f"<p><em>{CUT}</em>"]
                return
            self.pieces.append(piece)
            if event == "start":
                owed.append(closed)

    def _element(self, node: Any) -> tuple[str, str]:
        """What opens and what closes it."""
        name = node.get("name")
        look, said = _look(node)
        if name in self._marks:
            return self._marked(name, look, said)
        if look:
            return f'<span class="{look}">{said}', "</span>"
        if node.tag in ("br", "hr"):
            return f"<{node.tag}>", ""
        tag = node.tag if node.tag in _KEPT else "div" if node.tag in _BLOCKS else "span"
        return f"<{tag}>{said}", f"</{tag}>"

    def _marked(self, name: str, look: str, said: str) -> tuple[str, str]:
        known = name in self.ids
        place = self.ids.setdefault(name, f"a{len(self.ids) + 1}")
        rings = ",".join(f"0 0 0 {2 + 2 * ring}px {who.colour}" for ring, who in enumerate(self._marks[name][:4]))
        who = "".join(
            f'<span class="who" style="background:{one.colour};color:{one.ink}">{one.number or "person"}</span>'
            for one in self._marks[name]
        )
        own = "" if known else f' id="{place}"'
        return f'<span{own} class="{look} marked" style="box-shadow:{rings}">{said}', f"{who}</span>"


def _events(tree: Any) -> Iterator[tuple[str, Any]]:
    """Start and end of each element that is shown, and `skip` where one with all that is in it is not."""
    from lxml import etree

    walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event in ("comment", "pi"):
            yield "skip", node
        elif node.tag in _DROPPED:
            if event == "start":
                walk.skip_subtree()
            else:
                yield "skip", node
        else:
            yield event, node


def _look(node: Any) -> tuple[str, str]:
    """How a control is drawn, empty for what is none, and what is written in it before its text; escaped."""
    kind, value = node.get("type", ""), node.get("value", "")
    if node.tag == "img":
        return "faint", _text(f"[{node.get('alt') or 'picture'}]")
    if node.tag == "option":
        return "faint", (" ● " if "selected" in node.attrib else " ○ ")
    if node.tag == "input" and kind in _TICKS:
        return "tick", f"{_TICKS[kind]['checked' in node.attrib]} {_text(node.get('aria-label'))}"
    look = _LOOKS.get(node.tag, "link" if node.get("name") else "")
    if node.tag == "input":
        said = value or node.get("placeholder") or node.get("aria-label") or ""
        return "button" if kind in _PRESSED else look, _text(said)
    is_bare = look and not len(node) and not (node.text or "").strip()
    return look, _text(value or node.get("placeholder") or node.get("aria-label")) if is_bare else ""


def _size(piece: str) -> int:
    """Its bytes in an address, at most."""
    return len(piece) if piece.isascii() else 3 * len(piece.encode())


def _text(text: str | None) -> str:
    """Text of the page, harmless in markup and in an address: no control or invisible character, no `#`, no `%`.

    >>> _text("5 % <b>off</b>\\n item #7")
    '5 &percnt; &lt;b&gt;off&lt;/b&gt;  item &num;7'
    """
    visible = text or ""
    if not visible.isprintable():
        visible = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in visible)
    return escape(visible).replace("&#x27;", "&apos;").replace("#", "&num;").replace("%", "&percnt;")
