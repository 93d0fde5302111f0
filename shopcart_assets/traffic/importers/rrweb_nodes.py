"""A node of a recorded page, and what it says of itself. How nodes come and go is rrweb_dom's business."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

DOCUMENT, DOCTYPE, TEXT, COMMENT = "#document", "#doctype", "#text", "#comment"
_NOT_TYPED = frozenset(
    (
        "submit",
        "button",
        "image",
        "reset",
        "checkbox",
        "radio",
        "hidden",
        "file",
        "range",
        "color",
        "date",
        "time",
        "month",
        "week",
    )
)
# One declaration of an inline style; `;` may stand in quotes and in brackets: background: url("data:image/png;base64,AA")
_DECLARATION = re.compile(r"""([\w-]+)\s*:\s*((?:[^;"'(]|"[^"]*"|'[^']*'|\([^)]*\))*)""")


@dataclass(eq=False, slots=True)
class Node:
    """A node of the page. `tag` is an element's in lower case, or one of DOCUMENT, DOCTYPE, TEXT, COMMENT."""

    id: int
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    shadow: list["Node"] = field(default_factory=list)
    """The children of its shadow root."""

    def within(self) -> Iterator["Node"]:
        """The node and all nodes below it, those of shadow roots too, in no particular order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.shadow
            waiting += node.children

    def around(self) -> Iterator["Node"]:
        """The node and all nodes above it, the nearest first."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def set(self, name: str, value: Any) -> None:
        """Sets an attribute as recorders write it: None and false take it away, a mapping changes the style's declarations."""
        if value is None or value is False:
            self.attributes.pop(name, None)
        elif isinstance(value, dict):
            self.attributes[name] = _restyled(self.attributes.get(name, ""), value)
        else:
            self.attributes[name] = "" if value is True else str(value)

    def detach(self) -> None:
        """Takes it, with what is in it, out of its place."""
        if self.parent is not None:
            for siblings in (self.parent.children, self.parent.shadow):
                if self in siblings:
                    siblings.remove(self)
        self.parent = None

    @property
    def is_typed(self) -> bool:
        """Whether text is typed into it."""
        return self.tag == "textarea" or (self.tag == "input" and self.input_type not in _NOT_TYPED)

    @property
    def is_secret(self) -> bool:
        """Whether what is typed into it is nobody's business, however it was recorded."""
        return self.input_type in ("password", "hidden", "file")

    @property
    def input_type(self) -> str:
        """The type of an input, text where it has none; empty for everything else."""
        return (self.attributes.get("type") or "text").lower() if self.tag == "input" else ""


def text_of(node: Node, limit: int = 200) -> str:
    """The node's text, white space collapsed, cut to `limit` characters; without scripts and styles."""
    pieces: list[str] = []
    waiting, length = [node], 0
    while waiting and length <= 2 * limit:
        one = waiting.pop()
        if one.tag == TEXT:
            pieces.append(one.text)
            length += len(one.text)
        elif one.tag not in ("script", "style", "noscript"):
            waiting += [*reversed(one.children), *reversed(one.shadow)]
    return " ".join("".join(pieces).split())[:limit]


def is_masked(text: str | None) -> bool:
    """Whether a recorder put stars in the place of what was typed.

    >>> is_masked("*****"), is_masked("5* hotel"), is_masked("")
    (True, False, False)
    """
    return bool(text) and not str(text).strip("*")


def _restyled(style: str, changes: dict[str, Any]) -> str:
    """The inline style with some declarations changed; false takes one away, a pair is a value and its priority.

    >>> _restyled('color: red; display: none', {"display": False, "width": ["1px", "important"]})
    'color: red; width: 1px !important'
    """
    declared = {name: value.strip() for name, value in _DECLARATION.findall(style)}
    for name, value in changes.items():
        if not value:
            declared.pop(name, None)
        else:
            declared[name] = f"{value[0]} !{value[1]}" if isinstance(value, list) and value[1] else str(value)
    return "; ".join(f"{name}: {value}" for name, value in declared.items())
