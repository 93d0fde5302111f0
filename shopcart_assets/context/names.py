"""Unique hierarchical names, as the paper writes them: a control's own segment after its named containers', joined by dots.

    search_input   search_button   pagination.2   refinements.<group>.<value>
    search_results.<title>.view_product   search_results.<title>.buy_now   nav.mugs   sign_in

Which containers give a segment is `containers`' business; here are the controls' own segments and what tells equals apart.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from shopcart_assets.context.accname import Labels, last_step
from shopcart_assets.context.containers import Path, placed_controls
from shopcart_assets.context.nodes import Card, Node, text_of, words_of
from shopcart_assets.context.roles import TYPED
from shopcart_assets.context.rules import segment_of
from shopcart_assets.context.slug import segment, short_segment
from shopcart_assets.platform.shop_words import SEARCH_BUTTON

# Segments with a meaning of their own: what tells two of them apart goes before them, never behind.
FIXED_LEAVES = frozenset(("view_product", "buy_now"))
# The first of a page's search boxes and buttons has the name that everybody looks for.
_SEARCH_LEAVES = frozenset(("search_input", "search_button"))
_BEFORE_SEARCH_BUTTON = 3


@dataclass(slots=True, eq=False)
class Claim:
    """What a control wants to be called."""

    node: Node
    path: Path
    leaf: str

    @property
    def is_promised(self) -> bool:
        """Whether a recipe names it."""
        return self.node.rule is not None and self.node.rule.is_named

    @property
    def name(self) -> str:
        """Path and leaf joined; a leaf equal to its parent is left out, unless a recipe says both."""
        path = self.path[:-1] if self.path[-1:] == (self.leaf,) and not self.is_promised else self.path
        return ".".join((*path, self.leaf))

    def told_apart(self, by: str) -> "Claim":
        """The claim with `by` added: before a fixed leaf, behind any other."""
        if self.leaf in FIXED_LEAVES:
            return Claim(self.node, (*self.path, by), self.leaf)
        return Claim(self.node, self.path, f"{self.leaf}_{by}")


def name_controls(body: Node, cards: Iterable[Card], labels: Labels) -> None:
    """Names everything that can be acted on.

    Links of one container to the same address share one name, if the others say no more: one carries it, the others point to it by
    `same_as`.
    """
    titles = {card.title_link for card in cards if card.is_product}
    claims = [_claim(node, path, labels, node in titles) for node, path in placed_controls(body, labels)]
    claims = _coalesce(_with_search_buttons([claim for claim in claims if claim.leaf]))
    # A recipe's names are promises: they go to what the recipe says, whatever else on the page would be called so.
    ordered = sorted(claims, key=lambda claim: not claim.is_promised)
    for node, name in _tell_apart(ordered, labels, {node.name for node in body.walk() if node.name}):
        node.name = name


def _claim(node: Node, path: Path, labels: Labels, is_title: bool) -> Claim:
    *more, leaf = _leaf(node, path, labels, is_title).split(".")
    return Claim(node, (*path, *more), leaf)


def _leaf(node: Node, path: Path, labels: Labels, is_title: bool) -> str:
    """A control's own segment; empty where a recipe names it by something that says nothing."""
    if node.rule is not None and node.rule.is_named:
        return segment_of(node, node.rule, labels)
    if node.role == "searchbox":
        return "search_input"
    if path[:1] != ("refinements",) and node.is_purchase:
        return "buy_now"
    if is_title:
        return "view_product"
    if path == ("pagination",) and (text := text_of(node)).isdecimal():
        return text
    return short_segment(labels.accessible_name(node)) or str(node.role)


def _with_search_buttons(claims: list[Claim]) -> list[Claim]:
    """The button that belongs to a search box: one of the next three controls, in its form or labelled as a search.

    In a form that has none behind the box it is one of the three before.
    """
    found = list(claims)
    for at, claim in enumerate(claims):
        if claim.leaf == "search_input":
            near = [*range(at + 1, min(at + 1 + _BEFORE_SEARCH_BUTTON, len(claims)))]
            if next(claim.node.source.iterancestors("form"), None) is not None:
                near += reversed(range(max(at - _BEFORE_SEARCH_BUTTON, 0), at))
            button = next(
                (i for i in near if claims[i].node.role == "button" and _submits(claims[i].node, claim.node)), None
            )
            if button is not None:
                found[button] = Claim(claims[button].node, (), "search_button")
    return found


