"""A recipe at work on one page: which rule an element has, how often each selector hit, and the text that a rule rewrites.

What a recipe may say is in `recipe`; where names and emission follow it is theirs.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from shopcart_assets.context.accname import Labels
from shopcart_assets.context.css import Chain, Known, compile_css
from shopcart_assets.context.nearby import text_in
from shopcart_assets.context.nodes import Card, Node, text_of
from shopcart_assets.context.parse import Element
from shopcart_assets.context.recipe import PageKind, Recipe, Rule
from shopcart_assets.context.slug import segment
from shopcart_assets.context.tags import kind_of

_NUMBER = re.compile(r"(?P<grouped>\d{1,3}(?:[.,]\d{3})+)|(?P<plain>\d+(?:\.\d+)?)(?P<unit>[KM]\b)?")
_UNITS = {"K": 1_000, "M": 1_000_000}
_BOXES = ("checkbox", "radio")
VIEW_PRODUCT = "view_product"
Entry = tuple[int, Chain]  # a rule's place in the recipe, and one of its selector's alternatives
_place = itemgetter(0)


@dataclass(frozen=True)
class RecipeHit:
    """How many elements of a page one of its recipe's selectors matched, of those that are shown."""

    recipe: str
    version: int
    page_kind: str
    selector: str
    must_hit: bool
    n_hits: int


