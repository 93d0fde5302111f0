"""Cards: like siblings that each stand for one thing, such as the products of a list. Names and budgets both need them.

A group is at least three siblings of the same tag and first class that each hold a link and a picture, heading or price; two
are enough where each has a heading link, one where a list is labelled as results. The innermost group wins: a row of products is not itself a product.

A card is a product where it shows a price or a purchase button. A group of products is *the search results* where a container
around it is labelled so (id, class or aria-label); on a page where nothing is, and no purchase button stands outside the cards
(as on a product's page), it is the largest group.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate

from shopcart_assets.context.accname import Labels, last_step
from shopcart_assets.context.nodes import HEADING, PICTURE, SCOPE, Card, Node, marks_of, text_of, words_of
from shopcart_assets.context.patterns import PRICE, RESULTS, is_fact, zone_of
from shopcart_assets.context.rules import ruled_cards
from shopcart_assets.context.slug import short_segment
from shopcart_assets.platform.shop_words import says_purchase

_CHROME = frozenset(("nav", "header", "footer", "select"))
_CARD_TEXT_CHARACTERS = 4_000
_CARD_CONTROLS = 60
_MENU_LINKS = 6
_RESULT_TAGS = frozenset(("li", "article"))
Group = list[Node]


def mark_cards(body: Node, controls: list[Node], labels: Labels) -> list[Group]:
    """Sets `is_purchase` on the page's controls and `card` on its cards; returns the groups of cards, each in document order."""
    for node in controls:
        node.is_purchase = _is_purchase(node)
    groups: list[Group] = []
    results = ruled_cards(body, labels)
    _find(body, labels, groups)
    if results:
        groups.append(results)
    else:
        _mark_results(groups, [node for node in controls if node.is_purchase])
    for group in groups:
        _tell_apart(group)
    return groups


def _is_purchase(node: Node) -> bool:
    """Whether acting on it buys, or puts into the cart, by its text or by what the shop calls it."""
    if node.role not in ("button", "link"):
        return False
    get = node.attributes.get
    marks = f"{get('id', '')} {get('name', '')} {get('class', '')} {get('data-action', '')}"
    return says_purchase(marks, (get("aria-label"), get("value"), get("title"), text_of(node)[:80]))


def _find(node: Node, labels: Labels, groups: list[Group], is_filters: bool = False) -> bool:
    """Finds the groups in a node; returns whether it holds a product's card."""
    if node.tag in _CHROME:
        return False
    if node.card:
        return True
    is_filters = is_filters or (bool(node.attributes) and zone_of(marks_of(node)) == "refinements")
    # A card shows a heading, picture or price and holds a link: nothing else is worth a look.
    worth = [child for child in node.children if not isinstance(child, str) and child.n_controls and child.shows]
    holders = {child for child in worth if child.n_controls > 1 and _find(child, labels, groups, is_filters)}
    alike: defaultdict[tuple[str, str], Group] = defaultdict(list)
    for child in worth:
        if child not in holders and child.n_controls <= _CARD_CONTROLS:
            alike[child.tag, child.attributes.get("class", "").partition(" ")[0]].append(child)
    made = [_make_group(siblings, labels, groups, is_filters) for siblings in alike.values()]
    return bool(holders) or any(made)


def _make_group(siblings: Group, labels: Labels, groups: list[Group], is_filters: bool) -> bool:
    if len(siblings) < 2 and siblings[0].tag not in _RESULT_TAGS:
        return False
    cards = [(node, card) for node in siblings if (card := _card(node, labels, is_filters))]
    if not cards or (len(cards) < 3 and len(cards) < _least(cards)):
        return False
    for node, card in cards:
        for inner in node.walk():
            inner.card = None
        node.card = card
    groups.append([node for node, _ in cards])
    return any(card.is_product for _, card in cards)


def _least(cards: list[tuple[Node, Card]]) -> int:
    """How many cards make a group: a search may have a single result, where the page says that these are results."""
    node, card = cards[0]
    if card.is_product and node.tag in _RESULT_TAGS and _is_labelled_results(node):
        return 1
    return 2 if all(card.is_heading_linked for _, card in cards) else 3


