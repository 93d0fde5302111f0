"""What the sample shop sells, and how its search answers. Pure values: no pages, no shoppers, no I/O.

A product is an adjective and a noun ("Steel Kettle"). Every noun comes in every adjective, and in every noun the same number
of products is well rated, cheap or both, so that what a shopper meets does not depend on the seed.
"""

import random
from dataclasses import dataclass

ADJECTIVES = [
    "Red",
    "Blue",
    "Green",
    "White",
    "Black",
    "Grey",
    "Pink",
    "Amber",
    "Steel",
    "Glass",
    "Oak",
    "Bamboo",
    "Cotton",
    "Linen",
    "Wool",
    "Leather",
    "Copper",
    "Ceramic",
    "Folding",
    "Compact",
    "Large",
    "Slim",
    "Travel",
    "Vintage",
]
NOUNS = ["Mug", "Teapot", "Kettle", "Lamp", "Desk", "Chair", "Rug", "Pillow", "Blanket", "Backpack", "Bottle", "Basket"]

CHEAP_USD = 20
WELL_RATED_STARS = 4.0
TOP_RATED_STARS = 4.5

# Of the 24 products of a noun: rating band in stars, price band in dollars, how many.
_BANDS = (
    ((4.5, 4.9), (8, 19), 2),
    ((4.5, 4.9), (24, 80), 5),
    ((4.0, 4.4), (8, 19), 4),
    ((4.0, 4.4), (24, 80), 6),
    ((3.1, 3.9), (8, 19), 3),
    ((3.1, 3.9), (24, 80), 4),
)


@dataclass(frozen=True)
class Product:
    """One thing on sale. `price_usd` is in whole dollars, `rating_stars` between 1 and 5 in tenths."""

    sku: str
    title: str
    price_usd: int
    rating_stars: float
    n_reviews: int

    @property
    def is_bargain(self) -> bool:
        """Top rated and cheap: what the simulated shoppers buy."""
        return self.rating_stars >= TOP_RATED_STARS and self.price_usd < CHEAP_USD

    @property
    def query(self) -> str:
        """The search that finds it first."""
        return self.title.lower()


FILTERS: tuple[tuple[str, str], ...] = (("Reviews", "4 stars & up"), ("Price", f"Under ${CHEAP_USD}"))
"""Heading and label of each check box, in the order of the page."""


def passes(product: Product, checked: frozenset[int]) -> bool:
    """Whether the product is left when the filters with these positions in FILTERS are checked."""
    return not (0 in checked and product.rating_stars < WELL_RATED_STARS) and not (
        1 in checked and product.price_usd >= CHEAP_USD
    )


class Catalogue:
    """All products of one seed, and the searches over them. Queries are lower case: `"steel kettle"` or `"kettle"`."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(f"catalogue-{seed}")
        self.seed = seed
        self.products = {product.query: product for noun in NOUNS for product in _range(noun, rng)}
        self._ranked: dict[str, list[Product]] = {}

    def search(self, query: str, checked: frozenset[int] = frozenset()) -> list[Product]:
        """The noun's products that pass the filters: the exact match first, then in an order of the query's own.

        Empty where the query names no noun of the shop, as a misspelt one does not.
        """
        if query not in self._ranked:
            self._ranked[query] = self._rank(query)
        return [product for product in self._ranked[query] if passes(product, checked)]

    def _rank(self, query: str) -> list[Product]:
        products = [product for known, product in self.products.items() if known.split()[-1] == query.split()[-1]]
        random.Random(f"rank-{self.seed}-{query}").shuffle(products)
        return sorted(products, key=lambda product: product.query != query)

    def correction(self, query: str) -> str:
        """What a search without results offers: the product whose letters are the query's; else the first of its noun."""
        letters = sorted(query)
        same = [known for known in self.products if sorted(known) == letters]
        return same[0] if same else self.search(query)[0].query

    def sibling(self, product: Product) -> Product:
        """The same thing in the next adjective: a results page's related search."""
        adjective, noun = product.title.split()
        return self._product(ADJECTIVES[(ADJECTIVES.index(adjective) + 1) % len(ADJECTIVES)], noun)

    def complement(self, product: Product) -> Product:
        """The next noun in the same adjective: what a product page says it goes with."""
        adjective, noun = product.title.split()
        return self._product(adjective, NOUNS[(NOUNS.index(noun) + 1) % len(NOUNS)])

    def related(self, product: Product, n: int = 2) -> list[Product]:
        """The `n` products that a search for this one finds next: links on a product page."""
        return self.search(product.query)[1 : n + 1]

    def _product(self, adjective: str, noun: str) -> Product:
        return self.products[f"{adjective} {noun}".lower()]


def _range(noun: str, rng: random.Random) -> list[Product]:
    """The noun in every adjective, ratings and prices dealt out by band."""
    adjectives = rng.sample(ADJECTIVES, len(ADJECTIVES))
    bands = [(stars, dollars) for stars, dollars, n in _BANDS for _ in range(n)]
    return [
        Product(
            sku=f"{noun[:2].upper()}{ADJECTIVES.index(adjective):02d}{rng.randrange(10**6):06d}",
            title=f"{adjective} {noun}",
            price_usd=rng.randint(*dollars),
            rating_stars=rng.randint(round(stars[0] * 10), round(stars[1] * 10)) / 10,
            n_reviews=rng.randint(12, 98),
        )
        for adjective, (stars, dollars) in zip(adjectives, bands, strict=True)
    ]


def misspell(query: str, rng: random.Random) -> str:
    """The query with two neighbouring, different letters of its last word exchanged.

    >>> misspell("red mug", random.Random(1))
    'red mgu'
    """
    *words, noun = query.split()
    k = rng.choice([k for k in range(1, len(noun) - 1) if noun[k] != noun[k + 1]])
    return " ".join([*words, noun[:k] + noun[k + 1] + noun[k] + noun[k + 2 :]])
