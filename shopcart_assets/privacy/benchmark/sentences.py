"""The development set's sentences as examples for the model of names in sentences (free_text/context.py): with people in them, and without.

Who is planted where on pages belongs to plant.py.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lxml import html

from shopcart_assets.privacy.benchmark.people import Locale, data_files
from shopcart_assets.privacy.benchmark.templates import Template, Templates

_SLOT = "{v}"
_NAMES = ("name", "given")
_LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv")
_MOST_LINES = 4  # texts in one element of a template


@dataclass(frozen=True)
class Sentence:
    """A text, and where in it (`{v}`) somebody's name is to stand, or a street or a town; `source` is the set or the file that it is from."""

    text: str
    source: str
    is_typed: bool = False
    locales: tuple[str, ...] = ()
    fields: tuple[str, ...] = _NAMES

    @property
    def has_slot(self) -> bool:
        """Whether a value is to be drawn for it."""
        return _SLOT in self.text

    @property
    def has_person(self) -> bool:
        """Whether it is somebody's name that stands in it."""
        return self.has_slot and not set(_NAMES).isdisjoint(self.fields)

    def filled(self, people: Mapping[str, Locale], rng: random.Random) -> tuple[str, int, int]:
        """The text with a value drawn that fits it, and from where to where a name stands: 0 and 0 if none does."""
        start = self.text.find(_SLOT)
        if start < 0:
            return self.text, 0, 0
        field, value = _drawn(self, people, rng)
        value = value.lower() if self.is_typed and self.text.islower() else value
        text = self.text.replace(_SLOT, value, 1)
        return (text, start, start + len(value)) if field in _NAMES else (text, 0, 0)


def load_sentences() -> list[Sentence]:
    """Those of the templates of all development sets, and those that were written for fitting."""
    return [*_of_templates(), *_of_lists()]


@lru_cache(maxsize=1)
def load_people() -> dict[str, Locale]:
    """`<language>/<set>` -> the names of a set's people."""
    return {
        f"{code}/{number}": Locale.model_validate(told)
        for number, people in enumerate(data_files("people", "development"))
        for code, told in people.items()
    }


def _drawn(sentence: Sentence, people: Mapping[str, Locale], rng: random.Random) -> tuple[str, str]:
    """A field of the sentence, and what fits it: of its language, if it is of one."""
    languages = {locale[:2] for locale in sentence.locales}
    fitting = sorted(code for code in people if not languages or code[:2] in languages) or sorted(people)
    locale, field = people[rng.choice(fitting)], rng.choice(sentence.fields)
    if field == "street":
        return field, locale.street.format(n=rng.randint(2, 999), street=rng.choice(locale.streets))
    value = rng.choice(locale.cities if field == "city" else locale.given)
    return field, f"{value} {rng.choice(locale.family)}" if field == "name" else value


def _of_templates() -> Iterator[Sentence]:
    for number, told in enumerate(data_files("templates", "development")):
        both = Templates.model_validate(told)
        for whose in (both.own, both.third_party):
            for channel in ("text", "event"):
                for template in whose.get(channel, ()):
                    yield from _of_template(template, f"set {number}", is_typed=channel == "event")


def _of_template(template: Template, source: str, is_typed: bool) -> Iterator[Sentence]:
    fields = tuple(field for field in template.fields if field in (*_NAMES, "street", "city"))
    if not fields or template.form != "as_is":
        return
    texts = (
        [template.value]
        if is_typed
        else [str(text) for text in html.fromstring(template.html.replace("*", "")).itertext()]
    )
    for text in texts[:_MOST_LINES]:
        if text.count("{") == text.count(_SLOT) <= 1 and text.strip():
            yield Sentence(text, source, is_typed, template.locales, fields)


def _of_lists() -> Iterator[Sentence]:
    """One text a line, `<language>|` before it where it is not English, `full|` or `given|` where only such a name fits."""
    for file in sorted((Path(__file__).parent / "development").glob("sentences_*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                yield _of_line(line, file.stem)


def _of_line(line: str, stem: str) -> Sentence:
    told: dict[str, tuple[str, ...]] = {}
    while (first := line.partition("|")[0]) in (*_LANGUAGES, "full", "given"):
        line = line[len(first) + 1 :]
        if first in _LANGUAGES:
            told["locales"] = (first,)
        else:
            told["fields"] = ("name" if first == "full" else first,)
    return Sentence(line, stem, stem.endswith("typed"), **told)
