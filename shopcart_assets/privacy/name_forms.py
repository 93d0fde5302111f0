"""The forms of a person's name: whole and turned, parts and initials, slugs and handles, with a mistake, beside what is gone already."""

import re
from collections.abc import Iterator

from shopcart_assets.privacy.forms import LEFT, MIN_PART, RIGHT, Form, form, n_letters, with_a_mistake
from shopcart_assets.privacy.rules import Kind
from shopcart_assets.privacy.spellings import loose_spellings, slug_spellings, spellings

PARTICLES = frozenset(
    [
        "de",
        "da",
        "di",
        "do",
        "dos",
        "du",
        "del",
        "della",
        "der",
        "den",
        "la",
        "las",
        "le",
        "lo",
        "los",
        "van",
        "von",
        "zu",
        "y",
        "e",
        "i",
        "ó",
        "bin",
        "al",
        "af",
        "ten",
        "ter",
        "'t",
        "in",
    ]
)
"""Words of a name that are no name by themselves."""
_NAMED = r"\[NAME_[0-9A-F]{4}\]"
_BEHIND_NAMED = rf"(?:(?<={_NAMED}[\W_])|(?<={_NAMED}[\W_]{{2}}))"
_HANDLE_END = r"(?=\d*(?![^\W_]))"  # ann.lee88
_DIGITS_END = r"(?=\d+(?![^\W_]))"
_MIN_HANDLE = 6  # letters
_RIGHT_OR_HANDLE = rf"(?:{RIGHT}|{_HANDLE_END})"
_SHORT_RIGHT = r"(?=(?:['’]s)?(?![^\W_]))"  # this is no Thi's
_MOST_NAME_WORDS = 7


def name_forms(kind: Kind, value: str) -> Iterator[Form]:
    """All forms of a name, the fullest first; none where it is no name of a person by its words."""
    words = value.split()
    if not 1 <= len(words) <= _MOST_NAME_WORDS or any(not _is_name_word(word) for word in words):
        return
    is_family = sum(word.lower() not in PARTICLES for word in words) == 1
    if is_family and len(words) > 1:  # van der Meulen: a family name by itself, which goods may have too
        yield form(kind, value, LEFT + r"[\W_]{1,3}".join(map(spellings, words)) + RIGHT, words, is_weak=True)
    elif len(words) > 1:
        first, rest, last = words[0], words[1:], words[-1]
        yield form(kind, value, LEFT + r"[\W_]{0,3}".join(map(slug_spellings, words)) + _RIGHT_OR_HANDLE, words)
        yield from (
            form(kind, value, LEFT + r"[\W_]{1,3}".join(map(spellings, turned)) + RIGHT, turned)
            for turned in ([*rest, first], [last, first])[: len(rest)]  # the longer one first: `da Silva, Ann`
        )
        if len(words) > 2:
            ends = f"{LEFT}{spellings(first)}[\\W_]{{0,3}}{spellings(last)}{_RIGHT_OR_HANDLE}"
            yield form(kind, value, ends, [first, last])
        yield from beside_a_placeholder(kind, value, words)
        yield from _before_what_is_gone(kind, value, words)
        yield from _initials(kind, value, first, rest)
        yield from with_a_mistake(kind, value, words, spellings, r"[\W_]{1,3}")
    yield from (
        form(
            kind,
            word,
            LEFT + spellings(word) + (RIGHT if n_letters(word) > MIN_PART else _SHORT_RIGHT),
            [word],
            is_weak=True,
        )
        for word in words
        if n_letters(word) >= MIN_PART and word.lower() not in PARTICLES
    )


def beside_a_placeholder(kind: Kind, value: str, words: list[str]) -> Iterator[Form]:
    """What is left of a value, for whoever looked before and took some of its words for a name: `Santa [NAME_7F3A]`."""
    for cut in range(1, len(words)):
        left, right = (r"[\W_]{1,3}".join(map(loose_spellings, part)) for part in (words[:cut], words[cut:]))
        yield form(kind, value, rf"{_BEHIND_NAMED}{right}{RIGHT}", words[cut:])
        yield form(kind, value, rf"{LEFT}{left}(?=[\W_]{_NAMED})", words[:cut])


def _before_what_is_gone(kind: Kind, value: str, words: list[str]) -> Iterator[Form]:
    """`Lee, [NAME_7F3A]`."""
    for cut in range(1, len(words)):
        right = r"[\W_]{1,3}".join(map(loose_spellings, words[cut:]))
        yield form(kind, value, rf"{LEFT}{right}(?=,\s?{_NAMED})", words[cut:])


def _initials(kind: Kind, value: str, first: str, rest: list[str]) -> Iterator[Form]:
    """A. Lee, a.lee88, alee88, Ann L., ann.l, annl88. Without its dot an initial before a word may be an article: `a brown sofa`.

    With neither sign nor digits only a long name is meant: Paul Earl is no pearl, and Jean Smith no jeans.
    """
    last = rest[-1]
    for words in ([last], rest)[: len(rest)]:
        if n_letters(last) >= MIN_PART:
            whole = r"[\W_]{1,3}".join(map(spellings, words))
            joined = _HANDLE_END if n_letters(last) >= _MIN_HANDLE else _DIGITS_END
            ends = rf"(?:(?:\.\s?|[._]){whole}{_HANDLE_END}|{whole}{joined})"
            yield form(kind, value, rf"{LEFT}{re.escape(first[0])}{ends}", words)
    if n_letters(first) >= MIN_PART:
        initial = re.escape(last[0])
        ends = rf"(?:\s{initial}\.|[._]{initial}{_HANDLE_END}|{initial}{_DIGITS_END})"
        yield form(kind, value, rf"{LEFT}{spellings(first)}{ends}", [first])


def _is_name_word(word: str) -> bool:
    return re.fullmatch(r"['’]?[^\W\d_]+(?:['’.-][^\W\d_]*)*", word) is not None
