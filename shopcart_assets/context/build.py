"""The generic front end: any page's element tree to nodes. Names, cards and budgets come later, on the nodes.

Hidden content goes, inline elements dissolve into the text around them, blocks stay while something in them can be acted on.
libxml2 walks, in document order; here is a stack of what is open. Pages nest deeper than Python recurses.
"""

from collections.abc import Sequence, Set
from itertools import chain

from shopcart_assets.context.nodes import HEADING, MONEY, PICTURE, SCOPE, Node
from shopcart_assets.context.parse import Element, body_of
from shopcart_assets.context.patterns import MONEY_SIGN
from shopcart_assets.context.recipe import Rule
from shopcart_assets.context.roles import is_called_search, role_of
from shopcart_assets.context.rules import Ruler, rewrite
from shopcart_assets.context.tags import (
    BLOCK,
    CAN_ACT,
    CONTAINER,
    HEADS,
    NEVER_SHOWN,
    SHOWN_OPEN,
    STRUCTURE,
    TRANSPARENT,
    kind_of,
)
from shopcart_assets.context.visible import HIDING, is_hidden

# Below this many nested nodes a container dissolves, below twice as many a control does: the later passes recurse.
MAX_DEPTH = 120
# An element without any of these, such as one that has only classes, is what its tag says.
_TELLING = HIDING | {"role", "onclick", "aria-label", "contenteditable"}
_BEFORE_PRICE = "$£₹"
# In a context nothing is hidden, and no dialog closed.
_OPEN = {"open": ""}
# An open element, the node that holds what is in it (None: it is hidden), the node that its text goes to (None where only the way
# to a revealed element is shown), and how deep the node is.
Frame = tuple[Element | None, Node | None, Node | None, int]


def build(
    root: Element,
    revealed: Set[Element] = frozenset(),
    is_context: bool = False,
    ruler: Ruler | None = None,
    scopes: Set[Element] = frozenset(),
) -> tuple[Node, list[Node]]:
    """The page's shown content as a tree of nodes, and those that can be acted on in document order.

    Hidden elements in `revealed` are shown all the same, because somebody acted on them, with what they hold but without their
    hidden neighbours. `is_context` reads a page that is a context already: what has a name and is not one of
    `scopes` can be acted on. `ruler` applies a recipe: what it names is built as it says, the rest as on any page.
    """
    builder = _Builder(revealed, is_context, ruler, scopes)
    body = builder.build(body_of(root))
    for at, node in enumerate(builder.nodes):
        node.at = at
    return body, builder.controls


