"""One form of a value as a pattern over decoded text (decoding.py), and what forms of any kind share.

Percent, JSON and entity escapes need no form of their own. Which forms a value has belongs to variants.py and name_forms.py.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from shopcart_assets.privacy.rules import Kind
from shopcart_assets.privacy.spellings import misspelt

LEFT, RIGHT = r"(?<![^\W_])", r"(?=(?:['’]?s)?(?![^\W_]))"  # a possessive stays: ann's, anns-list
MIN_PART = 3  # letters


@dataclass(frozen=True)
class Form:
    """One pattern. `is_weak`: it may be a word of the trade too. `value` is what its placeholder is made of, `kind` of what."""

    kind: Kind
    value: str = field(repr=False)
    source: str = field(repr=False)
    anchors: tuple[str, ...] = field(repr=False)
    is_weak: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when a text holds an anchor: most forms of most users are never met."""
        return re.compile(self.source, re.IGNORECASE)


def form(kind: Kind, value: str, pattern: str, words: list[str], is_weak: bool = False) -> Form:
    """The form of a pattern that is searched for only where one of the `words` is: by its longest, as it is written."""
    return Form(kind, value, pattern, anchors(max(words, key=len)) if words else (), is_weak)


def with_a_mistake(kind: Kind, value: str, words: list[str], write: Callable[[str], str], gap: str) -> Iterator[Form]:
    """The words one of which is misspelt: the others say that no other word is meant."""
    for place, word in enumerate(words):
        others = [other for n, other in enumerate(words) if n != place]
        is_told = any(n_letters(other) >= MIN_PART or (other.isdecimal() and len(other) > 1) for other in others)
        if (wrong := misspelt(word)) and is_told:
            pattern = gap.join(wrong if n == place else write(other) for n, other in enumerate(words))
            yield form(kind, value, LEFT + pattern + RIGHT, others)


def anchors(word: str) -> tuple[str, ...]:
    """A run of ASCII letters or digits that stands in every text that holds the word, however spelt; empty where it has none.

    >>> anchors("Jürgen"), anchors("O'Connor"), anchors("Üç")
    (('rgen',), ('connor',), ('',))
    """
    runs = re.findall(r"[a-z0-9]+", word.lower())
    longest = max(runs, key=len, default="")
    return (longest,) if len(longest) > 1 else ("",)


def n_letters(word: str) -> int:
    """How many letters are in the word."""
    return sum(map(str.isalpha, word))
