"""The token budget of a page: what is left out first, and how the text says so. What an event acted on always stays.

The order: footers, navigation and header chrome (a large one from its end, as far as needed), long option lists, cards that are not
results, other long lists, the later values of each filter, later results, then whatever stands at the page's end and is no result, and at
last results too: a search without results is no search. `... 37 more` stands where 37 things were left out.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Set

from shopcart_assets.context.emit import emit
from shopcart_assets.context.nodes import Node
from shopcart_assets.context.patterns import FOOTER
from shopcart_assets.platform.tokens import estimate_tokens

KEPT_OPTIONS = 8
KEPT_CARDS = 3
KEPT_FILTERS = 3
KEPT_RESULTS = 5
KEPT_NEEDED = 8
CHARACTERS_A_TOKEN = 4  # of plain text
KEPT_TEXT_CHARACTERS = 40
CHROME_BITS = 4
Removal = tuple[Node, Node]  # parent, child
_HOLD_OPTIONS = frozenset(("select", "optgroup"))


def fit(title: str, body: Node, token_budget: int) -> tuple[str, int]:
    """The page as HTML and its estimated tokens: at most `token_budget` (0 = no budget), unless what must stay is more by itself."""
    html = emit(title, body)
    tokens = estimate_tokens(html)
    if token_budget and tokens > token_budget:
        _protect(body)
        if _cut_endless(body, token_budget):
            html = emit(title, body)
            tokens = estimate_tokens(html)
    removals = _removals(body)
    while token_budget and tokens > token_budget:
        # Characters are counted for every node; the page's rate turns the excess in tokens into them.
        if not _remove(body, removals, int((tokens - token_budget) * len(html) / tokens) + 1):
            break
        html = emit(title, body)
        tokens = estimate_tokens(html)
    return html, tokens


def _protect(body: Node) -> None:
    """The first search boxes and purchase buttons of the page's own stay with the targets: without them nobody can shop on."""
    page = body.walk()
    n_needed, end_of_card = 0, 0
    for node in page:
        if node.card is not None:
            end_of_card = max(end_of_card, node.at + node.size)
        if node.name is None or n_needed == KEPT_NEEDED:
            continue
        is_own = node.is_purchase and node.at >= end_of_card
        if is_own or node.role == "searchbox" or node.name == "search_button":
            n_needed += 1
            node.is_target = True
    targets = [node.at for node in page if node.is_target]
    results = [node.at for node in page if node.card is not None and node.card.is_result]
    for node in page:
        node.holds_target = _is_one_in(node, targets)
        node.holds_result = _is_one_in(node, results)


def _is_one_in(node: Node, places: list[int]) -> bool:
    """Whether one of the places, in order, is in the node."""
    first = bisect_left(places, node.at)
    return first < len(places) and places[first] < node.at + node.size


def _cut_endless(body: Node, token_budget: int) -> bool:
    """Cuts every text that would take the whole budget by itself to about a quarter of it; returns whether there was one."""
    is_cut = False
    for node in body.walk():
        for at, child in enumerate(node.children):
            if isinstance(child, str) and len(child) > CHARACTERS_A_TOKEN * token_budget:
                node.children[at] = f"{child[:token_budget]}..."
                is_cut = True
    return is_cut


def _removals(body: Node) -> Iterator[tuple[Node, Node, bool]]:
    """What may go, in order, and whether whole: a header may hold most of a page, and goes bit by bit before it does."""
    for find in _CANDIDATES:
        for parent, child in find(body):
            for _ in range(CHROME_BITS if find is _chrome else 0):
                yield parent, child, False
            yield parent, child, True


def _remove(body: Node, removals: Iterator[tuple[Node, Node, bool]], excess: int) -> int:
    """Leaves out about `excess` characters, or all that may go; returns how many went. It goes on where it last stopped."""
    removed = 0
    for parent, child, is_whole in removals:
        missing = excess - removed
        if is_whole or child.n_characters <= missing:
            removed += _leave_out(parent, child)
        else:
            removed += _trim(child, missing, KEPT_TEXT_CHARACTERS, spares_results=True)
        if removed >= excess:
            return removed
    for kept_characters, spares_results in ((KEPT_TEXT_CHARACTERS, True), (KEPT_TEXT_CHARACTERS, False), (0, False)):
        if removed < excess:
            removed += _trim(body, excess - removed, kept_characters, spares_results)
    return removed