class _Builder:
    def __init__(self, revealed: Set[Element], is_context: bool, ruler: Ruler | None, scopes: Set[Element]) -> None:
        self.controls: list[Node] = []
        self.nodes: list[Node] = []
        self._ruler = ruler
        self._scopes = scopes
        self._is_context = is_context
        self._revealed = revealed
        self._way = {one for element in revealed for one in element.iterancestors()} - revealed

    def build(self, body: Element) -> Node:
        top = self._begin(Node("body", body, {}, kind_of("body")))
        _add_text(top, body.text)
        stack: list[Frame] = [(body.getparent(), None, None, 0), (body, top, top, 0)]
        # The body comes once more, at its end: then all is closed.
        for element in chain(body.iterdescendants(), (body,)):
            around = element.getparent()
            while stack[-1][0] is not around:
                ended, node, _, _ = stack.pop()
                _, parent, words, _ = stack[-1]
                if parent is None or ended is None:
                    continue
                if node is parent:
                    if kind_of(ended.tag) & BLOCK:
                        _add_space(parent)
                elif node is not None:
                    self._put(parent, node)
                if words is not None and (text := ended.tail):
                    _add_text(words, text)
            _, parent, words, depth = stack[-1]
            stack.append((element, None, None, 0) if parent is None else self._enter(parent, words, element, depth + 1))
        top.size = len(self.nodes)
        return top

    def _begin(self, node: Node) -> Node:
        """Lists a new node: in document order, as those in it come next."""
        node.page, node.at = self.nodes, len(self.nodes)
        self.nodes.append(node)
        return node

    def _enter(self, parent: Node, words: Node | None, element: Element, depth: int) -> Frame:
        """What is open in the element."""
        tag: str = element.tag
        kind = kind_of(tag)
        if kind & NEVER_SHOWN and not self._revealed and tag != "template":
            _add_icon_title(parent, element)
            return element, None, None, 0
        keys: Sequence[str] = element.keys()  # type: ignore[assignment]  # libxml2's attributes are text
        is_plain = not (
            kind & (NEVER_SHOWN | CAN_ACT | SHOWN_OPEN) or self._is_context or words is None
        ) and _TELLING.isdisjoint(keys)
        attributes: dict[str, str] = {}
        if keys and (kind or not is_plain):
            attributes = _attributes(element)
        is_gone = not is_plain and (words is None or is_hidden(tag, _OPEN if self._is_context else attributes))
        rule = self._ruler.rule_for(element, tag, keys) if self._ruler is not None and not is_gone else None
        if is_gone or (rule is not None and rule.do == "drop"):
            if element not in self._revealed and element not in self._way:
                if words is not None:
                    _add_icon_title(parent, element)
                return element, None, None, 0
            is_gone, rule = element not in self._revealed, None
        node: Node | None = None
        if rule is not None and depth <= MAX_DEPTH:
            node = self._ruled(parent, element, tag, attributes or _attributes(element), rule)
        elif not is_plain:
            node = self._control(element, tag, kind, attributes, depth)
            kind |= CONTAINER if "aria-label" in attributes and not kind & TRANSPARENT else 0
        if node is None and kind & CONTAINER and depth <= MAX_DEPTH:
            node = self._begin(Node(tag, element, attributes, kind))
            if tag == "optgroup":
                _add_text(node, attributes.get("label"))
        elif node is None:
            node = parent
            if kind & BLOCK:
                _add_space(parent)
        if not is_gone and (text := element.text):
            _add_text(node, text)
        return element, node, None if is_gone else node, depth - (node is parent)

    def _control(self, element: Element, tag: str, kind: int, attributes: dict[str, str], depth: int) -> Node | None:
        """The node of an element that can be acted on; None where it cannot, or stands too deep."""
        role = self._role_in_context(element, tag, attributes) if self._is_context else role_of(tag, attributes)
        if role is None or depth > 2 * MAX_DEPTH:
            return None
        # A part of a picture that leads somewhere reads as a link.
        is_part = tag == "area"
        node = self._begin(Node("a" if is_part else tag, element, attributes, kind_of("a") if is_part else kind))
        if is_part:
            _add_text(node, attributes.get("alt"))
        node.role, node.n_controls, node.is_given = role, 1, self._is_context
        self.controls.append(node)
        return node

    def _ruled(self, parent: Node, element: Element, tag: str, attributes: dict[str, str], rule: Rule) -> Node:
        """The node that a recipe's rule makes of the element; an unwrapped one that gives no segment dissolves."""
        if rule.do == "unwrap" and not rule.is_named:
            if kind_of(tag) & BLOCK:
                _add_space(parent)
            return parent
        node = self._begin(Node(rule.tag or tag, element, attributes, kind_of(rule.tag or tag)))
        node.rule = rule
        if role := rule.role or role_of(tag, attributes):
            node.role, node.n_controls = role, 1
            self.controls.append(node)
        return node

    def _role_in_context(self, element: Element, tag: str, attributes: dict[str, str]) -> str | None:
        """What carries a name in a context can be acted on. The name says what a search box is: ids and labels are gone."""
        name = attributes.get("name", "").strip()
        if not name or element in self._scopes:
            return None
        if tag == "input" and is_called_search(name) and attributes.get("role") != "textbox":
            return "searchbox"
        known: dict[str, str] = {key: attributes[key] for key in ("type", "role") if key in attributes}
        role = role_of(tag, known | {"href": ""}) or "button"
        return "textbox" if role == "searchbox" and tag == "input" else role

    def _put(self, parent: Node, node: Node) -> None:
        """Puts a finished node into its parent; one that only held text dissolves."""
        kind, rule = node.kind, node.rule
        if rule is not None:
            self._rewrite(node, rule)
        if node.tag == "img":
            node.shows |= PICTURE
        elif kind & HEADS or node.attributes.get("role") == "heading":
            node.shows |= HEADING
        parent.shows |= node.shows
        if node.n_controls or kind & STRUCTURE or rule is not None or "aria-label" in node.attributes:
            parent.children.append(node)
            parent.n_controls += node.n_controls
            node.size = len(self.nodes) - node.at
            return
        del self.nodes[node.at]
        _add_space(parent)
        if node.children:
            parent.children += node.children
            _add_space(parent)

    def _rewrite(self, node: Node, rule: Rule) -> None:
        """Does what the rule says, and lists anew what is in the node then."""
        if node.is_scope:
            node.shows |= SCOPE
        if not rewrite(node, rule):
            return
        self.nodes[node.at :] = inside = list(node.descend())
        for one in reversed(inside):
            one.page, one.size = self.nodes, 1 + sum(below.size for below in one.nodes())
        if node.n_controls:
            self.controls[-node.n_controls :] = [one for one in inside if one.role]


def _attributes(element: Element) -> dict[str, str]:
    return dict(element.items())  # type: ignore[arg-type]


def _add_text(node: Node, text: str | None) -> None:
    if not text:
        return
    if text.isspace():
        _add_space(node)
    else:
        if text[0] in _BEFORE_PRICE and text[1:2].isdigit() and node.children and not _ends_open(node.children[-1]):
            _add_space(node)
        node.children.append(text)
        if MONEY_SIGN.search(text):
            node.shows |= MONEY


def _ends_open(before: Node | str) -> bool:
    """Whether what follows may belong to it, as in `(` and `-`; a price is a word of its own, as after another one."""
    return isinstance(before, str) and not before[-1].isalnum()


def _add_space(node: Node) -> None:
    children = node.children
    if children and children[-1] != " ":
        children.append(" ")


def _add_icon_title(parent: Node, element: Element) -> None:
    """An icon's own title is often all the text that a button has."""
    if element.tag == "svg" and element.get("aria-hidden") != "true":
        title = element.find("{*}title")
        said = title.text if title is not None else None
        _add_text(parent, said if said and not said.isspace() else element.get("aria-label"))
