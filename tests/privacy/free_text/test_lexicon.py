"""The lists of names: whose names they know, and what they say of themselves."""

from pathlib import Path

import pytest

from shopcart_assets.privacy.free_text import lexicon
from shopcart_assets.privacy.free_text.lexicon import fold, load_lexicon

LISTS = ("given_names", "family_names", "name_words")


@pytest.mark.parametrize(
    "name", ["Emily", "Jürgen", "Océane", "Íñigo", "Małgorzata", "Giancarlo", "Priya", "Åsa", "Jean-Luc", "Ольга"]
)
def test_given_names_of_many_countries_are_known(name: str) -> None:
    assert load_lexicon().is_given(name)


@pytest.mark.parametrize(
    "name", ["Smith", "Müller", "Lefèvre", "Muñoz", "O'Connor", "Kowalski", "Nguyen", "Bergström", "Esposito"]
)
def test_family_names_too(name: str) -> None:
    assert load_lexicon().is_family(name)


@pytest.mark.parametrize("word", ["Kitchen", "Waterproof", "Charger", "Amazon", "12", ""])
def test_goods_are_no_given_names(word: str) -> None:
    assert not load_lexicon().is_given(word)


def test_a_name_that_is_a_word_says_so() -> None:
    assert all(map(load_lexicon().is_word, ("Rose", "Grant", "BROWN")))
    assert not any(map(load_lexicon().is_word, ("Latoya", "Müller")))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_names_its_source_and_holds_folded_words_in_order_once(name: str) -> None:
    text = (Path(lexicon.__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    words = [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]
    assert "# Source" in text.splitlines()[1]
    assert words == sorted(set(words)) and all(fold(word) == word for word in words)