def _card(node: Node, labels: Labels, is_filters: bool) -> Card | None:
    """What the node stands for; None where it is only a link, as in a menu, a panel of one, or only a filter, as in `Under $25`."""
    if node.shows & SCOPE:
        return None
    has_picture, has_heading = bool(node.shows & PICTURE), bool(node.shows & HEADING)
    text = text_of(node)[:_CARD_TEXT_CHARACTERS]
    has_price = bool(PRICE.search(text))
    if not (has_picture and has_price) and (is_filters or not (has_picture or has_heading or has_price)):
        return None
    parts = node.walk()
    links = [part for part in parts if part.role == "link"]
    headed = _heading_links(parts, links) if has_heading else []
    link, title = _title(headed, links, labels)
    if link is None or not short_segment(title) or not (has_picture or has_heading or len(text) > len(title)):
        return None
    is_product = has_price or any(part.is_purchase for part in parts)
    if not is_product and link not in headed and len({one.attributes.get("href") for one in links}) > _MENU_LINKS:
        return None
    return Card(title, link, is_product, has_heading and link in headed, segment=short_segment(title))


def _title(headed: Sequence[Node], links: Sequence[Node], labels: Labels) -> tuple[Node | None, str]:
    """A card's link and what it is called: by a heading with a link, else by the link that shows the longest title."""
    for link in headed:
        heading = next((part for part in link.walk() if part.is_heading), link)
        return link, text_of(heading) or labels.accessible_name(link)
    longest = max((link for link in links if not link.is_purchase), key=_title_rank, default=None)
    return longest, labels.accessible_name(longest) if longest is not None else ""


def _title_rank(link: Node) -> tuple[bool, int, int]:
    """Words that are no price, count or rating come first, then the text of a picture, then whatever there is."""
    said = words_of(link)
    shown = said or text_of(link) or link.attributes.get("title", "")
    is_title = not is_fact(shown)
    return is_title, len(said), len(shown) if is_title else 0


def _heading_links(parts: Sequence[Node], links: Sequence[Node]) -> list[Node]:
    """The links that hold a heading, or are in one."""
    headings = [part for part in parts if part.is_heading]
    return [link for link in links if link.shows & HEADING or any(heading.holds(link) for heading in headings)]


def _mark_results(groups: list[Group], purchases: list[Node]) -> None:
    products = [group for group in groups if any(node.card and node.card.is_product for node in group)]
    results = [group for group in products if _is_labelled_results(group[0])]
    if not results and products and _are_all_in_cards(purchases, groups):
        results = [max(products, key=len)]
    for node in (node for group in results for node in group):
        if node.card:
            node.card.is_result = node.card.is_product = True


def _are_all_in_cards(purchases: list[Node], groups: list[Group]) -> bool:
    cards = sorted((node.at, node.at + node.size) for group in groups for node in group)
    starts = [start for start, _ in cards]
    ends = list(accumulate((end for _, end in cards), max))
    # Of all cards that begin before it, one ends behind it.
    return all((n := bisect_right(starts, one.at)) and one.at < ends[n - 1] for one in purchases)


def _is_labelled_results(card: Node) -> bool:
    return any(
        RESULTS.search(" ".join([element.get(key) or "" for key in ("id", "class", "aria-label")]))
        for element in card.source.iterancestors()
        if element.tag not in ("body", "html")
    )


def _tell_apart(group: Group) -> None:
    """Cards of one title get the last step of their address too: it stays when the order changes."""
    alike: defaultdict[str, list[Card]] = defaultdict(list)
    for node in group:
        if node.card:
            alike[node.card.segment].append(node.card)
    for cards in alike.values():
        for card in cards if len(cards) > 1 else ():
            step = short_segment(last_step(card.title_link.attributes.get("href", "")) if card.title_link else "", 20)
            card.segment = "_".join(filter(None, (card.segment, step)))
