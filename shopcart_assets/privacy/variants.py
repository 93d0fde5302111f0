"""The forms in which a value of the user may stand elsewhere: parts, initials, slugs, other cases and spellings, digits only.

A form is a pattern over decoded text (decoding.py), so that percent, JSON and entity escapes need none of their own. Where a form
may be replaced belongs to gazetteer.py.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from shopcart_assets.privacy.rules import Kind
from shopcart_assets.privacy.spellings import misspelt, slug_spellings, spellings, street_spellings, street_stem

_LEFT, _RIGHT = r"(?<![^\W_])", r"(?=(?:['’]?s)?(?![^\W_]))"  # a possessive stays: ann's, anns-list
_HANDLE_END = r"(?=\d*(?![^\W_]))"  # ann.lee88
_MIN_PART = 3  # letters
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
        "le",
        "van",
        "von",
        "zu",
        "y",
        "e",
        "bin",
        "al",
    ]
)
"""Words of a name that are no name by themselves."""
_MIN_DIGITS = 7
_MIN_HANDLE = 6
_AT, _DOT = (rf"\s?[\[({{]?\s?(?:{sign})\s?[\])}}]?\s?" for sign in ("@|at", r"\.|dot"))
_MOST_NAME_WORDS = 5


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


def forms_of(kind: Kind, value: str) -> tuple[Form, ...]:
    """All forms of a value, the fullest first; none where it is too short or too odd to be looked for elsewhere.

    >>> [form.is_weak for form in forms_of("name", "Ann Lee")]
    [False, False, False, False, True, True]
    >>> forms_of("name", "Mom of 3"), forms_of("postcode", "12")
    ((), ())
    """
    plain = " ".join(unicodedata.normalize("NFKC", value).split())
    maker = _MAKERS.get(kind)
    return tuple(maker(kind, plain)) if maker else ()


def _names(kind: Kind, value: str) -> Iterator[Form]:
    words = value.split()
    if not 1 <= len(words) <= _MOST_NAME_WORDS or any(not _is_name_word(word) for word in words):
        return
    if len(words) > 1:
        first, rest, last = words[0], words[1:], words[-1]
        yield _form(kind, value, _LEFT + r"[\W_]{0,3}".join(map(slug_spellings, words)) + _RIGHT_OR_HANDLE, words)
        yield from (
            _form(kind, value, _LEFT + r"[\W_]{1,3}".join(map(spellings, turned)) + _RIGHT, turned)
            for turned in ([*rest, first], [last, first])[: len(rest)]  # the longer one first: `da Silva, Ann`
        )
        if len(words) > 2:
            ends = f"{_LEFT}{spellings(first)}[\\W_]{{0,3}}{spellings(last)}{_RIGHT_OR_HANDLE}"
            yield _form(kind, value, ends, [first, last])
        yield from _initials(kind, value, first, rest)
        yield from _with_a_mistake(kind, value, words, spellings, r"[\W_]{1,3}")
    yield from (
        _form(kind, word, _LEFT + spellings(word) + _RIGHT, [word], is_weak=True)
        for word in words
        if _n_letters(word) >= _MIN_PART and word.lower() not in PARTICLES
    )


def _initials(kind: Kind, value: str, first: str, rest: list[str]) -> Iterator[Form]:
    """A. Lee, alee, a.lee88, Ann L., annl88. Without its dot an initial before a word may be an article: `a brown sofa`."""
    last = rest[-1]
    for words in ([last], rest)[: len(rest)]:
        if _n_letters(last) >= _MIN_PART:
            whole = r"[\W_]{1,3}".join(map(spellings, words))
            yield _form(kind, value, rf"{_LEFT}{re.escape(first[0])}(?:\.\s?|[._]?){whole}{_HANDLE_END}", words)
    if _n_letters(first) >= _MIN_PART:
        yield _form(
            kind,
            value,
            rf"{_LEFT}{spellings(first)}(?:\s{re.escape(last[0])}\.|[._]?{re.escape(last[0])}{_HANDLE_END})",
            [first],
        )


def _with_a_mistake(kind: Kind, value: str, words: list[str], write: Callable[[str], str], gap: str) -> Iterator[Form]:
    """The words one of which is misspelt: the others say that no other word is meant."""
    for place, word in enumerate(words):
        others = [other for n, other in enumerate(words) if n != place]
        if (wrong := misspelt(word)) and max(map(_n_letters, others)) >= _MIN_PART:
            pattern = gap.join(wrong if n == place else write(other) for n, other in enumerate(words))
            yield _form(kind, value, _LEFT + pattern + _RIGHT, others)


def _streets(kind: Kind, value: str) -> Iterator[Form]:
    """With the house number before or behind, the words for street and direction shortened."""
    words = re.findall(r"[^\W_]+", value)
    if not any(word.isdecimal() for word in words) or not any(_n_letters(word) >= _MIN_PART for word in words):
        return
    stems = list(filter(None, map(street_stem, words)))
    write = (
        street_spellings if any(_n_letters(stem) > 1 for stem in stems) else spellings
    )  # what is shortened needs an anchor
    for order in _orders(words):
        pattern = r"[\W_]{1,3}".join(map(write, order))
        yield _form(kind, value, _LEFT + pattern + r"(?![^\W_])", stems if write is street_spellings else words)
    yield from _with_a_mistake(kind, value, words, spellings, r"[\W_]{1,3}")


def _orders(words: list[str]) -> list[list[str]]:
    turned = (
        [[*words[1:], words[0]]]
        if words[0].isdecimal()
        else [[words[-1], *words[:-1]]]
        if words[-1].isdecimal()
        else []
    )
    return [words, *turned]


def _cities(kind: Kind, value: str) -> Iterator[Form]:
    words = value.split()
    if words and _n_letters(value) >= _MIN_PART and not any(map(str.isdigit, value)):
        yield _form(kind, value, _LEFT + r"[\W_]{1,3}".join(map(spellings, words)) + _RIGHT, words, is_weak=True)


def _postcodes(kind: Kind, value: str) -> Iterator[Form]:
    words = re.findall(r"[^\W_]+", value)
    if any(map(str.isdigit, value)) and len("".join(words)) >= 4:
        pattern = r"(?<![\w$€£,-])(?<!\d\.)" + r"[\W_]?".join(map(re.escape, words)) + r"(?:-\d{4})?(?![\w-]|[.,]\d)"
        yield _form(kind, value, pattern, words, is_weak=True)


def _phones(kind: Kind, value: str) -> Iterator[Form]:
    """With and without the country's code and the leading zero, by its digits."""
    core = "".join(filter(str.isdecimal, value)).lstrip("0")
    if value.startswith("+"):
        import phonenumbers  # 80 ms; few users have typed a number

        try:
            core = str(phonenumbers.parse(value, None).national_number)
        except phonenumbers.NumberParseException:
            return
    if len(core) >= _MIN_DIGITS:
        prefix = r"(?:\+?\d{1,3}\W{0,3})?(?:\(?0\)?\W{0,2})?\(?"
        yield _form(kind, value, rf"(?<!\d){prefix}" + r"\W{0,3}".join(core) + r"(?!\d)", [])


