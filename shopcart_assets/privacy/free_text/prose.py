"""Which texts of a page, and of a search, somebody may have written of a person, and what is replaced in them.

Titles and descriptions of goods are never touched (catalogue.py). What a name or a street looks like belongs to people.py and
streets.py.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Flag, auto
from functools import cached_property, lru_cache
from itertools import chain, pairwise

from lxml import etree

from shopcart_assets.privacy.alternatives import phrases
from shopcart_assets.privacy.catalogue import is_catalogue, titles_on, words_of
from shopcart_assets.privacy.decoding import plain_text
from shopcart_assets.privacy.free_text.cues import PUNCTUATION, load_cues
from shopcart_assets.privacy.free_text.lexicon import fold
from shopcart_assets.privacy.free_text.names import Goods
from shopcart_assets.privacy.free_text.people import MIN_STORY, find_people, may_begin_name
from shopcart_assets.privacy.free_text.streets import find_streets, may_hold_street
from shopcart_assets.privacy.free_text.typed import find_typed_people
from shopcart_assets.privacy.memory import Memory
from shopcart_assets.privacy.patterns import Finding, Span, replace
from shopcart_assets.privacy.phones import typed_phones
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rows import Pair, Row, matching
from shopcart_assets.privacy.rules import Kind
from shopcart_assets.privacy.slots import Slot, around, following, get, place_of, put

_ATTRIBUTES = frozenset({"alt", "title", "aria-label", "placeholder"})
# What every text fits of which `sign_of` can say anything, for Python and Polars: a capital is no letter of a to z.
_WIDE = r"\S\s+[\W_]?(?:[^\W\d_a-z]|\d)|^\W*\d|\\|%|&"
_QUOTES = "\"'“”„‘’«("
_OWN = re.compile(r"(?:,|['’]s?)$")
_CHOICES = frozenset({"option", "optgroup", "select", "button", "label", "legend"})
_MARKS = ".,:;!?" + _QUOTES


class Sign(Flag):
    """What a text may hold, by a cheap look at it."""

    NOTHING = 0
    CUE = auto()
    STORY = auto()
    STREET = auto()
    OPEN = auto()  # ends in a cue, so that a name may stand in the next element


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
        pairs = [pair for pair in said if pair[0] in _ATTRIBUTES]
        written = chain((pair[1] for pair in pairs), (row[2] for row in rows), (row[3] for row in rows))
        signs = self.memory.ask(written, _signs)
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
        said = [tuple(map(fold, words_of(title))) for title in titles_on(self.root)]
        return frozenset(
            chain((pair for words in said for pair in pairwise(words)), ((word,) for words in said for word in words))
        )


def _signs(texts: Collection[str]) -> dict[str, Sign]:
    """What those of the texts may hold that may hold anything."""
    signs = {text: sign for text in matching(texts, _wide()) if (sign := sign_of(text))}
    for text in texts:
        if text and (end := _end_of(text)):
            signs[text] = signs.get(text, Sign.NOTHING) | end
    return signs


@lru_cache(maxsize=1)
def _wide() -> str:
    """`_WIDE`, and texts that begin with a name: `Ann wrote`, `Ann, head gardener`."""
    followers = phrases(load_cues().after | load_cues().owners)
    return rf"{_WIDE}|^\W*[^\W\d_a-z]\S*(?:,\s|\s+(?i:{followers}))"


def _signed(row: Row, told: set[Pair], signs: Mapping[str, Sign], is_free: bool) -> Iterator[tuple[Slot, Sign]]:
    """The slots of a row that may hold something."""
    element, pairs, text, tail = row
    for where, said in (("text", text), ("tail", tail)):
        sign = signs.get(said or "", Sign.NOTHING) | (
            Sign.STORY if is_free and said and " " in said.strip() else Sign.NOTHING
        )
        if sign:
            yield (element, where), sign
    yield from (((element, "@" + pair[0]), signs[pair[1]]) for pair in pairs if pair in told)


def find_in_prose(text: str, sign: Sign, goods: Goods = ()) -> list[Span]:
    """People and streets, left to right, apart from each other."""
    streets = find_streets(text) if Sign.STREET in sign else []
    if Sign.STORY in sign:
        streets = _merged(_phones_in(text), streets)
    people = (
        find_people(text, is_free=Sign.STORY in sign, has_cue=Sign.CUE in sign, goods=goods)
        if sign != Sign.STREET
        else []
    )
    return _merged(streets, people)


@lru_cache(maxsize=10_000)
def find_typed(text: str) -> tuple[Span, ...]:
    """What is personal in a search that somebody typed. Remembered, for each link of a page of results repeats it."""
    return tuple(_merged(_phones_in(text), _merged(find_streets(text), find_typed_people(text))))


def _phones_in(text: str) -> list[Span]:
    return [Span(*span, "phone", "pattern:phone", text[slice(*span)]) for span in typed_phones(text)]


def sign_of(text: str) -> Sign:
    """A cheap look: a capital behind a cue, or before one; a number with a word for street; somebody who writes of themselves.

    >>> sign_of("Photo by Ann Lee"), sign_of("Pack of 2"), sign_of("I live at 5 Elm Street, Ann said")
    (<Sign.CUE: 1>, <Sign.NOTHING: 0>, <Sign.CUE|STORY|STREET: 7>)
    """
    if "\\" in text or "%" in text or "&" in text:
        text = plain_text(text)
    words = text.split()
    if len(words) < 2:
        return Sign.NOTHING
    sign = Sign.CUE if _has_cue(words) else Sign.NOTHING
    if len(words) >= MIN_STORY and not load_cues().speakers.isdisjoint(words):
        sign |= Sign.STORY
    return sign | Sign.STREET if may_hold_street(text, words) else sign


def _end_of(text: str) -> Sign:
    """Whether the text ends in a cue."""
    last = text[-30:].rstrip().rpartition(" ")[2]
    if last.strip(PUNCTUATION).lower() not in load_cues().last_words:
        return Sign.NOTHING
    words = [*text[-100:].split(), "Ann"]
    return Sign.OPEN if load_cues().before(words, len(words) - 1) else Sign.NOTHING


def _has_cue(words: list[str]) -> bool:
    cues = load_cues()
    tails, after = cues.last_words, cues.first_words
    for position in range(1, len(words)):
        word, before = words[position], words[position - 1]
        if (
            (word[0].isupper() or word[0] in PUNCTUATION)
            and before.strip(PUNCTUATION).lower() in tails
            and cues.before(words, position)
            and may_begin_name(words, position)
        ):
            return True
        if (
            before[0].isupper()
            and (word.lower() in after or before[-1] == "," or "'" in before or "’" in before)
            and cues.follows.match(" ".join(words[position - 1 : position + 5]), len(_OWN.split(before)[0]))
            and any(may_begin_name(words, first) for first in range(max(position - 2, 0), position))
        ):
            return True
    return False


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
