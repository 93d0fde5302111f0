"""The generic front end: any page's element tree to nodes. Names, cards and budgets come later, on the nodes.

Hidden content goes, inline elements dissolve into the text around them, blocks stay while something in them can be acted on.
One loop with its own stack: pages nest deeper than Python recurses.
"""

from collections.abc import Iterator, Set

from shopcart_assets.context.nodes import BLOCKS, HEADING, HEADINGS, MONEY, PICTURE, Node
from shopcart_assets.context.parse import Element, body_of, words
from shopcart_assets.context.patterns import MONEY_SIGN
from shopcart_assets.context.recipe import Rule
from shopcart_assets.context.roles import CAN_ACT, role_of
from shopcart_assets.context.rules import Ruler, rewrite
from shopcart_assets.context.visible import NEVER_SHOWN, is_hidden

# What keeps a node of its own even where nothing in it can be acted on: structure that a reader needs.
STRUCTURE = words(
    "h1 h2 h3 h4 h5 h6 p ul ol li dl dt dd table caption tr th td form fieldset legend label select optgroup option textarea "
    "button a input img del s details summary nav aside footer header main"
)
_TRANSPARENT = words("tbody thead tfoot html body")
_CONTAINERS = (STRUCTURE | BLOCKS) - _TRANSPARENT
# Below this many nested nodes a container dissolves, below twice as many a control does: the later passes recurse.
MAX_DEPTH = 120
Frame = tuple[Node, Element, Iterator[Element], bool, int]  # the last two: is it secret, and the node's depth


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
    return builder.build(body_of(root)), builder.controls


class _Builder:
    def __init__(self, revealed: Set[Element], is_context: bool, ruler: Ruler | None, scopes: Set[Element]) -> None:
        self.controls: list[Node] = []
        self._ruler = ruler
        self._scopes = scopes
        self._is_context = is_context
        self._revealed = revealed
        self._way = {one for element in revealed for one in element.iterancestors()} - revealed

    def build(self, body: Element) -> Node:
        top = Node("body", body, {})
        _add_text(top, body.text)
        stack: list[Frame] = [(top, body, iter(body), False, 0)]
        while stack:
            node, element, rest, is_secret, depth = stack[-1]
            for child in rest:
                frame = self._enter(node, child, is_secret, depth + 1)
                if frame is not None and len(child):
                    stack.append(frame)
                    break
                if frame is not None:
                    _close(node, frame[0], child)
                if not is_secret:
                    _add_text(node, child.tail)
            else:
                stack.pop()
                if stack:
                    _close(stack[-1][0], node, element)
                    if not stack[-1][3]:
                        _add_text(stack[-1][0], element.tail)
        return top

    def _enter(self, parent: Node, element: Element, is_secret: bool, depth: int) -> Frame | None:
        """The frame for what is in the element; None where it is hidden. In a secret frame only the way to a target is shown."""
        tag: str = element.tag
        if tag in NEVER_SHOWN and not self._revealed and tag != "template":
            _add_icon_title(parent, element)
            return None
        attributes: dict[str, str] = dict(element.items())  # type: ignore[arg-type]  # libxml2's attributes are text
        marks = {} if self._is_context else attributes
        is_gone = is_secret or ((marks or tag in NEVER_SHOWN) and is_hidden(tag, marks))
        rule = self._ruler.rule_for(element, tag, attributes) if self._ruler is not None and not is_gone else None
        if is_gone or (rule is not None and rule.do == "drop"):
            rule = None
            if element not in self._revealed and element not in self._way:
                if not is_secret:
                    _add_icon_title(parent, element)
                return None
            is_secret = element not in self._revealed
        node = self._node(parent, element, tag, attributes, depth, rule)
        if not is_secret:
            _add_text(node, element.text)
        return node, element, iter(element), is_secret, depth if node is not parent else depth - 1

    def _node(
        self, parent: Node, element: Element, tag: str, attributes: dict[str, str], depth: int, rule: Rule | None
    ) -> Node:
        """A node of its own, or the parent where the element dissolves."""
        if rule is not None and depth <= MAX_DEPTH:
            return self._ruled(parent, element, tag, attributes, rule)
        if tag in CAN_ACT or (attributes and ("role" in attributes or "onclick" in attributes)) or self._is_context:
            role = self._role_in_context(element, tag, attributes) if self._is_context else role_of(tag, attributes)
            if role is not None and depth <= 2 * MAX_DEPTH:
                node = Node(tag, element, attributes, role, n_controls=1, is_given=self._is_context)
                self.controls.append(node)
                return node
        if (
            (tag in _CONTAINERS or "-" in tag or "aria-label" in attributes)
            and tag not in _TRANSPARENT
            and depth <= MAX_DEPTH
        ):
            return Node(tag, element, attributes)
        if tag in BLOCKS:
            _add_space(parent)
        return parent

    def _ruled(self, parent: Node, element: Element, tag: str, attributes: dict[str, str], rule: Rule) -> Node:
        """The node that a recipe's rule makes of the element; an unwrapped one that gives no segment dissolves."""
        if rule.do == "unwrap" and not rule.is_named:
            if tag in BLOCKS:
                _add_space(parent)
            return parent
        role = rule.role or role_of(tag, attributes)
        node = Node(rule.tag or tag, element, attributes, role, rule, n_controls=1 if role else 0)
        if role:
            self.controls.append(node)
        return node

    def _role_in_context(self, element: Element, tag: str, attributes: dict[str, str]) -> str | None:
        """What carries a name in a context can be acted on. The name says what a search box is: ids and labels are gone."""
        name = attributes.get("name", "").strip()
        if not name or element in self._scopes:
            return None
        if tag == "input" and name.rpartition(".")[2].startswith("search_input"):
            return "searchbox"
        known: dict[str, str] = {key: attributes[key] for key in ("type", "role") if key in attributes}
        role = role_of(tag, known | {"href": ""}) or "button"
        return "textbox" if role == "searchbox" and tag == "input" else role


def _add_text(node: Node, text: str | None) -> None:
    if not text:
        return
    if text.isspace():
        if node.children and node.children[-1] != " ":
            node.children.append(" ")
    else:
        node.children.append(text)
        if MONEY_SIGN.search(text):
            node.shows |= MONEY


def _add_space(node: Node) -> None:
    if node.children and node.children[-1] != " ":
        node.children.append(" ")


def _close(parent: Node, node: Node, element: Element) -> None:
    """Puts a finished node into its parent; one that only held text dissolves."""
    if node is parent:
        if element.tag in BLOCKS:
            _add_space(parent)
        return
    if node.rule is not None:
        rewrite(node, node.rule)
    if node.tag == "img":
        node.shows |= PICTURE
    elif node.tag in HEADINGS or node.attributes.get("role") == "heading":
        node.shows |= HEADING
    parent.shows |= node.shows
    if node.n_controls or node.rule is not None or node.tag in STRUCTURE or "aria-label" in node.attributes:
        parent.children.append(node)
        parent.n_controls += node.n_controls
    elif node.children:
        _add_space(parent)
        parent.children += node.children
        _add_space(parent)
    else:
        _add_space(parent)


def _add_icon_title(parent: Node, element: Element) -> None:
    """An icon's own title is often all the text that a button has."""
    if element.tag == "svg" and element.get("aria-hidden") != "true":
        title = element.find("{*}title")
        _add_text(parent, title.text if title is not None else None)
