"""What a recorded event acted on, as a target of the drop contract: the control that a hit node belongs to. No events, no pages."""

from typing import Any

from shopcart_assets.traffic.elements import ACTING_ROLES
from shopcart_assets.traffic.importers.rrweb_html import tag_of
from shopcart_assets.traffic.importers.rrweb_nodes import Node, text_of

_ACTING_TAGS = ("button", "input", "select", "textarea", "summary", "option")
_LABELLED_TAGS = ("input", "select", "textarea")
_DESCRIBING = (
    "id", "name", "class", "type", "role", "aria-label", "title", "placeholder", "alt", "autocomplete", "contenteditable",
    "tabindex", "onclick", "data-action", "data-testid",
)  # fmt: skip
_MOST_CHARACTERS = 200


def target_of(node: Node) -> dict[str, Any]:
    """The contract's target: the node's id, so that it is found exactly, and what it says of itself, but nothing typed."""
    described = {name: node.attributes[name][:_MOST_CHARACTERS] for name in _DESCRIBING if node.attributes.get(name)}
    if node.tag == "input" and not node.is_typed and not node.is_secret and node.attributes.get("value"):
        described["value"] = node.attributes["value"][:_MOST_CHARACTERS]
    address = {"node_id": str(node.id), "tag": tag_of(node), "text": text_of(node, _MOST_CHARACTERS)}
    said = {**address, "href": node.attributes.get("href"), "attributes": described}
    return {name: value for name, value in said.items() if value}


def acting(node: Node) -> Node:
    """The nearest element, from the node upwards, that can be acted on; the node itself where none can.

    Recorders tell the innermost node that was hit: the picture in a link, the text of a button.
    """
    return next((one for one in node.around() if _acts(one)), node)


def control_of(node: Node) -> Node | None:
    """The control that a click on this part of a label goes on to; None for everything else."""
    for one in node.around():
        if _acts(one):
            return None
        if one.tag == "label":
            wanted = one.attributes.get("for")
            top = list(one.around())[-1]
            inside = top.within() if wanted else one.within()
            return next((other for other in inside if _is_labelled(other, wanted)), None)
    return None


def _acts(node: Node) -> bool:
    if node.tag in _ACTING_TAGS or node.attributes.get("role", "").lower() in ACTING_ROLES:
        return True
    is_link = node.tag == "a" and "href" in node.attributes
    return is_link or ("onclick" in node.attributes and node.tag not in ("html", "body", "form"))


def _is_labelled(node: Node, wanted: str | None) -> bool:
    return node.attributes.get("id") == wanted if wanted else node.tag in _LABELLED_TAGS
