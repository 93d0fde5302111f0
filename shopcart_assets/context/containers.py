"""Where a control stands: the segments of the containers around it.

Filters, pagination and results start a path; cards, landmarks and whatever a label, legend, caption or own heading names add a
segment. At most the two innermost count, so that names stay short.
"""

from shopcart_assets.context.accname import Labels
from shopcart_assets.context.nodes import Node, marks_of, text_of
from shopcart_assets.context.parse import words
from shopcart_assets.context.patterns import zone_of
from shopcart_assets.context.recipe import Rule
from shopcart_assets.context.rules import segment_of
from shopcart_assets.context.slug import short_segment

Path = tuple[str, ...]
MAX_CONTAINERS = 2
_LANDMARKS = {"nav": "nav", "footer": "footer", "header": "header"}
_LANDMARK_ROLES = {"navigation": "nav", "contentinfo": "footer", "banner": "header"}
_LABELLED = words("section form ul ol div aside main table fieldset article dialog details nav header footer")
_LABELLED_ROLES = frozenset(("region", "group", "list", "radiogroup", "dialog", *_LANDMARK_ROLES))
_NAMED_FROM_WITHIN = frozenset(("fieldset", "table", "section"))
_GROUP_HEADS = frozenset(("legend", "summary", "dt"))


def placed_controls(body: Node, labels: Labels) -> list[tuple[Node, Path]]:
    """Everything that can be acted on, in document order, with the segments of its containers."""
    walk = _Walk(labels)
    walk.visit(body, ())
    return walk.placed


class _Walk:
    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._cards: dict[Path, int] = {}  # path -> the last ordinal that it got
        self._written: set[Path] = set()
        self.placed: list[tuple[Node, Path]] = []

    def visit(self, node: Node, path: Path, ruled: Path = ()) -> None:
        """Places the controls of a node whose containers are `path`, in those that a recipe names: `ruled`, never cut short."""
        if node.rule is not None:
            inside = path
            if node.is_scope:
                inside, ruled = (), self._ruled(node, node.rule, ruled)
        else:
            inside = self._inside(node, path, bool(ruled))
        if node.role == "searchbox" and ruled[:1] == ("refinements",):
            node.role = "textbox"
        if node.role:
            is_named = node.rule is not None and node.rule.is_named
            own = ruled if is_named else () if node.role == "searchbox" else (*ruled, *inside)
            self.placed.append((node, own))
        if inside == ("refinements",) and inside != path:
            self._visit_filters(node, inside)
            return
        for child in node.children:
            if not isinstance(child, str) and child.n_controls:
                self.visit(child, inside, ruled)

    def _ruled(self, node: Node, rule: Rule, ruled: Path) -> Path:
        """The path in a container that a recipe names. One that says what the container around it says adds nothing."""
        if node.card:
            return self._unused((*ruled, node.card.segment))
        ruled = () if rule.is_root else ruled
        own = segment_of(node, rule, self._labels)
        path = (*ruled, own) if own and ruled[-1:] != (own,) else ruled
        if rule.writes_name and path not in self._written:
            self._written.add(path)
            node.name = ".".join(path)
        return path

    def _visit_filters(self, zone: Node, path: Path) -> None:
        """Controls of a zone of filters: each belongs to the group that was headed or labelled last."""
        group = path
        for node in zone.walk():
            if node.is_heading or node.tag in _GROUP_HEADS:
                head = short_segment(text_of(node))
            else:
                head = self._label(node) if node.n_controls and not node.role else ""
            group = ("refinements", head) if head else group
            if node.role:
                # A box that searches among brands is not the one that searches the shop.
                node.role = "textbox" if node.role == "searchbox" else node.role
                self.placed.append((node, group))

    def _inside(self, node: Node, path: Path, is_ruled: bool) -> Path:
        """The path of what is in a node."""
        if node.card:
            before: Path = ("search_results",) if node.card.is_result else path[-1:]
            return self._unused((*before, node.card.segment))
        if node.role or node.tag == "body":
            return path
        attributes = node.attributes
        if not attributes and node.tag not in _NAMED_FROM_WITHIN and node.tag not in _LANDMARKS:
            return path
        zone = zone_of(marks_of(node)) if attributes and not is_ruled else None
        if zone and not _holds_named(node):
            return (zone,)
        role = attributes.get("role")
        own = self._label(node) or (_LANDMARK_ROLES.get(role) if role else None) or _LANDMARKS.get(node.tag)
        return path if not own or path[-1:] == (own,) else (*path, own)[-MAX_CONTAINERS:]

    def _unused(self, path: Path) -> Path:
        unique = path
        while unique in self._cards:
            self._cards[path] += 1
            unique = (*path[:-1], f"{path[-1]}_{self._cards[path]}")
        self._cards[unique] = 1
        return unique

    def _label(self, node: Node) -> str:
        """The segment of a container that a label, legend, caption or own heading names; empty where none does."""
        if node.tag not in _LABELLED and node.attributes.get("role") not in _LABELLED_ROLES:
            return ""
        text = self._labels.explicit(node) if node.attributes else ""
        if not text and node.tag in _NAMED_FROM_WITHIN:
            heading = next(
                (child for child in node.nodes() if child.tag in ("legend", "caption") or child.is_heading), None
            )
            text = text_of(heading) if heading is not None else ""
        return short_segment(text) if text else ""


def _holds_named(node: Node) -> bool:
    """Whether a product's card, or something that a recipe names, is in it: then it is more than its zone."""
    return any(
        (inner.card and inner.card.is_product) or (inner.rule is not None and inner.rule.is_named)
        for inner in node.walk()
    )
