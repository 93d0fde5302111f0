"""The user's own values, found wherever they stand: one Gazetteer a user and day, made from what their zones and fields say.

How a value may be written belongs to variants.py, where goods are described to catalogue.py, pages and events to second_pass.py.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote, unquote_plus

from shopcart_assets.privacy.catalogue import CatalogueWords, has_cue, is_catalogue_path, reads_as_name
from shopcart_assets.privacy.decoding import ESCAPED, decode, plain_text, readings
from shopcart_assets.privacy.forms import Form
from shopcart_assets.privacy.free_text.family import family_before, family_behind
from shopcart_assets.privacy.name_forms import PARTICLES
from shopcart_assets.privacy.patterns import Finding, Span, Taken, replace
from shopcart_assets.privacy.pseudonyms import Pseudonyms, kind_of_placeholder
from shopcart_assets.privacy.rows import matching
from shopcart_assets.privacy.rules import Kind
from shopcart_assets.privacy.urls import is_personal_segment
from shopcart_assets.privacy.variants import forms_of

OwnValue = tuple[Kind, str]
DETECTOR = "gazetteer"
# Where letters or digits are written as escapes, no plain search tells that a text is free of a word.
_ESCAPES = re.compile(
    rb"%(?:25)*(?:3\d|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]|c[2cd]|e[12f]|f[03])|\\[ux]|&(?:amp;)*#"  # %41, \u0041, &#65;
    rb"|\xc2\xad|\xcc|\xcd[\x80-\xaf]|\xe1\xa0[\x8b-\x8f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]"  # invisible, or a mark
    rb"|\xe2[\x91-\x93]|\xef[\xb8\xbb-\xbd]|\xf0\x9d|\xf3\xa0"  # circled, full-width and fancy letters
)
_WORD_BYTES = 120  # 40 letters, or 20 that are escaped each
_SEVEN_DIGITS = re.compile(r"\d(?:\D{0,6}\d){6}")
_LONG_DIGITS = re.compile(rb"\d(?:[^\d<>]{0,6}\d){6}")


@dataclass(frozen=True)
class Gazetteer:
    """Own values of one user. They are in memory only: never shown, logged or stored."""

    pseudonyms: Pseudonyms = field(repr=False)
    values: tuple[OwnValue, ...] = field(repr=False)
    trade: CatalogueWords = field(default=CatalogueWords({}), repr=False)
    titles: tuple[str, ...] = field(default=(), repr=False)
    """Of the goods on the user's own pages: who is called like one of them is taken for it where nothing says otherwise."""
    others: tuple[OwnValue, ...] = field(default=(), repr=False)
    """Of people whom the user searched a present for: looked for as a whole, never by one of their names."""

    def lean(self) -> "Gazetteer":
        """The same without those words and titles of the day that decide about none of the values: it has to travel."""
        said = (title for title in dict.fromkeys(self.titles) if self._forms)
        titles = tuple(title for title in said if any(_may_match(form, title.lower()) for form in self._forms))
        return dataclasses.replace(self, trade=self.trade.only(form.value for form in self._forms), titles=titles)

    def scrub_text(
        self, text: str, place: str, in_catalogue: bool, is_typed: bool = False
    ) -> tuple[str, list[Finding]]:
        """The text with the user's values replaced, and what was found. What is typed, and addresses, have no capitals to go by.

        >>> ann = Gazetteer(Pseudonyms(b"s", "u"), (("name", "Rose Quillon"),))
        >>> ann.scrub_text("Rose gold ring", "text", False)[1], len(ann.scrub_text("for ROSE%20QUILLON", "text", True)[1])
        ([], 1)
        """
        spans = self.find(text, in_catalogue, is_typed)
        return replace(text, spans, place, self.pseudonyms) if spans else (text, [])

    def find(self, text: str, in_catalogue: bool, is_typed: bool = False) -> list[Span]:
        """The user's values in the text, left to right, apart from each other; the fullest form wins."""
        plain = plain_text(text)
        lower = plain.lower()
        forms = self._forms_in(lower)
        if not forms:
            return []
        taken = Taken(plain)
        found: list[tuple[int, int, Form]] = []
        for form in forms:
            for match in form.pattern.finditer(plain):
                start, end = match.span()
                if form.is_weak and form.kind == "name" and not in_catalogue and end > start:
                    start, end = family_before(plain, start, end), family_behind(plain, end, is_typed)
                if (
                    taken.is_free(start, end)
                    and end > start
                    and (not form.is_weak or self._is_person(form, plain, (start, end), in_catalogue, is_typed))
                ):
                    taken.take(start, end)
                    found.append((start, end, form))
        decoded = decode(text) if found else None
        return [
            Span(*decoded.original(start, end), form.kind, DETECTOR, form.value)
            for start, end, form in sorted(found, key=lambda one: one[0])
            if decoded
        ]

    def scrub_url(self, url: str, place: str) -> tuple[str, list[Finding]]:
        """An address that urls.py has reduced already, with the user's values in its path and parameters replaced."""
        rest, hash_, fragment = url.partition("#")
        path, mark, query = rest.partition("?")
        path, findings = self.scrub_text(path, place, is_catalogue_path(path), is_typed=True)
        parameters = []
        for parameter in query.split("&") if query else ():
            name, equals, value = parameter.partition("=")
            plain, more = self.scrub_text(unquote_plus(value), place, False, is_typed=True)
            findings += more
            parameters.append(name + equals + quote(plain, safe="[]") if more else parameter)
        fragment, more = self.scrub_text(fragment, place, False, is_typed=True)
        return path + mark + "&".join(parameters) + hash_ + fragment, findings + more

    def candidates(self, texts: Iterable[str | None]) -> set[str]:
        """Those of many texts and addresses in which a value stands in one of its forms: `find` and `scrub_url` find none in others."""
        may_hold = matching(texts, f"(?i:{self._any_run})|{ESCAPED}") if self._forms else set()
        return {text for text in may_hold if any(map(self._has_form, readings(text)))}

    def _has_form(self, plain: str) -> bool:
        return any(form.pattern.search(plain) for form in self._forms_in(plain.lower()))

    def may_be_in(self, written: bytes) -> bool:
        """Whether a page or an event, as it is written, may hold a value: False is certain, True costs a closer look."""
        if not self._forms:
            return False
        lower = written.lower()
        escaped = plain_text(_around_escapes(lower).decode("utf-8", "replace")).lower().encode("utf-8", "replace")
        return any(anchor.search(lower) or anchor.search(escaped) for anchor in self._anchors)

    def _is_person(self, form: Form, text: str, span: tuple[int, int], in_catalogue: bool, is_typed: bool) -> bool:
        """A lone name, a town and a postcode may be something else. In a catalogue they need a cue; elsewhere words of the trade do.

        In sentences a name has a capital: `settings` is none, even where a zone once said `Settings`.
        """
        if has_cue(text, *span) or (is_typed and "/" in text and is_personal_segment(text, *span)):
            return True
        if form.kind == "name" and not is_typed and text[span[0] : span[1]].islower():
            return False
        may_be_goods = self.trade.has(form.value) or form.value in self._goods
        return not in_catalogue and (not may_be_goods or reads_as_name(text, *span))

    @cached_property
    def _goods(self) -> frozenset[str]:
        """The lone values that stand in a title without a cue and not in a full form."""
        full = [form for form in self._forms if not form.is_weak]
        found: set[str] = set()
        for title in self.titles:
            lower = title.lower()
            taken = [one.span() for form in full if _may_match(form, lower) for one in form.pattern.finditer(title)]
            for form in self._forms:
                spans = (
                    (one.span() for one in form.pattern.finditer(title))
                    if form.is_weak and _may_match(form, lower)
                    else ()
                )
                found |= {form.value for span in spans if _is_free(span, taken) and not has_cue(title, *span)}
        return frozenset(found)

    @cached_property
    def _forms(self) -> tuple[Form, ...]:
        """Without those that are less than another: the full ones first, then the longest."""
        forms = {
            (one.kind, one.source): one
            for values in (self.others, self.values)
            for kind, value in values
            for one in forms_of(kind, value)
            if values is self.values or not one.is_weak
        }
        return tuple(sorted(forms.values(), key=lambda one: (one.is_weak, -len(one.value), one.kind, one.value)))

    def _forms_in(self, lower: str) -> list[Form]:
        """The forms that may match a decoded text in lower case."""
        runs = [run for run in self._runs if run in lower]
        if self._has_numbers and _SEVEN_DIGITS.search(lower):
            return [form for form in self._forms if not form.anchors or form.anchors[0] in runs]
        return [form for form in self._forms if form.anchors and form.anchors[0] in runs] if runs else []

    @cached_property
    def _runs(self) -> tuple[str, ...]:
        return tuple(sorted({form.anchors[0] for form in self._forms if form.anchors}))

    @cached_property
    def _has_numbers(self) -> bool:
        return any(not form.anchors for form in self._forms)

    @cached_property
    def _any_run(self) -> str:
        return "|".join([*map(re.escape, self._runs), *[_SEVEN_DIGITS.pattern] * self._has_numbers])

    @cached_property
    def _anchors(self) -> tuple[re.Pattern[bytes], ...]:
        shapes = tuple(re.compile(re.escape(run.encode())) for run in self._runs)
        return (*shapes, _LONG_DIGITS) if self._has_numbers else shapes


