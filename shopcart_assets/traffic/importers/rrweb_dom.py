"""A mirror of the recorded browser's DOM: a full snapshot, then mutations and inputs. No files, no HTML (rrweb_html), no meaning.

What a recorder sends out of order or twice is put right where it can be: an addition waits for its neighbour, a node that is added
again is moved. What names a node that is not there changes nothing and is counted.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from shopcart_assets.traffic.importers.rrweb_nodes import COMMENT, DOCTYPE, DOCUMENT, TEXT, Node, text_of

_KINDS = {0: DOCUMENT, 1: DOCTYPE, 3: TEXT, 4: TEXT, 5: COMMENT}
_ELEMENT = 2
_TAG = re.compile(r"[a-z][a-z0-9:._-]*")


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
                    node.set(name, value)
        return touched

    def enter(self, node: Node, text: str, is_checked: bool) -> None:
        """Puts into a field what was typed, chosen or checked."""
        self.version += 1
        if node.input_type in ("checkbox", "radio"):
            node.set("checked", True if is_checked else None)
        elif node.tag == "select":
            for option in (one for one in node.within() if one.tag == "option"):
                is_chosen = option.attributes.get("value", text_of(option)) == text
                option.set("selected", True if is_chosen else None)
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
        known.detach()
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
                node.set(name, value)
        else:
            node = Node(node_id, _KINDS[kind], text=str(described.get("textContent") or ""))
        self._nodes[node_id] = node
        self.highest_id = max(self.highest_id, node_id)
        return node

    def _forget(self, node: Node) -> None:
        node.detach()
        for one in node.within():
            if self._nodes.get(one.id) is one:
                del self._nodes[one.id]
