"""How people write a value when they do not write it as their shop does: reordered, shortened, mistyped, without accents.

Only spellings for planting. Escapes of addresses and JSON belong to templates.py; none of this is shared with the scrubber.
"""

import unicodedata
from collections.abc import Callable
from typing import Literal

FormName = Literal["as_is", "last_first", "initial", "typo", "transliterated", "digits", "abbreviated"]
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ł": "l", "Ł": "L"}
)
_SHORT = {
    "street": "St.", "avenue": "Ave.", "road": "Rd", "lane": "Ln", "drive": "Dr.", "boulevard": "Blvd", "court": "Ct",
    "place": "Pl.", "calle": "C/", "avenida": "Av.", "ulica": "ul.", "north": "N", "west": "W",
}  # fmt: skip
_MIN_TYPO = 6  # letters: a shorter word mistyped is another word


def write(value: str, form: FormName) -> str:
    """The value in a form; as it is where the form does not apply to it.

    >>> [write("Ann Zebroski", form) for form in ("last_first", "initial", "typo")]
    ['Zebroski, Ann', 'A. Zebroski', 'Ann Zebroki']
    >>> write("Jürgen Böhm", "transliterated"), write("(212) 664-7665", "digits"), write("Hauptstraße 5", "abbreviated")
    ('Juergen Boehm', '2126647665', 'Hauptstr. 5')
    """
    return _WRITERS[form](value)


def _last_first(value: str) -> str:
    first, _, last = value.partition(" ")
    return f"{last}, {first}" if last else value


def _initial(value: str) -> str:
    first, _, last = value.partition(" ")
    return f"{first[0]}. {last}" if last else value


def _typo(value: str) -> str:
    """Without a letter in the middle of the longest word."""
    word = max(value.split(), key=len)
    middle = len(word) // 2 + 1
    return value.replace(word, word[:middle] + word[middle + 1 :], 1) if len(word) >= _MIN_TYPO else value


def _transliterated(value: str) -> str:
    plain = unicodedata.normalize("NFKD", value.translate(_UMLAUTS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _digits(value: str) -> str:
    return "".join(filter(str.isdecimal, value))


def _abbreviated(value: str) -> str:
    return " ".join(_short(word) for word in value.split())


def _short(word: str) -> str:
    if word.lower().endswith("straße"):
        return word[: -len("straße")] + ("Str." if word[0] == "S" and len(word) == len("straße") else "str.")
    return _SHORT.get(word.lower(), word)


_WRITERS: dict[FormName, Callable[[str], str]] = {
    "as_is": str,
    "last_first": _last_first,
    "initial": _initial,
    "typo": _typo,
    "transliterated": _transliterated,
    "digits": _digits,
    "abbreviated": _abbreviated,
}
