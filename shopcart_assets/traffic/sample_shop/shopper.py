"""The simulated shoppers' policy: the whole of it, so that the best possible prediction is known.

The next move depends on nothing but what the page shows and what the session has done so far: there is no hidden taste, goal
or mood. Hence for every moment the likeliest move, and its probability, are known exactly; no predictor can be expected to do
better. All numbers are probabilities in per cent of MOVES; what a page does not offer is left out and the rest scaled up to 100.

The first search is a product's name, each as likely; in TYPO_SHARE of the sessions two of its letters are exchanged. After that the
situation decides, the first of these that holds (s = searches so far, v = product pages seen since the last search):

    misspelt    no results
    bargain     product with 4.5 stars or more under $20
    tired       s >= 4
    product     any other product
    fresh       results, v = 0
    returned    results, v > 0

The moves of a situation (see MOVES for the numbers):

    suggestion  type what the page suggests: "Did you mean ...?", "Related: ...", "Goes well with ..."
    broaden     type the last word of the search box's text
    open_first  click the first product whose page was not opened in this session;  open_other: one of the others, each as likely
    filter      check one of the boxes that are not checked, each as likely;  next: the next page of results
    buy, list, back, related: the product page's buttons and links (related: each as likely; list only once a product)
    close       close the window

From the 20th action on the window is closed. The numbers are fitted to the paper's figures: 7.25 actions and 2.82 searches a
session, 13.9 % purchases, 7.0 searches for each click on a filter (tests/traffic/sample_shop/test_shopper.py keeps it so).
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from shopcart_assets.traffic.sample_shop.catalogue import Product, misspell
from shopcart_assets.traffic.sample_shop.views import (
    CLOSE,
    Move,
    ProductView,
    ResultsView,
    Shop,
    View,
    click,
    search,
    unchecked,
)

TYPO_SHARE = 0.22
TIRED_AFTER_SEARCHES = 4
MAX_ACTIONS = 20

MOVES: Mapping[str, Mapping[str, float]] = {
    "misspelt": {"suggestion": 84, "close": 16},
    "fresh": {"open_first": 58, "open_other": 5, "filter": 11, "next": 3, "suggestion": 16, "broaden": 3, "close": 4},
    "returned": {"suggestion": 56, "open_first": 13, "filter": 11, "next": 4, "broaden": 3, "close": 13},
    "bargain": {"buy": 65, "back": 11, "list": 8, "suggestion": 8, "close": 8},
    "product": {"back": 50, "suggestion": 26, "related": 6, "list": 7, "buy": 1, "close": 10},
    "tired": {"close": 58, "open_first": 20, "back": 16, "buy": 1, "suggestion": 13, "filter": 6},
}


@dataclass(frozen=True)
class History:
    """What the session has done so far, as far as the policy looks at it."""

    n_actions: int = 0
    n_searches: int = 0
    n_opened_since_search: int = 0
    opened: frozenset[str] = frozenset()

    def after(self, move: Move, view: View | None) -> "History":
        """The history once `move` has led to `view` (None where it ended the session)."""
        n_actions = self.n_actions + 1
        if move.event_type == "submit":
            return History(n_actions, self.n_searches + 1, 0, self.opened)
        if isinstance(view, ProductView) and view.product.sku not in self.opened:
            return History(n_actions, self.n_searches, self.n_opened_since_search + 1, self.opened | {view.product.sku})
        return replace(self, n_actions=n_actions)


@dataclass(frozen=True)
class Step:
    """One action of a session: what was seen (None before the first search), what was done, what was likeliest.

    `situation` and `wish` are the row and the column of MOVES that `move` came from; before the first search, `start` and `first`.
    """

    view: View | None
    move: Move
    optimal: Move
    probability: float
    situation: str
    wish: str


def situation(view: View, history: History) -> str:
    """The row of MOVES that holds here."""
    if isinstance(view, ResultsView) and not view.cards:
        return "misspelt"
    if isinstance(view, ProductView) and view.product.is_bargain:
        return "bargain"
    if history.n_searches >= TIRED_AFTER_SEARCHES:
        return "tired"
    if isinstance(view, ProductView):
        return "product"
    return "returned" if history.n_opened_since_search else "fresh"


def moves(view: View, history: History) -> dict[Move, float]:
    """Every move that the policy can make here with its probability; they sum to 1."""
    if history.n_actions >= MAX_ACTIONS - 1:
        return {CLOSE: 1.0}
    offered = _offered(view, history)
    weights: dict[Move, float] = {}
    for name, weight in MOVES[situation(view, history)].items():
        for move in offered.get(name, []):
            weights[move] = weights.get(move, 0.0) + weight / len(offered[name])
    total = sum(weights.values())
    return {move: weight / total for move, weight in weights.items()}


def wish(view: View, history: History, move: Move) -> str:
    """The name in MOVES that a move of `moves` goes by; of two names for the same move, the likelier one."""
    offered = _offered(view, history)
    row = MOVES[situation(view, history)]
    return max((name for name in row if move in offered.get(name, ())), key=row.__getitem__)


def _offered(view: View, history: History) -> dict[str, list[Move]]:
    offered = _results_moves(view, history) if isinstance(view, ResultsView) else _product_moves(view)
    return offered | {"suggestion": [search(view.suggestion)], "close": [CLOSE]}


def _results_moves(view: ResultsView, history: History) -> dict[str, list[Move]]:
    unopened = [click(f"card:{i}") for i, card in enumerate(view.cards) if card.sku not in history.opened]
    return {
        "open_first": unopened[:1],
        "open_other": unopened[1:],
        "filter": [click(f"filter:{i}") for i in unchecked(view)],
        "next": [click("next")] if view.has_next else [],
        "broaden": [search(view.query.split()[-1])] if " " in view.query else [],
    }


def _product_moves(view: ProductView) -> dict[str, list[Move]]:
    return {
        "buy": [click("buy")],
        "back": [click("back")],
        "related": [click(f"related:{i}") for i in range(len(view.related))],
        "list": [] if view.is_listed else [click("list")],
    }


def first_searches(products: Mapping[str, Product]) -> tuple[Move, float]:
    """The likeliest first move and its probability: every correct name is as likely, the first in the catalogue stands for all."""
    return search(next(iter(products))), (1 - TYPO_SHARE) / len(products)


def walk(shop: Shop, rng: random.Random) -> Iterator[Step]:
    """One session: from the first search to the purchase or the closed window."""
    query = rng.choice(list(shop.catalogue.products))
    move = search(misspell(query, rng) if rng.random() < TYPO_SHARE else query)
    yield Step(None, move, *first_searches(shop.catalogue.products), "start", "first")
    view: View = shop.results(move.text or "")
    history = History().after(move, view)
    while True:
        chances = moves(view, history)
        move = rng.choices(list(chances), list(chances.values()))[0]
        optimal = max(chances, key=lambda one: chances[one])
        yield Step(view, move, optimal, chances[optimal], situation(view, history), wish(view, history, move))
        if is_last(move):
            return
        view = shop.follow(view, move)
        history = history.after(move, view)


def is_last(move: Move) -> bool:
    """Whether the session ends with this move: a purchase or a closed window."""
    return move == CLOSE or move == click("buy")
