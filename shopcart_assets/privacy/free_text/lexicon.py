"""Which words are names of people: lists of given and family names, and those of them that are ordinary words too.

Only look-up by word. What makes a name of a word in its sentence belongs to people.py; sources and licences stand in the lists.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ß": "ss"})
_PARTS = re.compile(r"[^\W\d_]+")
_MIN_PART = 3  # letters: the O of O'Connor is no name


def fold(word: str) -> str:
    """A word as the lists have it.

    >>> fold("Małgorzata"), fold("Jürgen")
    ('malgorzata', 'jurgen')
    """
    folded = word.casefold().translate(_LETTERS)
    if folded.isascii():
        return folded
    return "".join(letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))


@dataclass(frozen=True)
class Lexicon:
    """All words folded."""

    given: frozenset[str]
    family: frozenset[str]
    words: frozenset[str]
    lone: frozenset[str]

    def is_given(self, word: str) -> bool:
        """Whether the word, or with hyphens each part of it, is a given name.

        >>> load_lexicon().is_given("Jean-Luc"), load_lexicon().is_given("Kitchen")
        (True, False)
        """
        parts = _PARTS.findall(fold(word))
        return bool(parts) and all(part in self.given for part in parts)

    def is_family(self, word: str) -> bool:
        """Whether the word is a family name, or the longer part of one with an apostrophe or a hyphen.

        >>> load_lexicon().is_family("O'Connor"), load_lexicon().is_family("Waterproof")
        (True, False)
        """
        parts = [part for part in _PARTS.findall(fold(word)) if len(part) >= _MIN_PART]
        return any(part in self.family for part in parts) or "".join(_PARTS.findall(fold(word))) in self.family

    def is_word(self, word: str) -> bool:
        """Whether a name is an ordinary word too.

        >>> load_lexicon().is_word("Rose"), load_lexicon().is_word("Latoya")
        (True, False)
        """
        return fold(word) in self.words

    def is_lone(self, word: str) -> bool:
        """Whether the word is a given name and nothing else, so that by itself it is somebody where people write.

        >>> load_lexicon().is_lone("Siobhán"), load_lexicon().is_lone("Rose"), load_lexicon().is_lone("Bosch")
        (True, False, False)
        """
        parts = [fold(part) for part in word.split("-")]
        return "-".join(parts) in self.lone or (
            len(parts) > 1 and all(part in self.given for part in parts) and any(part in self.lone for part in parts)
        )


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lists that come with the package."""
    return Lexicon(*map(_read, ("given_names.txt", "family_names.txt", "name_words.txt", "lone_names.txt")))


def _read(name: str) -> frozenset[str]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
