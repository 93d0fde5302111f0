"""Pages that are contexts already: how one of ours is told from a page, and how the names that a context has are taken.

Such a page goes the same way as any other, but nothing in it is hidden, named or grouped anew; it is only pruned and written.
"""

from collections.abc import Iterable, Set

from shopcart_assets.context.emit import ATTRIBUTES, PREFIX
from shopcart_assets.context.nodes import Node
from shopcart_assets.context.parse import Element
from shopcart_assets.context.recipe import written_classes
from shopcart_assets.context.roles import CAN_ACT, role_of


def is_ready(text: str, root: Element) -> bool:
    """Whether the page is a context already: it starts like one, has no attribute that one cannot have, and no name twice."""
    if not text.startswith(PREFIX) or any(set(element.keys()) - set(ATTRIBUTES) for element in root.iter()):
        return False
    if not {element.get("class") for element in root.iter()} <= {None, *written_classes()}:
        return False
    names = [element.get("name") for element in root.iter() if element.get("name")]
    return len(names) == len(set(names))


def take_names(controls: Iterable[Node]) -> None:
    """Gives each element its `name`. Of a name that stands twice the first element has it, and the others point to that one."""
    first: dict[str, Node] = {}
    for node in controls:
        name = " ".join(node.attributes["name"].split())
        known = first.setdefault(name, node)
        if known is node:
            node.name = name
        else:
            node.same_as = known


def scopes_of(context: Element) -> Set[Element]:
    """The containers that a recipe named in a context: their names begin others', and nothing says that they can be acted on."""
    named = {str(name): element for element in context.iter() if (name := element.get("name"))}
    begun = {name[:at] for name in named for at, sign in enumerate(name) if sign == "."}
    plain = (element for name, element in named.items() if name in begun and element.tag not in CAN_ACT)
    return {element for element in plain if role_of(str(element.tag), dict(element.items())) is None}  # type: ignore[arg-type]