class Ruler:
    """The rules of a recipe for one page. Made once a page: it counts hits."""

    def __init__(self, recipe: Recipe, kind: PageKind | None) -> None:
        self.recipe = recipe
        drops = tuple(Rule(select=one, do="drop") for one in recipe.drop)
        self._rules = (*(kind.rules if kind else ()), *drops, *recipe.rules)
        self._kinds = [kind.kind if kind else ""] * (len(kind.rules) if kind else 0) + [""] * len(drops + recipe.rules)
        self._n_hits = [0] * len(self._rules)
        self._by_key: defaultdict[str, list[Entry]] = defaultdict(list)
        for at, rule in enumerate(self._rules):
            for chain in compile_css(rule.select):
                self._by_key[chain.steps[0][0].key].append((at, chain))
        self._classes = frozenset(key[1:] for key in self._by_key if key[0] == ".")
        # An id is looked up by its value as well as by its name.
        self._keys = frozenset(key[1:] for key in self._by_key if key[0] == "[") | {"id"}
        self._known: Known = defaultdict(dict)
        self._by_look: dict[tuple[str, str | None], Sequence[Entry]] = {}

    def rule_for(self, element: Element, tag: str, keys: Sequence[str]) -> Rule | None:
        """The first rule that the element matches, and a hit for it. `keys` are the names of its attributes."""
        look = (tag, element.get("class") if "class" in keys else None)
        entries = self._by_look.get(look)
        if entries is None:
            entries = self._by_look[look] = self._looking_so(*look)
        if not self._keys.isdisjoint(keys):
            entries = self._with_those_of(element, keys, entries)
        for at, chain in entries:
            if chain.matches(element, self._known):
                self._n_hits[at] += 1
                return self._rules[at]
        return None

    def _looking_so(self, tag: str, classes: str | None) -> Sequence[Entry]:
        """The entries that elements with the tag and classes may match, in order: a page repeats the same few hundred looks."""
        given = classes.split() if classes else []
        found = list(self._by_key.get(tag, ()))
        if not self._classes.isdisjoint(given):
            found += [entry for one in dict.fromkeys(given) for entry in self._by_key.get(f".{one}", ())]
        if not found:
            return ()
        has = frozenset(given)
        return sorted((one for one in found if one[1].steps[0][0].may_look_so(tag, has)), key=_place)

    def _with_those_of(self, element: Element, keys: Sequence[str], entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries and those that the element's id and the names of its attributes add, in order."""
        more = list(self._by_key.get(f"#{element.get('id')}", ())) if "id" in keys else []
        for key in self._keys.intersection(keys):
            more += self._by_key.get(f"[{key}", ())
        return sorted((*entries, *more), key=_place) if more else entries

    def hits(self) -> Sequence[RecipeHit]:
        """One for each selector, in the recipe's order."""
        name, version = self.recipe.name, self.recipe.version
        return [
            RecipeHit(name, version, kind, rule.select, rule.must_hit, n)
            for rule, kind, n in zip(self._rules, self._kinds, self._n_hits, strict=True)
        ]


def segment_of(node: Node, rule: Rule, labels: Labels) -> str:
    """The segment that a rule gives, by the paper's rule and not cut; empty where its sources say nothing."""
    return rule.name or segment(said_by(node, rule.name_from, labels))


def ruled_cards(body: Node, labels: Labels) -> list[Node]:
    """Makes cards of the nodes that the recipe says are results and that have a title; returns them in document order."""
    nodes = [node for node in body.walk() if node.rule is not None and node.rule.is_result]
    alike: defaultdict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        assert node.rule is not None
        links = [part for part in node.walk() if part.role == "link"]
        link = next((part for part in links if part.rule is not None and part.rule.name == VIEW_PRODUCT), None)
        title = said_by(node, node.rule.name_from, labels)
        if not title:
            continue
        node.card = Card(title, link, is_product=True, is_heading_linked=True, is_result=True, segment=segment(title))
        alike[node.card.segment].append(node)
    for twins in alike.values():
        for node in twins if len(twins) > 1 else ():
            if node.card is not None and node.rule is not None:
                mark = segment(said_by(node, node.rule.told_apart_by, labels))
                node.card.segment = "_".join(filter(None, (node.card.segment, mark)))
    return [node for node in nodes if node.card]


def said_by(node: Node, sources: Sequence[str], labels: Labels) -> str:
    """What the first source that has a letter or digit says; empty where none has."""
    return next((text for one in sources if segment(text := _say(node, one, labels))), "")


def _say(node: Node, source: str, labels: Labels | None) -> str:
    kind, _, selector = source.partition(" ")
    if kind.startswith("@"):
        return node.attributes.get(kind[1:], "")
    if kind == "text" and not selector:
        return text_of(node)
    if labels is None:
        return text_in(node.source, selector) or ""
    if kind == "text":
        return labels.nearby.text_in([node.source], selector)
    if kind == "before":
        return labels.nearby.text_before(node.source, selector)
    if kind == "label":
        return labels.nearby.text_in(labels.labelling(node), selector) if selector else labels.explicit(node)
    return labels.accessible_name(node)


def rewrite(node: Node, rule: Rule) -> bool:
    """Does to a finished node's text what its rule says; returns whether other nodes are in it now. What can be acted on is never lost."""
    if rule.text_from and node.n_controls <= (node.role is not None):
        said = next((text for one in rule.text_from if (text := _say(node, one, None)).strip()), None)
        node.children = [said] if said is not None else node.children
        node.text = None
    if rule.delete:
        _delete(node, str.maketrans("", "", rule.delete))
    if rule.number_format is not None and node.n_controls <= (node.role is not None):
        node.text = None
        if number := number_in(text_of(node)):
            node.children = [rule.number_format.replace("{}", number)]
    node.text = None
    if rule.ends_with_checkbox:
        _move_checkbox(node)
    return rule.ends_with_checkbox or bool(rule.text_from) or rule.number_format is not None


def number_in(text: str) -> str:
    """The first number in a text as the paper prints it; empty where there is none.

    >>> number_in("(8,520)"), number_in("5.182 valoraciones"), number_in("1.5K ratings"), number_in("new")
    ('8520.0', '5182.0', '1500.0', '')
    """
    found = _NUMBER.search(text)
    if found is None:
        return ""
    if found["grouped"]:
        return str(float(re.sub("[.,]", "", found["grouped"])))
    return str(float(found["plain"]) * _UNITS.get(found["unit"], 1))


def _delete(node: Node, gone: dict[int, int | None]) -> None:
    for inner in node.descend():
        inner.children = [child.translate(gone) if isinstance(child, str) else child for child in inner.children]


def _move_checkbox(node: Node) -> None:
    """Puts the box that is drawn before the text behind it, as the paper prints it; makes one where only a picture of it is drawn."""
    boxes = [(part, child) for part in node.descend() for child in part.nodes() if child.role in _BOXES]
    for part, box in boxes:
        part.children.remove(box)
    is_checked = any(one.get("checked") is not None for one in node.source.iter("input"))
    attributes = {"type": "checkbox"} | ({"checked": ""} if is_checked else {})
    node.children.append(boxes[0][1] if boxes else Node("input", node.source, attributes, kind_of("input")))
