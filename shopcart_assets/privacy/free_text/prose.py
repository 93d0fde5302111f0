"""Which texts of a page, and of a search, somebody may have written of a person, and what is replaced in them.

Titles and descriptions of goods are never touched (catalogue.py). What a name or a street looks like belongs to people.py and
streets.py.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain, pairwise

from lxml import etree

from shopcart_assets.privacy.catalogue import has_cue, is_catalogue, load_catalogue, titles_on, words_of
from shopcart_assets.privacy.free_text.addresses import find_addresses
from shopcart_assets.privacy.free_text.lexicon import fold
from shopcart_assets.privacy.free_text.names import Goods
from shopcart_assets.privacy.free_text.people import find_lone_person, find_people
from shopcart_assets.privacy.free_text.signs import Sign, signs_of
from shopcart_assets.privacy.free_text.typed import find_typed_people
from shopcart_assets.privacy.memory import Memory
from shopcart_assets.privacy.patterns import Finding, Span, replace
from shopcart_assets.privacy.phones import typed_phones
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rows import Pair, Row
from shopcart_assets.privacy.rules import Kind, load_rules
from shopcart_assets.privacy.slots import Slot, around, following, get, place_of, put

_ATTRIBUTES = frozenset({"alt", "title", "aria-label", "placeholder"})
_QUOTES = "\"'“”„‘’«("
_CHOICES = frozenset({"option", "optgroup", "select", "button", "label", "legend"})
_NAMING = _CHOICES | {"a", "title", "h1", "h2", "h3", "h4", "th", "caption"}
_TYPED = frozenset({"text", "search", "email"})
_MARKS = ".,:;!?" + _QUOTES
_IN_DOUBT = Sign.WHOLE | Sign.PROSE | Sign.WRITTEN  # by what words are, not by what shows that they are a person


class Prose:
    """The free texts of one page. `people` collects what was found (value -> placeholder); keep it in memory."""

    def __init__(self, root: etree._Element, pseudonyms: Pseudonyms, memory: Memory) -> None:
        self.root, self.pseudonyms, self.memory = root, pseudonyms, memory
        self.people: dict[str, str] = {}

    def scrub(self, rows: Sequence[Row], said: Iterable[Pair], zones: Iterable[etree._Element]) -> list[Finding]:
        """Replaces people and streets in those texts of the rows and their distinct attributes that may hold one; what was found.

        In `zones` people write, so that a given and a family name need no cue there.
        """
        free = {inner for zone in zones for inner in zone.iter("*") if inner.tag not in _CHOICES}
        pairs = [pair for pair in said if pair[0] in _ATTRIBUTES or (pair[0] == "value" and find_lone_person(pair[1]))]
        written = chain((pair[1] for pair in pairs), (row[2] for row in rows), (row[3] for row in rows))
        signs = self.memory.ask(written, signs_of)
        told = {pair for pair in pairs if pair[1] in signs}
        findings: list[Finding] = []
        for element, attributes, text, tail in rows:
            if (
                text in signs
                or tail in signs
                or (free and element in free)
                or (told and not told.isdisjoint(attributes))
            ):
                row = element, attributes, text, tail
                for slot, sign in _signed(row, told, signs, element in free):
                    findings += self._scrub_slot(slot, sign)
        return findings

    def _scrub_slot(self, slot: Slot, sign: Sign) -> list[Finding]:
        text, findings = get(slot), []
        if Sign.OPEN in sign and (after := following(slot)):
            findings += self._scrub_following(text, after)
        while spans := find_in_prose(text, sign, self):
            if is_catalogue(around(slot)):
                spans = [span for span in spans if has_cue(text, span.start, span.end)]
            if not spans:
                break
            text, more = replace(text, spans, place_of(slot[1]), self.pseudonyms)
            self.people |= {span.value: finding.placeholder for span, finding in zip(spans, more, strict=True)}
            findings += more
        if text != get(slot):
            put(*slot, text)
        return findings

    def _scrub_following(self, before: str, slot: Slot) -> list[Finding]:
        """A name at the beginning of the text behind one that ends in a cue: `Reviewed by <b>Ann Lee</b>`, `<b>Reviewed by</b> Ann Lee`."""
        text, start = get(slot), len(before.rstrip()) + 1
        joined = f"{before.rstrip()} {text.lstrip()}"
        spans = [one for one in find_people(joined, is_free=False) if one.start in (start, start + 1)]
        if not spans or is_catalogue(around(slot)):
            return []
        scrubbed, findings = replace(joined, spans[:1], place_of(slot[1]), self.pseudonyms)
        self.people[spans[0].value] = findings[0].placeholder
        put(*slot, text[: len(text) - len(text.lstrip())] + scrubbed[start:])
        return findings

    def __contains__(self, pair: object) -> bool:
        """Whether a word or a pair of them is on the page's own titles, so that it names goods."""
        return pair in self._goods

    @cached_property
    def _goods(self) -> frozenset[tuple[str, ...]]:
        goods = (
            one
            for one in titles_on(self.root)
            if not load_catalogue().belongs.search(one) and not (one.count(" ") == 1 and find_lone_person(one))
        )
        said = [tuple(map(fold, words_of(title))) for title in goods]
        return frozenset(
            chain((pair for words in said for pair in pairwise(words)), ((word,) for words in said for word in words))
        )


