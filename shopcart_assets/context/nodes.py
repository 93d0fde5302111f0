"""The one node model: what a front end builds and what naming, pruning and emission work on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shopcart_assets.context.parse import Element
from shopcart_assets.context.recipe import Rule
from shopcart_assets.context.tags import BLOCK, HEADS, STRUCTURE

PICTURE, HEADING, MONEY, SCOPE = 1, 2, 4, 8


@dataclass(slots=True, eq=False)
class Node:
    """One element that is shown. `children` are nodes and pieces of raw text, in order.

    `role` is set where it can be acted on, `name` by `names`; `n_controls` counts what can be acted on in it, itself included.
    """

    tag: str
    source: Element
    attributes: dict[str, str]
    kind: int  # its tag's, of those in `tags`
    role: str | None = None
    rule: Rule | None = None  # what the page's recipe says of it
    children: list["Node | str"] = field(default_factory=list)
    n_controls: int = 0
    shows: int = 0  # what is in it, of PICTURE, HEADING, MONEY and SCOPE
    is_purchase: bool = False
    name: str | None = None
    is_given: bool = False  # it comes from a context, which has said its role if it wanted to
    same_as: "Node | None" = None  # the link to the same address that carries the name for both
    card: "Card | None" = None
    is_target: bool = False  # an event acted on it: never pruned
    holds_target: bool = False
    holds_result: bool = False
    is_left_out: bool = False  # pruned, with all that it holds
    n_left_out: int = 0  # how many things were pruned from it
    text: str | None = None  # what `text_of` found in it
    n_characters: int = 0  # its length in the last emitted HTML
    page: "Sequence[Node]" = ()  # all of the page's nodes in document order: from `at` on, `size` are in it
    at: int = 0
    size: int = 1

    @property
    def is_block(self) -> bool:
        """Whether text before and after it is on another line."""
        return bool(self.kind & BLOCK)

    @property
    def is_structure(self) -> bool:
        """Whether it is written even where nothing in it can be acted on."""
        return bool(self.kind & STRUCTURE)

    @property
    def is_heading(self) -> bool:
        """Whether it heads what follows."""
        return bool(self.kind & HEADS) or self.attributes.get("role") == "heading"

    @property
    def is_scope(self) -> bool:
        """Whether a recipe makes it a container that gives a segment to what it holds."""
        return self.rule is not None and self.rule.is_named and not self.role

    def nodes(self) -> Iterator["Node"]:
        """Its child nodes."""
        return (child for child in self.children if not isinstance(child, str))

    def walk(self) -> "Sequence[Node]":
        """Itself and all nodes in it, in document order. Only once the page is built."""
        return self.page[self.at : self.at + self.size]

    def holds(self, other: "Node") -> bool:
        """Whether the other node is in it, or is itself."""
        return self.at <= other.at < self.at + self.size

    def descend(self) -> Iterator["Node"]:
        """What `walk` gives, at any time and slower."""
        todo: list[Node] = [self]
        while todo:
            node = todo.pop()
            yield node
            todo += [child for child in reversed(node.children) if not isinstance(child, str)]

    def shown(self) -> Iterator["Node"]:
        """What `walk` gives, without what pruning left out."""
        at, end = self.at, self.at + self.size
        while at < end:
            node = self.page[at]
            if node.is_left_out:
                at += node.size
            else:
                yield node
                at += 1


@dataclass(slots=True, eq=False)
class Card:
    """One of several like siblings, such as a product in a list of results."""

    title: str
    title_link: Node | None
    is_product: bool
    is_heading_linked: bool
    is_result: bool = False
    segment: str = ""


def part(body: Node) -> None:
    """Cuts the ties that lead from nodes back to those around them: what nobody holds any more then goes without a collector."""
    for node in body.walk():
        node.page, node.same_as = (), None


def marks_of(node: Node) -> str:
    """What the page's authors call the node: aria-label, id and classes."""
    get = node.attributes.get
    return f"{get('aria-label', '')} {get('id', '')} {get('class', '')}"


def text_of(node: Node) -> str:
    """What is read in a node: white space collapsed, inline text joined as it is, a space between blocks.

    >>> from shopcart_assets.context.tags import kind_of
    >>> price, whole, note = (Node(tag, None, {}, kind_of(tag)) for tag in ("span", "b", "p"))
    >>> whole.children, note.children, price.children = ["199"], ["new"], ["$", whole, ".99", note]
    >>> text_of(price)
    '$199.99 new'
    """
    if node.text is None:
        pieces: list[str] = []
        _gather(node, pieces)
        node.text = " ".join("".join(pieces).split())
    return node.text


def words_of(node: Node) -> str:
    """The same without the text of pictures."""
    return " ".join("".join([one for inner in node.walk() for one in inner.children if isinstance(one, str)]).split())


def _gather(node: Node, pieces: list[str]) -> None:
    if node.tag == "img":
        pieces.append(f" {node.attributes.get('alt', '')} ")
        return
    is_block = node.kind & BLOCK
    if is_block:
        pieces.append(" ")
    for child in node.children:
        if isinstance(child, str):
            pieces.append(child)
        else:
            _gather(child, pieces)
    if is_block:
        pieces.append(" ")
