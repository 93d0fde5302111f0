"""The forms in which a value of the user may stand elsewhere: other cases and spellings, parts, digits only, with a mistake.

Where a form may be replaced belongs to gazetteer.py, the forms of names to name_forms.py.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from shopcart_assets.privacy.forms import LEFT, MIN_PART, RIGHT, Form, anchors, form, n_letters, with_a_mistake
from shopcart_assets.privacy.name_forms import beside_a_placeholder, name_forms
from shopcart_assets.privacy.rules import Kind
from shopcart_assets.privacy.spellings import misspelt, spellings, street_spellings, street_stem

_MIN_DIGITS = 7
_MIN_HANDLE = 6
_AT, _DOT = (rf"\s?[\[({{]?\s?(?:{sign})\s?[\])}}]?\s?" for sign in ("@|at", r"\.|dot"))


def forms_of(kind: Kind, value: str) -> tuple[Form, ...]:
    """All forms of a value, the fullest first; none where it is too short or too odd to be looked for elsewhere.

    >>> [form.is_weak for form in forms_of("name", "Ann Lee")]
    [False, False, False, False, False, False, False, True, True]
    >>> forms_of("name", "Mom of 3"), forms_of("postcode", "12")
    ((), ())
    """
    plain = " ".join(unicodedata.normalize("NFKC", value).split())
    maker = _MAKERS.get(kind)
    return tuple(maker(kind, plain)) if maker else ()


def _streets(kind: Kind, value: str) -> Iterator[Form]:
    """With the house number before or behind, the words for street and direction shortened."""
    words = re.findall(r"[^\W_]+", value)
    if not any(word.isdecimal() for word in words) or not any(n_letters(word) >= MIN_PART for word in words):
        return
    stems = list(filter(None, map(street_stem, words)))
    write = (
        street_spellings if any(n_letters(stem) > 1 for stem in stems) else spellings
    )  # what is shortened needs an anchor
    for order in _orders(words):
        pattern = r"[\W_]{1,3}".join(map(write, order))
        yield form(kind, value, LEFT + pattern + r"(?![^\W_])", stems if write is street_spellings else words)
    yield from with_a_mistake(kind, value, words, spellings, r"[\W_]{1,3}")


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
    if words and n_letters(value) >= MIN_PART and not any(map(str.isdigit, value)):
        yield form(kind, value, LEFT + r"[\W_]{1,3}".join(map(spellings, words)) + RIGHT, words, is_weak=True)
        yield from beside_a_placeholder(kind, value, words)
        for place, word in enumerate(words):
            if wrong := misspelt(word):
                pattern = r"[\W_]{1,3}".join(wrong if n == place else spellings(other) for n, other in enumerate(words))
                others = [other for n, other in enumerate(words) if n != place]
                yield Form(
                    kind,
                    value,
                    LEFT + pattern + RIGHT,
                    anchors(max(others, key=len)) if others else (word[:3].lower(),),
                    is_weak=True,
                )


def _postcodes(kind: Kind, value: str) -> Iterator[Form]:
    words = re.findall(r"[^\W_]+", value)
    if any(map(str.isdigit, value)) and len("".join(words)) >= 4:
        pattern = r"(?<![\w$€£,-])(?<!\d\.)" + r"[\W_]?".join(map(re.escape, words)) + r"(?:-\d{4})?(?![\w-]|[.,]\d)"
        yield form(kind, value, pattern, words, is_weak=True)


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
        yield form(kind, value, rf"(?<!\d){prefix}" + r"\W{0,3}".join(core) + r"(?!\d)", [])


def _numbers(kind: Kind, value: str) -> Iterator[Form]:
    characters = re.findall(r"[^\W_]", value)
    if sum(map(str.isdigit, characters)) >= _MIN_DIGITS:
        yield form(kind, value, LEFT + r"[\W_]{0,2}".join(map(re.escape, characters)) + r"(?![^\W_])", [])


def _emails(kind: Kind, value: str) -> Iterator[Form]:
    """As it is, as people write it for people, `ann.lee (at) example dot com`, and what stands before its at sign if that is no word."""
    if not (match := re.fullmatch(r"([^@\s]+)@([^@\s]+\.\w+)", value)):
        return
    local = _DOT.join(map(re.escape, match[1].split(".")))
    domain = _DOT.join(map(re.escape, match[2].split(".")))
    yield form(kind, value, rf"(?<![\w.+-]){local}(?:\+[\w.-]+)?{_AT}{domain}(?![\w-])", [match[1]])
    if len(match[1]) >= _MIN_HANDLE and re.search(r"[a-z][^a-z]+\w", match[1], re.IGNORECASE):
        yield form(kind, value, rf"(?<![\w.+-]){re.escape(match[1])}(?![\w@-]|\.\w)", [match[1]])


_MAKERS: dict[Kind, Callable[[Kind, str], Iterator[Form]]] = {
    "name": name_forms,
    "street": _streets,
    "city": _cities,
    "postcode": _postcodes,
    "phone": _phones,
    "email": _emails,
    **dict.fromkeys(("card", "order", "account", "iban"), _numbers),
}