def _numbers(kind: Kind, value: str) -> Iterator[Form]:
    characters = re.findall(r"[^\W_]", value)
    if sum(map(str.isdigit, characters)) >= _MIN_DIGITS:
        yield _form(kind, value, _LEFT + r"[\W_]{0,2}".join(map(re.escape, characters)) + r"(?![^\W_])", [])


def _emails(kind: Kind, value: str) -> Iterator[Form]:
    """As it is, as people write it for people, `ann.lee (at) example dot com`, and what stands before its at sign if that is no word."""
    if not (match := re.fullmatch(r"([^@\s]+)@([^@\s]+\.\w+)", value)):
        return
    local = _DOT.join(map(re.escape, match[1].split(".")))
    domain = _DOT.join(map(re.escape, match[2].split(".")))
    yield _form(kind, value, rf"(?<![\w.+-]){local}(?:\+[\w.-]+)?{_AT}{domain}(?![\w-])", [match[1]])
    if len(match[1]) >= _MIN_HANDLE and re.search(r"[a-z][^a-z]+\w", match[1], re.IGNORECASE):
        yield _form(kind, value, rf"(?<![\w.+-]){re.escape(match[1])}(?![\w@-]|\.\w)", [match[1]])


_RIGHT_OR_HANDLE = rf"(?:{_RIGHT}|{_HANDLE_END})"
_MAKERS: dict[Kind, Callable[[Kind, str], Iterator[Form]]] = {
    "name": _names,
    "street": _streets,
    "city": _cities,
    "postcode": _postcodes,
    "phone": _phones,
    "email": _emails,
    **dict.fromkeys(("card", "order", "account", "iban"), _numbers),
}


def _form(kind: Kind, value: str, pattern: str, words: list[str], is_weak: bool = False) -> Form:
    return Form(kind, value, pattern, anchors(max(words, key=len)) if words else (), is_weak)


def anchors(word: str) -> tuple[str, ...]:
    """A run of ASCII letters or digits that stands in every text that holds the word, however spelt; empty where it has none.

    >>> anchors("Jürgen"), anchors("O'Connor"), anchors("Üç")
    (('rgen',), ('connor',), ('',))
    """
    runs = re.findall(r"[a-z0-9]+", word.lower())
    longest = max(runs, key=len, default="")
    return (longest,) if len(longest) > 1 else ("",)


def _is_name_word(word: str) -> bool:
    return re.fullmatch(r"[^\W\d_]+(?:['’.-][^\W\d_]*)*", word) is not None


def _n_letters(word: str) -> int:
    return sum(map(str.isalpha, word))