def _around_escapes(written: bytes) -> bytes:
    """The stretches in which letters or digits are escaped, wide enough for a word each: to decode these is far cheaper than all."""
    pieces, end = [], 0
    for escape in _ESCAPES.finditer(written):
        start = escape.start() - _WORD_BYTES
        if start > end:
            pieces.append(b" ")
        pieces.append(written[max(start, end) : escape.end() + _WORD_BYTES])
        end = max(end, escape.end() + _WORD_BYTES)
    return b"".join(pieces)


def _may_match(form: Form, lower: str) -> bool:
    return any(anchor in lower for anchor in form.anchors) if form.anchors else _SEVEN_DIGITS.search(lower) is not None


def _is_free(span: tuple[int, int], taken: Iterable[tuple[int, int]]) -> bool:
    return span[0] < span[1] and all(span[1] <= start or span[0] >= end for start, end in taken)


def values_told(own: Mapping[str, str]) -> Iterator[OwnValue]:
    """From what a page's own zones and fields held (value -> placeholder): a name that a page writes has capitals.

    >>> list(values_told({"Ann de Vries": "[NAME_7F3A]", "there": "[NAME_0A1B]", "Leave at door": "[NAME_0A1C]"}))
    [('name', 'Ann de Vries')]
    """
    for value, placeholder in own.items():
        kind = kind_of_placeholder(placeholder)
        words = value.split()
        if kind == "city" and all(word.islower() for word in words):
            continue
        if kind != "name" or all(not word.islower() or word in PARTICLES for word in words):
            yield kind, value


def completed(typed: Iterable[OwnValue]) -> list[OwnValue]:
    """Of values that were typed letter by letter, with an event for each, the complete ones.

    >>> completed([("city", "Os"), ("city", "Oslo"), ("name", "Ann")])
    [('city', 'Oslo'), ('name', 'Ann')]
    """
    values = sorted(set(typed))
    return [
        one
        for one, after in zip(values, [*values[1:], ("", "")], strict=False)
        if one[0] != after[0] or not after[1].startswith(one[1])
    ]


def own_values(pairs: Iterable[OwnValue]) -> tuple[OwnValue, ...]:
    """Each value once, in an order that does not depend on where it was seen."""
    return tuple(sorted({(kind, " ".join(value.split())) for kind, value in pairs}))
