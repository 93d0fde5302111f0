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

_LEFT, _RIGHT = r"(?<![^\W_])", r"(?=(?:['’]?s)?(?![^\W_]))"  # a possessive stays: ann's, anns-list
_HANDLE_END = r"(?=\d*(?![^\W_]))"  # ann.lee88
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})
_MIN_PART = 3  # letters
_MIN_DIGITS = 7
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
        first, last = words[0], words[-1]
        yield _form(kind, value, _LEFT + r"[\W_]{0,3}".join(map(_spellings, words)) + _RIGHT_OR_HANDLE, words)
        yield _form(kind, value, f"{_LEFT}{_spellings(last)}[\\W_]{{1,3}}{_spellings(first)}{_RIGHT}", [last, first])
        if len(words) > 2:
            yield _form(
                kind,
                value,
                f"{_LEFT}{_spellings(first)}[\\W_]{{0,3}}{_spellings(last)}{_RIGHT_OR_HANDLE}",
                [first, last],
            )
        yield from _initials(kind, value, first, last)
    yield from (
        _form(kind, word, _LEFT + _spellings(word) + _RIGHT, [word], is_weak=True)
        for word in words
        if _n_letters(word) >= _MIN_PART
    )


def _initials(kind: Kind, value: str, first: str, last: str) -> Iterator[Form]:
    """A. Lee, alee, a.lee88, Ann L., annl88. Without its dot an initial before a word may be an article: `a brown sofa`."""
    if _n_letters(last) >= _MIN_PART:
        yield _form(kind, value, rf"{_LEFT}{re.escape(first[0])}(?:\.\s?|[._]?){_spellings(last)}{_HANDLE_END}", [last])
    if _n_letters(first) >= _MIN_PART:
        yield _form(
            kind,
            value,
            rf"{_LEFT}{_spellings(first)}(?:\s{re.escape(last[0])}\.|[._]?{re.escape(last[0])}{_HANDLE_END})",
            [first],
        )


def _streets(kind: Kind, value: str) -> Iterator[Form]:
    words = re.findall(r"[^\W_]+", value)
    if (
        len(words) > 1
        and any(word.isdecimal() for word in words)
        and any(_n_letters(word) >= _MIN_PART for word in words)
    ):
        yield _form(kind, value, _LEFT + r"[\W_]{1,3}".join(map(_spellings, words)) + r"(?![^\W_])", words)


def _cities(kind: Kind, value: str) -> Iterator[Form]:
    words = value.split()
    if words and _n_letters(value) >= _MIN_PART and not any(map(str.isdigit, value)):
        yield _form(kind, value, _LEFT + r"[\W_]{1,3}".join(map(_spellings, words)) + _RIGHT, words, is_weak=True)


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
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", value):
        yield _form(kind, value, rf"(?<![\w.+-]){re.escape(value)}(?![\w-])", [value.split("@")[0]])


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


def _spellings(word: str) -> str:
    """The word with and without its accents, its inner punctuation as it may be.

    >>> _spellings("Müller")
    '(?:müller|muller|mueller)'
    """
    folded = word.casefold()
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))
    forms = dict.fromkeys((word.lower(), bare, folded.translate(_GERMAN)))
    return "(?:" + "|".join(r"[\W_]?".join(map(re.escape, re.findall(r"[^\W_]+", form))) for form in forms) + ")"


def _is_name_word(word: str) -> bool:
    return re.fullmatch(r"[^\W\d_]+(?:['’.-][^\W\d_]*)*", word) is not None


def _n_letters(word: str) -> int:
    return sum(map(str.isalpha, word))
