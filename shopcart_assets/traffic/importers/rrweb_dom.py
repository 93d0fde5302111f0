"""A mirror of the recorded browser's DOM: a full snapshot, then mutations and inputs. No files, no HTML (rrweb_html), no meaning.

What a recorder sends out of order or twice is put right where it can be: an addition waits for its neighbour, a node that is added
again is moved. What names a node that is not there changes nothing and is counted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

DOCUMENT, DOCTYPE, TEXT, COMMENT = "#document", "#doctype", "#text", "#comment"
_KINDS = {0: DOCUMENT, 1: DOCTYPE, 3: TEXT, 4: TEXT, 5: COMMENT}
_ELEMENT = 2
_TAG = re.compile(r"[a-z][a-z0-9:._-]*")
# One declaration of an inline style; `;` may stand in quotes and in brackets: background: url("data:image/png;base64,AA")
_DECLARATION = re.compile(r"""([\w-]+)\s*:\s*((?:[^;"'(]|"[^"]*"|'[^']*'|\([^)]*\))*)""")
_BUTTONS = ("submit", "button", "image", "reset", "checkbox", "radio", "hidden")


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

    @property
    def is_typed(self) -> bool:
        """Whether text is typed into it."""
        return self.tag == "textarea" or (
            self.tag == "input" and self.attributes.get("type", "text").lower() not in _BUTTONS
        )


@dataclass
class Mirror:
    """The page as the recording has it now. `version` grows with every change; `n_lost` counts what named unknown nodes."""

    root: Node | None = None
    version: int = 0
    n_lost: int = 0
    highest_id: int = 0
    _nodes: dict[int, Node] = field(default_factory=dict)

    def get(self, node_id: object) -> Node | None:
        """The node; None where the page has no such node."""
        return self._nodes.get(node_id) if isinstance(node_id, int) else None

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self._nodes)

    def clear(self) -> None:
        """Forgets the page: what it shows is not known any more."""
        self.root = None
        self._nodes.clear()
        self.version += 1

    def load(self, data: dict[str, Any]) -> None:
        """Starts from a full snapshot's data. Raises KeyError, TypeError or ValueError where it is none; then there is no page."""
        self.clear()
        self.highest_id = 0
        self.root = self._built(data["node"])

    def mutate(self, data: dict[str, Any]) -> list[Node]:
        """Applies a mutation's data; returns the nodes that were added, and those from which some were removed.

        Raises KeyError, TypeError or ValueError where it is none.
        """
        self.version += 1
        touched = []
        for removal in data.get("removes") or ():
            node = self._nodes.get(removal["id"])
            if node is not None and node.parent is not None:
                touched.append(node.parent)
                self._forget(node)
        touched += self._add_all(list(data.get("adds") or ()))
        for change in data.get("texts") or ():
            if (node := self._found(change["id"])) is not None:
                node.text = str(change["value"] or "")
        for change in data.get("attributes") or ():
            if (node := self._found(change["id"])) is not None:
                for name, value in change["attributes"].items():
                    _set(node, name, value)
        return touched

    def enter(self, node: Node, text: str, is_checked: bool) -> None:
        """Puts into a field what was typed, chosen or checked."""
        self.version += 1
        if node.attributes.get("type", "").lower() in ("checkbox", "radio"):
            _set(node, "checked", True if is_checked else None)
        elif node.tag == "select":
            for option in (one for one in node.within() if one.tag == "option"):
                is_chosen = option.attributes.get("value", text_of(option)) == text
                _set(option, "selected", True if is_chosen else None)
        else:
            node.attributes["value"] = text

    def _found(self, node_id: int) -> Node | None:
        node = self._nodes.get(node_id)
        self.n_lost += node is None
        return node

    def _add_all(self, additions: list[dict[str, Any]]) -> list[Node]:
        """Places what has its parent and its next sibling, again and again; then the rest at the end of their parents."""
        added: list[Node] = []
        for must_wait in (True, False):
            n_before = -1
            while additions and len(added) != n_before:
                n_before, waiting = len(added), []
                for addition in additions:
                    parent, follower = self._nodes.get(addition["parentId"]), addition.get("nextId")
                    if parent is None or (must_wait and follower is not None and follower not in self._nodes):
                        waiting.append(addition)
                    else:
                        added.append(self._place(addition["node"], parent, self._nodes.get(follower or -1)))
                additions = waiting
        self.n_lost += len(additions)
        return added

    def _place(self, described: dict[str, Any], parent: Node, follower: Node | None) -> Node:
        known = self._nodes.get(described["id"])
        if known is not None and known in parent.around():
            raise ValueError("a node is added below itself")
        node = self._built(described)
        if known is not None:
            self._replace(known, node)
        node.parent = parent
        siblings = parent.shadow if described.get("isShadow") else parent.children
        if node.tag == DOCUMENT:  # a frame shows one document at a time
            siblings.clear()
        siblings.insert(siblings.index(follower) if follower in siblings else len(siblings), node)
        return node

    def _replace(self, known: Node, node: Node) -> None:
        """Takes a node that is added again out of its place; what is in it moves along, unless that comes again too."""
        _detach(known)
        inside = [*known.children, *known.shadow]
        if node.children or node.shadow:
            for child in inside:
                self._forget(child)
        else:
            node.children, node.shadow = known.children, known.shadow
            for child in inside:
                child.parent = node

    def _built(self, described: dict[str, Any]) -> Node:
        """The described tree as nodes, each in the index."""
        top = self._node(described)
        waiting = [(top, described)]
        while waiting:
            parent, of = waiting.pop()
            for child in of.get("childNodes") or ():
                node = self._node(child)
                node.parent = parent
                (parent.shadow if child.get("isShadow") else parent.children).append(node)
                waiting.append((node, child))
        return top

    def _node(self, described: dict[str, Any]) -> Node:
        kind, node_id = described["type"], described["id"]
        if not isinstance(node_id, int):
            raise TypeError("a node's id is a number")
        if kind == _ELEMENT:
            tag = str(described["tagName"]).lower()
            node = Node(node_id, tag if _TAG.fullmatch(tag) else "div")
            for name, value in described["attributes"].items():
                _set(node, name, value)
        else:
            node = Node(node_id, _KINDS[kind], text=str(described.get("textContent") or ""))
        self._nodes[node_id] = node
        self.highest_id = max(self.highest_id, node_id)
        return node

    def _forget(self, node: Node) -> None:
        _detach(node)
        for one in node.within():
            if self._nodes.get(one.id) is one:
                del self._nodes[one.id]


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


def _detach(node: Node) -> None:
    if node.parent is not None:
        for siblings in (node.parent.children, node.parent.shadow):
            if node in siblings:
                siblings.remove(node)
    node.parent = None


def _set(node: Node, name: str, value: Any) -> None:
    """Sets an attribute as recorders write it: None and false take it away, a mapping changes the style's declarations."""
    if value is None or value is False:
        node.attributes.pop(name, None)
    elif isinstance(value, dict):
        node.attributes[name] = _restyled(node.attributes.get(name, ""), value)
    else:
        node.attributes[name] = "" if value is True else str(value)


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
