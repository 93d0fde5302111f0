"""Made-up people with the data that shops hold of them, by seed. No page and no sentence: planting belongs to templates.py."""

import random
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from shopcart_assets.privacy.rules import Kind

SetName = Literal["development", "held_out"]
_WITHOUT_MARK = str.maketrans(
    {"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}
)
_DOMAINS = ("example.com", "example.org", "mail.example.net")


class Locale(BaseModel):
    """What a country's people are called and where they live; see `development/people_1.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    given: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    street: str
    cities: tuple[str, ...]
    postcode: str
    phone: tuple[str, ...]

    def with_more(self, other: "Locale") -> "Locale":
        """The same country with the people and places of another file."""
        lists = ("given", "family", "streets", "cities", "phone")
        both = {name: tuple(dict.fromkeys((*getattr(self, name), *getattr(other, name)))) for name in lists}
        return self.model_copy(update=both)


@dataclass(frozen=True)
class Person:
    """One person's data, each value as a shop would write it."""

    locale: str
    given: str
    family: str
    street: str
    city: str
    postcode: str
    phone: str
    email: str
    card: str
    order: str

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"

    def values(self) -> dict[str, tuple[Kind, str]]:
        """Field -> kind and value. The given name is an entity of its own: people sign with it."""
        fields: dict[str, Kind] = {"name": "name", "given": "name", "street": "street", "city": "city"}
        fields |= {"postcode": "postcode", "phone": "phone", "email": "email", "card": "card", "order": "order"}
        return {field: (kind, getattr(self, field)) for field, kind in fields.items()}


def data_files(stem: str, set_name: SetName) -> list[dict[str, Any]]:
    """What the files of a set say: the held-out set has one of each kind, development those that once were held out too."""
    files = sorted((Path(__file__).parent / set_name).glob(f"{stem}*.yaml"))
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]


@lru_cache(maxsize=2)
def locales(set_name: SetName = "development") -> dict[str, Locale]:
    """Locale code -> what its people are made of."""
    found: dict[str, Locale] = {}
    for told in data_files("people", set_name):
        for code, one in told.items():
            locale = Locale.model_validate(one)
            found[code] = found[code].with_more(locale) if code in found else locale
    return found


def make_person(rng: random.Random, set_name: SetName = "development") -> Person:
    """A person of a random locale; the same state of `rng` makes the same person."""
    code = rng.choice(sorted(locales(set_name)))
    locale = locales(set_name)[code]
    given, family = rng.choice(locale.given), rng.choice(locale.family)
    handle = ".".join(plain_letters(part) for part in (given, family))
    return Person(
        code,
        given,
        family,
        locale.street.format(n=rng.randint(2, 999), street=rng.choice(locale.streets)),
        rng.choice(locale.cities),
        _filled(locale.postcode, rng),
        _filled(rng.choice(locale.phone), rng),
        f"{handle}{rng.choice(['', rng.randint(50, 99)])}@{rng.choice(_DOMAINS)}",
        _card(rng),
        _filled("11#-#######-#######", rng),
    )


def plain_letters(name: str) -> str:
    """A name as addresses write it: ASCII letters in lower case.

    >>> plain_letters("Jürgen d'Aubigny"), plain_letters("Łukasz")
    ('jurgendaubigny', 'lukasz')
    """
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name.lower().translate(_WITHOUT_MARK))
        if letter.isascii() and letter.isalpha()
    )


def _filled(shape: str, rng: random.Random) -> str:
    """The shape with its digits drawn; a `+` at the beginning is the sign itself."""
    draw = {"#": "0123456789", "+": "23456789"}
    letters = [
        rng.choice(draw[one]) if one in draw and (place or one == "#") else one for place, one in enumerate(shape)
    ]
    return "".join(letters)


def _card(rng: random.Random) -> str:
    """A number of the Visa range with its check digit, in groups of four."""
    digits = [4, *(rng.randint(0, 9) for _ in range(14))]
    doubled = [digit if place % 2 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits)]
    number = "".join(map(str, [*digits, -sum(doubled) % 10]))
    return " ".join(number[start : start + 4] for start in range(0, 16, 4))
