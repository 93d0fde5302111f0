import random

from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.traffic.sample_shop.catalogue import ADJECTIVES, NOUNS, Catalogue, misspell, passes

CATALOGUE = Catalogue(3)


def test_every_noun_has_the_same_share_of_bargains_whatever_the_seed() -> None:
    for seed in range(5):
        products = Catalogue(seed).products.values()
        bargains = [sum(p.is_bargain for p in products if p.title.endswith(noun)) for noun in NOUNS]
        assert bargains == [2] * len(NOUNS)


def test_a_search_finds_the_exact_product_first_and_keeps_to_the_filters() -> None:
    found = CATALOGUE.search("steel kettle")
    assert found[0].title == "Steel Kettle" and len(found) == len(ADJECTIVES)
    both = CATALOGUE.search("steel kettle", frozenset({0, 1}))
    assert both and all(
        passes(product, frozenset({0, 1})) and product.rating_stars >= 4 and product.price_usd < 20 for product in both
    )


@given(st.sampled_from(sorted(CATALOGUE.products)), st.integers())
def test_a_misspelt_query_finds_nothing_and_is_corrected_to_itself(query: str, seed: int) -> None:
    wrong = misspell(query, random.Random(seed))
    assert wrong != query and CATALOGUE.search(wrong) == [] and CATALOGUE.correction(wrong) == query
