"""What a shopper sees, as values: a results page or a product page, and which page follows a move. No HTML, no chance.

A view is everything that the shopper's policy may look at besides the session's own history; `pages` renders the same values.
"""

from dataclasses import dataclass, replace
from typing import Literal

from shopcart_assets.traffic.sample_shop.catalogue import FILTERS, Catalogue, Product


@dataclass(frozen=True)
class ResultsView:
    """A page of search results. Without cards it says "Did you mean <suggestion>?", with cards "Related: <suggestion>"."""

    query: str
    cards: tuple[Product, ...]
    suggestion: str
    checked: frozenset[int] = frozenset()
    page_number: int = 1
    has_next: bool = False


@dataclass(frozen=True)
class ProductView:
    """A product's own page. `query` stands in its search box; `suggestion` is what it goes with."""

    query: str
    product: Product
    related: tuple[Product, ...]
    suggestion: str
    back: ResultsView
    is_listed: bool = False


View = ResultsView | ProductView


@dataclass(frozen=True)
class Move:
    """What a shopper can do: `submit` the search box with `text`, `click` the element `ref`, or `close` the window.

    Refs: `search`, `card:<i>`, `filter:<i>`, `next` on a results page; `search`, `buy`, `list`, `back`, `related:<i>` on a
    product page; i counts from 0.
    """

    event_type: Literal["submit", "click", "close"]
    ref: str | None = None
    text: str | None = None


CLOSE = Move("close")


def search(text: str) -> Move:
    """Type `text` into the search box and press Enter."""
    return Move("submit", "search", text)


def click(ref: str) -> Move:
    """Click on the element."""
    return Move("click", ref)


class Shop:
    """One catalogue behind pages of `n_results` cards."""

    def __init__(self, catalogue: Catalogue, n_results: int) -> None:
        self.catalogue = catalogue
        self.n_results = n_results

    def results(self, query: str, checked: frozenset[int] = frozenset(), page_number: int = 1) -> ResultsView:
        """The page that answers a search."""
        found = self.catalogue.search(query, checked)
        if not found:
            return ResultsView(query, (), self.catalogue.correction(query))
        cards = tuple(found[(page_number - 1) * self.n_results : page_number * self.n_results])
        related = self.catalogue.sibling(cards[0]).query
        return ResultsView(query, cards, related, checked, page_number, len(found) > page_number * self.n_results)

    def product(self, product: Product, back: ResultsView) -> ProductView:
        """The page of a product that was reached from the results `back`."""
        related = tuple(self.catalogue.related(product))
        return ProductView(back.query, product, related, self.catalogue.complement(product).query, back)

    def follow(self, view: View, move: Move) -> View:
        """The page that a move leads to. Raises ValueError for a move that ends the session or that the page does not offer."""
        if move.event_type == "submit" and move.text:
            return self.results(move.text)
        kind, _, position = (move.ref or "").partition(":")
        match view, kind:
            case ResultsView(), "card":
                return self.product(view.cards[int(position)], view)
            case ResultsView(), "filter":
                return self.results(view.query, view.checked | {int(position)})
            case ResultsView(), "next":
                return self.results(view.query, view.checked, view.page_number + 1)
            case ProductView(), "related":
                return self.product(view.related[int(position)], view.back)
            case ProductView(), "list":
                return replace(view, is_listed=True)
            case ProductView(), "back":
                return view.back
        raise ValueError(f"{move} leads nowhere on a {type(view).__name__}")


def unchecked(view: ResultsView) -> list[int]:
    """Positions of the filters that can still be checked."""
    return [position for position in range(len(FILTERS)) if position not in view.checked]