def _leave_out(teller: Node, child: Node) -> int:
    """Leaves a node out, or what stands around the targets in it; `teller` says how many. Returns the characters saved."""
    if child.is_left_out or child.is_target:
        return 0
    if child.holds_target:
        return sum(_leave_out(child if teller.tag == "body" else teller, inner) for inner in child.nodes())
    child.is_left_out = True
    teller.n_left_out += (
        1 if child.card or child.tag == "option" else sum(node.name is not None for node in child.walk())
    )
    return child.n_characters


def _outermost(body: Node, is_wanted: Callable[[Node], bool]) -> Iterator[Removal]:
    found: list[Removal] = []

    def visit(node: Node) -> None:
        for child in node.children:
            if isinstance(child, str):
                continue
            if is_wanted(child):
                found.append((node, child))
            elif child.size > 1:
                visit(child)

    visit(body)
    return iter(found)


def _footers(body: Node) -> Iterator[Removal]:
    def is_footer(node: Node) -> bool:
        get = node.attributes.get
        if node.tag == "footer" or get("role") == "contentinfo":
            return True
        return node.tag == "div" and any(FOOTER.search(mark) for key in ("id", "class") if (mark := get(key)))

    return _outermost(body, is_footer)


def _chrome(body: Node) -> Iterator[Removal]:
    def is_chrome(node: Node) -> bool:
        is_menu = node.tag in ("nav", "header") or node.attributes.get("role") in ("navigation", "banner")
        return is_menu and not any(
            (inner.name or "").startswith(("pagination", "refinements")) for inner in node.walk()
        )

    return _outermost(body, is_chrome)


def _later(
    body: Node, n_kept: int, is_alike: Callable[[Node], bool], holders: Set[str] | None = None
) -> Iterator[Removal]:
    """Of the alike children of every node (or of those with the tags of `holders`) those behind the first `n_kept`, the last first."""
    for node in body.walk():
        if len(node.children) > n_kept and (holders is None or node.tag in holders):
            alike = [child for child in node.children if not isinstance(child, str) and is_alike(child)]
            yield from ((node, child) for child in reversed(alike[n_kept:]))


def _options(body: Node) -> Iterator[Removal]:
    return _later(
        body, KEPT_OPTIONS, lambda one: one.tag == "option" and "selected" not in one.attributes, _HOLD_OPTIONS
    )


def _other_cards(body: Node) -> Iterator[Removal]:
    return _later(body, KEPT_CARDS, lambda child: child.card is not None and not child.card.is_result)


def _long_lists(body: Node) -> Iterator[Removal]:
    return _later(body, KEPT_OPTIONS, lambda child: child.card is None and 1 <= child.n_controls <= 2)


def _filters(body: Node) -> Iterator[Removal]:
    if _is_filter(body):
        yield from _later(body, KEPT_FILTERS, lambda child: 1 <= child.n_controls <= 2 and _is_filter(child))


def _is_filter(node: Node) -> bool:
    return any(inner.name is not None and inner.name.startswith("refinements.") for inner in node.walk())


def _later_results(body: Node) -> Iterator[Removal]:
    return _later(body, KEPT_RESULTS, lambda child: child.card is not None and child.card.is_result)


def _trim(node: Node, excess: int, kept_characters: int, spares_results: bool) -> int:
    """Leaves out from the page's end: whole nodes that fit into the excess, else parts of them; text is cut to what is kept."""
    removed = 0
    for at in range(len(node.children) - 1, -1, -1):
        child = node.children[at]
        if removed >= excess:
            break
        if isinstance(child, str):
            text = " ".join(child.split()).removesuffix("...")
            kept = max(kept_characters, len(text) - (excess - removed))
            if kept < len(text):
                node.children[at] = f"{text[:kept]}..." if kept else " "
                removed += len(text) - kept
        elif child.is_target:
            # What it says is the last thing to be cut.
            removed += 0 if kept_characters else _trim(child, excess - removed, 0, spares_results)
        elif not (child.is_left_out or (spares_results and child.card and child.holds_result)):
            is_small = child.n_characters <= excess - removed or child.role is not None
            is_free = not child.holds_target and not (spares_results and child.holds_result)
            saved = 0 if is_small and is_free else _trim(child, excess - removed, kept_characters, spares_results)
            # At last what has nothing left to cut goes whole.
            is_whole = is_free and (is_small or (saved == kept_characters == 0))
            removed += _leave_out(node, child) if is_whole else saved
    return removed


_CANDIDATES = (_footers, _chrome, _options, _other_cards, _long_lists, _filters, _later_results)
