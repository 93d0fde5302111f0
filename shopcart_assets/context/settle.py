"""From the element that an event acted on to the name that stands for it in the context.

Finding the element is `targets`' business. Here it is followed: to its own name, the link that carries its name, its label's
control, the nearest named element around it, another link to the same address, or the only named element in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shopcart_assets.context.names import address_of
from shopcart_assets.context.nodes import Node
from shopcart_assets.context.parse import Element


@dataclass(frozen=True)
class Resolution:
    """The name of an event's target, and how it was found: the locating step, or how it was followed from there.

    `alias`, `label`, `ancestor` and `descendant` are ways to follow; name None goes with `unresolved`.
    """

    name: str | None
    resolved_by: str


# What a browser hands a click on a label to.
_LABELLED = frozenset(("input", "select", "textarea", "button"))
UNRESOLVED = Resolution(None, "unresolved")


class Settler:
    """The names of one page, by element."""

    def __init__(self, controls: Iterable[Node], root: Element) -> None:
        self._root = root
        self._controls = {node.source: node for node in controls}
        links = [node for node in self._controls.values() if node.name and node.role == "link"]
        self._links = {
            address: node for node in reversed(links) if (address := address_of(node.attributes.get("href")))
        }

    def __call__(self, element: Element, step: str) -> Resolution:
        """The name for an element that `step` located."""
        for node, way in self._ways(element, step):
            named = _bearer(node)
            if named is not None:
                return Resolution(named.name, way if named is node else "alias")
        return UNRESOLVED

    def _ways(self, element: Element, step: str) -> Iterator[tuple[Node, str]]:
        around = [element, *element.iterancestors()]
        if element in self._controls:
            yield self._controls[element], step
        # As in a browser the nearest acts: a link in a label is a link.
        for one in around:
            if one in self._controls:
                yield self._controls[one], "ancestor"
            elif one.tag == "label":
                yield from ((node, "label") for node in self._labelled(one))
        for address in (address_of(one.get("href")) for one in around if one.tag in ("a", "area")):
            if address in self._links:
                yield self._links[address], "alias"
        inside = [self._controls[one] for one in element.iterdescendants() if one in self._controls]
        if len({node.same_as or node for node in inside}) == 1:
            yield inside[0], "descendant"

    def _labelled(self, label: Element) -> list[Node]:
        identity = label.get("for")
        owned = (one for one in self._root.iter() if one.get("id") == identity) if identity else label.iterdescendants()
        found = [self._controls[one] for one in owned if one in self._controls]
        return sorted(found, key=lambda node: node.tag not in _LABELLED)[:1]


def _bearer(node: Node) -> Node | None:
    """The node whose name stands for this one: a button in a link may share the link's, and the link another link's."""
    bearer: Node | None = node
    while bearer is not None and not bearer.name:
        bearer = bearer.same_as
    return bearer