def _signed(row: Row, told: set[Pair], signs: Mapping[str, Sign], is_free: bool) -> Iterator[tuple[Slot, Sign]]:
    """The slots of a row that may hold something."""
    element, pairs, text, tail = row
    for where, said in (("text", text), ("tail", tail)):
        sign = signs.get(said or "", Sign.NOTHING) | (
            Sign.STORY | Sign.WRITTEN if is_free and said and " " in said.strip() else Sign.NOTHING
        )
        if sign & _IN_DOUBT and _names_things(around((element, where))):
            sign &= ~_IN_DOUBT
        if sign:
            yield (element, where), sign
    for pair in pairs:
        is_typed = pair[0] == "value" and element.tag == "input" and element.get("type", "text").lower() in _TYPED
        sign = signs[pair[1]] & (Sign.WHOLE if is_typed else ~Sign.WHOLE) if pair in told else Sign.NOTHING
        if Sign.PROSE in sign and pair[0] != "aria-label" and _names_things(element):
            sign &= ~Sign.PROSE
        if sign:
            yield (element, "@" + pair[0]), sign


def _names_things(element: etree._Element) -> bool:
    """Whether it stands in a link, a control or a heading: makers and goods are called like people there, unless it is marked otherwise."""
    marks = f"{element.get('class', '')} {element.get('id', '')}".lower()
    if any(mark in marks for mark in load_rules().person_marks):
        return False
    return any(one.tag in _NAMING for one in (element, *element.iterancestors()))


def find_in_prose(text: str, sign: Sign, goods: Goods = ()) -> list[Span]:
    """People and streets, left to right, apart from each other."""
    streets = find_addresses(text) if Sign.STREET in sign else []
    if Sign.WHOLE in sign:
        return find_lone_person(text)
    if Sign.STORY in sign:
        streets = _merged(_phones_in(text), streets)
    people = (
        find_people(
            text,
            is_free=Sign.STORY in sign,
            has_cue=Sign.CUE in sign,
            is_prose=Sign.PROSE in sign,
            is_written=Sign.WRITTEN in sign,
            goods=goods,
        )
        if sign != Sign.STREET
        else []
    )
    return _merged(streets, people)


@lru_cache(maxsize=10_000)
def find_typed(text: str) -> tuple[Span, ...]:
    """What is personal in a search that somebody typed. Remembered, for each link of a page of results repeats it."""
    return tuple(_merged(_phones_in(text), _merged(find_addresses(text), find_typed_people(text))))


def _phones_in(text: str) -> list[Span]:
    return [Span(*span, "phone", "pattern:phone", text[slice(*span)]) for span in typed_phones(text)]


def _merged(streets: list[Span], people: list[Span]) -> list[Span]:
    apart = [one for one in people if all(one.end <= street.start or one.start >= street.end for street in streets)]
    return sorted((*streets, *apart), key=lambda span: span.start)


def typed_findings(text: str, place: str, pseudonyms: Pseudonyms) -> tuple[str, list[Finding]]:
    """A typed text without people and streets, and what was found."""
    spans = list(find_typed(text))
    return replace(text, spans, place, pseudonyms) if spans else (text, [])


def pairs_of(spans: Iterable[Span]) -> Iterator[tuple[Kind, str]]:
    """Kind and value of each span that is worth looking for elsewhere: a full name, a street."""
    yield from ((span.kind, span.value) for span in spans if len(span.value.split()) > 1)