def _submits(button: Node, box: Node) -> bool:
    form = next(box.source.iterancestors("form"), None)
    if form is not None and next(button.source.iterancestors("form"), None) is not form:
        return False
    marks = " ".join(
        [
            text_of(button),
            *(button.attributes.get(key, "") for key in ("type", "value", "id", "class", "aria-label", "title", "alt")),
        ]
    )
    return bool(SEARCH_BUTTON.search(marks))


def _coalesce(claims: list[Claim]) -> list[Claim]:
    """One claim for what does the same: a control in another that says no more, and a container's links to one address.

    Of links, the title link carries the name, else the one that shows the longest text. But for a title another text is another
    link: what told two addresses apart may have gone with their parameters (`/search?brand=...`), which are scrubbed.
    """
    for claim in claims:
        for inner in claim.node.nodes() if claim.node.n_controls > 1 else ():
            _join(inner, claim.node)
    alike: defaultdict[tuple[Path, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        if (
            claim.node.role == "link"
            and not claim.node.same_as
            and claim.leaf != "buy_now"
            and (address := address_of(claim.node.attributes.get("href")))
        ):
            alike[claim.path, address].append(claim)
    for links in (links for links in alike.values() if len(links) > 1):
        first = max(links, key=lambda link: (link.leaf == "view_product", len(words_of(link.node))))
        said = segment(words_of(first.node))
        for link in links:
            if link is not first and (first.leaf == "view_product" or segment(words_of(link.node)) in said):
                link.node.same_as = first.node
    return [claim for claim in claims if claim.node.same_as is None]


def _join(inner: Node, outer: Node) -> None:
    """`<a><input type=checkbox> Nike</a>` is one thing to click on, as `<a><button>4</button></a>` is.

    Only down to the next controls: what is in those is their own business.
    """
    todo = [inner]
    while todo:
        node = todo.pop()
        if not node.role:
            todo += (below for below in node.nodes() if below.n_controls)
        elif node.role in ("checkbox", "radio") or (node.tag != "input" and text_of(node) == text_of(outer)):
            node.same_as = outer if outer.same_as is None else outer.same_as


def address_of(href: str | None) -> str:
    """What a link leads to, without the place on the page; empty where it leads nowhere.

    >>> address_of("/mug?c=red#reviews"), address_of("#top"), address_of("javascript:open()")
    ('/mug?c=red', '', '')
    """
    address = (href or "").strip().partition("#")[0]
    return "" if address[:11].lower() == "javascript:" else address


def _tell_apart(claims: Sequence[Claim], labels: Labels, reserved: Set[str]) -> list[tuple[Node, str]]:
    """Every name once: first by what stays when the page's order changes, then by ordinal in document order."""
    names = [claim.name for claim in claims]
    alike = Counter(names)
    promised = Counter(name for name, claim in zip(names, claims, strict=True) if claim.is_promised)
    taken = set(reserved)
    ordinals: defaultdict[str, int] = defaultdict(lambda: 1)
    settled = []
    for name, claim in zip(names, claims, strict=True):
        if (promised if claim.is_promised else alike)[name] > 1:
            claim = _by_stable_mark(claim, labels)
            name = claim.name
        unique = name
        while unique in taken:
            ordinals[name] += 1
            unique = claim.told_apart(str(ordinals[name])).name
        taken.add(unique)
        settled.append((claim.node, unique))
    return settled


def _by_stable_mark(claim: Claim, labels: Labels) -> Claim:
    attributes = claim.node.attributes
    if claim.leaf in _SEARCH_LEAVES:
        return claim
    if claim.leaf in FIXED_LEAVES:
        mark = labels.accessible_name(claim.node)
    elif claim.node.role == "link":
        mark = last_step(attributes.get("href", ""))
    else:
        # What is typed into a field is nothing that stays.
        mark = "" if claim.node.role in TYPED else attributes.get("value", "")
    segment = short_segment(mark, 30)
    return claim.told_apart(segment) if segment and segment != claim.leaf else claim
