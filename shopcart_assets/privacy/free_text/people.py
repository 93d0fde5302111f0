"""Names of people in one text that somebody wrote: by a cue before or behind them, or by what names are.

Takes text, gives spans. Which texts of a page are asked belongs to prose.py, what a name is to names.py.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from shopcart_assets.privacy.alternatives import CAPITALS
from shopcart_assets.privacy.decoding import decode
from shopcart_assets.privacy.free_text.context import is_of_place, names_in
from shopcart_assets.privacy.free_text.cues import PUNCTUATION, load_cues
from shopcart_assets.privacy.free_text.family import family_before, family_behind
from shopcart_assets.privacy.free_text.lexicon import fold, load_lexicon
from shopcart_assets.privacy.free_text.names import (
    WORD,
    Goods,
    Name,
    accepts,
    has_capital,
    is_alone,
    is_certain,
    is_full,
    is_goods,
    is_pair,
    is_somebody,
    read,
)
from shopcart_assets.privacy.free_text.streets import ends_street
from shopcart_assets.privacy.patterns import Span, Taken
from shopcart_assets.privacy.rows import matching

MIN_STORY = 6  # words: a shorter text tells nothing of who writes it
_CAPITAL = re.compile(WORD.pattern.replace(r"[^\W\d_]", f"[{CAPITALS}]", 1))
_RUN = re.compile(r"\S+")
_IN = re.compile(r"\b(?:in|near|at|to|à|en|nach|bei)\s+$", re.IGNORECASE)  # a town may be called so
_ENDS = re.compile(r"\s*(?:$|[,;:!.|·](?!\w))|\s(?:on|am|le|el|il|op|den|em|dnia)\s\d")
_MOST_ALONE, _MOST_LETTERS = 4, 60  # words of a name and letters of a text that is nothing else
_SIGNATURE = re.compile(
    rf"(?:[.!?,;:)…\n]|\s[-–—~])\s*(?P<name>[{CAPITALS}][^\W\d_][\w.'’-]*(?:\s[\w.'’-]+){{0,3}}?)(?P<kisses>\s+[xX]{{1,4}}\b|\s*[❤💕😘])?\W*$"
)
_WITH = re.compile(
    r"(?:^|\s)(?:with|let|thanks|thank|ask|asked|tell|told|bless|mit|avec|con|com|met|med)\s$", re.IGNORECASE
)
_LABEL_ENDS = re.compile(r"\s*(?:$|[.,;(·|])")
_CALL = re.compile(r"(?:^|[.!?]\s)[^\W\d_]\S*(?:\s[^\s\d,(]+){1,8}, $")  # See you soon, Ann
_GREETING_END = r",\s+\S+(?:\s+\S+){0,3}\s*$"
_GREETED = re.compile(
    rf"^\s*[^\s\d,(][^\d,(]{{1,40}}, (?P<name>[{CAPITALS}][\w'’.-]*\w(?: [\w'’-]+){{0,3}}?)\s?[!?.…]?\s*$"
)
_CALL_ENDS = re.compile(r"\s*(?:$|[!?.])")
_DESCRIBED = re.compile(r",\s[a-zß-ÿ]|\s[·•|]\s")  # Ann Lee, optometrist
_INITIAL = re.compile(rf"(?<![^\W_])[{CAPITALS}]\. $")
_MIN_SENTENCE = 3  # spaces: in a shorter text a lone name may be anything


def find_people(
    text: str,
    *,
    is_free: bool,
    has_cue: bool = True,
    is_prose: bool = False,
    is_written: bool = False,
    is_typed: bool = False,
    goods: Goods = (),
) -> list[Span]:
    """The people that a text names, left to right. Where it `is_free` a given and a family name need no cue.

    Where it `is_prose`, or `is_written` by people, it is asked by all that stands around words too.

    >>> [span.value for span in find_people("I got it for my wife Sarah; thanks to Ann Lee.", is_free=False)]
    ['Sarah', 'Ann Lee']
    >>> [span.value for span in find_people("Dress by Ralph Lauren for Sarah", is_free=True)]
    ['Sarah']
    """
    decoded = decode(text)
    taken = Taken(decoded.text)
    found: list[tuple[int, int, str]] = []
    for start, end, why in _candidates(decoded.text, is_free, has_cue, goods) if is_free or has_cue else ():
        if taken.is_free(start, end) and (why == "cue" or not is_of_place(decoded.text, start, end)):
            taken.take(start, end)
            found.append((start, end, why))
    if is_prose or is_written:
        found = _joined([*_in_context(decoded.text, is_written, is_typed, goods), *found])
    return [
        Span(*decoded.original(start, end), "name", f"people:{why}", decoded.text[start:end])
        for start, end, why in sorted(found)
    ]


def _joined(found: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Those that overlap as one: two ways to see a name may see different ends of it."""
    joined: list[tuple[int, int, str]] = []
    for start, end, why in sorted(found):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]), joined[-1][2])
        else:
            joined.append((start, end, why))
    return joined


def find_lone_person(text: str) -> list[Span]:
    """The person whose given and family name the text is, and nothing else. What is called so where it stands is for the caller to know.

    >>> [span.value for span in find_lone_person(" Ann Lee ")], find_lone_person("Ann Lee is here"), find_lone_person("Gift Cards")
    (['Ann Lee'], [], [])
    """
    plain = text.strip() if len(text) <= _MOST_LETTERS else ""
    if not 1 <= plain.count(" ") < _MOST_ALONE or not has_capital(plain[:3]):
        return []
    if "," not in plain and not load_lexicon().is_given(plain.partition(" ")[0]):
        return []
    start = text.index(plain[0])
    name = read(text, start, is_ordered=True)
    if name is None or name.end != len(text.rstrip()) or not all(map(_is_name, name.words[1:-1])):
        return []
    if not (is_certain if len(name.words) > 2 or "," in text else is_pair)(name):
        return []
    return [Span(name.start, name.end, "name", "people:whole", text[name.start : name.end])]


def find_greeted(text: str) -> list[Span]:
    """Whom a short text speaks to at its end, by a given name that is nothing else.

    >>> [span.value for span in find_greeted("Hungry, Siobhán?")], find_greeted("Red, Rose"), find_greeted("Siobhán, hello")
    (['Siobhán'], [], [])
    """
    if len(text) > _MOST_LETTERS or not (greeted := _GREETED.search(text)):
        return []
    name = read(text, greeted.start("name"))
    if name is None or name.end != greeted.end("name") or not (is_somebody(name) or is_certain(name)):
        return []
    if family_before(text, name.start) < name.start:  # Lee, Ann
        return []
    return [Span(name.start, name.end, "name", "people:greeted", text[name.start : name.end])]


def may_be_greeting(texts: Iterable[str]) -> dict[str, bool]:
    """Those of the texts that speak to somebody at their end."""
    short = (text for text in texts if len(text) <= _MOST_LETTERS)
    return {text: True for text in matching(short, _GREETING_END) if find_greeted(text)}


def _is_name(word: str) -> bool:
    return len(word) <= 2 or load_lexicon().is_given(word) or load_lexicon().is_family(word)


def may_begin_name(words: Sequence[str], position: int) -> bool:
    """Whether the word there, or the next one, of a text split at white space is known as a name: a cheap test."""
    lexicon = load_lexicon()
    first = fold(words[position].strip(PUNCTUATION))
    if first in load_cues().stop:
        return False
    return any(
        lexicon.is_given(word) or lexicon.is_family(word) for word in (first, *words[position + 1 : position + 2])
    )


def _in_context(text: str, is_written: bool, is_typed: bool, goods: Goods) -> Iterator[tuple[int, int, str]]:
    """By all that stands around them."""
    if is_written and text.isupper() and len(lower := text.lower()) == len(text):
        text, is_typed = lower, True
    for name in names_in(text, is_written=is_written, is_typed=is_typed):
        if not is_goods(name, goods) and not ends_street(text, name.start, name.end):
            initial = _INITIAL.search(text, max(0, name.start - 3), name.start)
            start = initial.start() if initial else family_before(text, name.start, name.end)
            is_alone = is_typed and len(name.words) == 1
            yield start, family_behind(text, name.end, is_typed=True) if is_alone else name.end, "context"


def _candidates(text: str, is_free: bool, has_cue: bool, goods: Goods) -> Iterator[tuple[int, int, str]]:
    cues = load_cues()
    runs = list(_RUN.finditer(text)) if has_cue else []
    words = [run[0] for run in runs]
    for position in range(1, len(runs)):
        start = runs[position].start() + len(words[position]) - len(words[position].lstrip(PUNCTUATION))
        if has_capital(text[start : start + 3]) and (cue := cues.before(words, position)):
            name = read(text, start, is_ordered=cue.group in ("two", "person"))
            if name and accepts(name, cue) and (cue.group != "opening" or _ENDS.match(text, name.end)):
                yield name.start, name.end, "cue"
    is_sentence = is_free and text.count(" ") >= _MIN_SENTENCE
    if is_sentence and (signed := _SIGNATURE.search(text)):
        yield from _signature(text, signed)
    position = 0
    while match := _CAPITAL.search(text, position):
        position = match.end()
        is_labelled = cues.label.search(text, max(0, match.start() - 40), match.start()) is not None
        if not (name := read(text, match.start(), is_ordered=is_labelled)):
            continue
        is_listed = (
            "," in text[name.start : name.end] and text[name.end : name.end + 1] == ","
        )  # Composers: Bach, Haydn,
        if is_labelled and not is_listed and is_certain(name) and _LABEL_ENDS.match(text, name.end):
            position = name.end
            yield name.start, name.end, "labelled"
            continue
        if cues.is_famous(name.words) or is_goods(name, goods):
            position = name.end
            continue
        if (_is_called(text, name) and (is_somebody(name) or is_full(name))) or (
            not text[: name.start].strip(" \n(") and _DESCRIBED.match(text, name.end) and is_certain(name)
        ):
            position = name.end
            yield name.start, name.end, "called"
            continue
        is_followed = cues.follows.match(text, name.end) is not None
        if (is_followed and (is_full(name) or is_alone(name))) or ((is_free or is_followed) and is_pair(name)):
            position = name.end
            yield name.start, name.end, "pair"
        elif (
            is_sentence
            and (is_somebody(name) or (is_alone(name) and _WITH.search(text, max(0, name.start - 9), name.start)))
            and not _IN.search(text, max(0, name.start - 8), name.start)
        ):
            position = name.end
            yield name.start, name.end, "alone"


def _is_called(text: str, name: Name) -> bool:
    """Whether somebody is spoken to: `See you soon, Ann!`"""
    return (
        _CALL.search(text, max(0, name.start - 60), name.start) is not None
        and _CALL_ENDS.match(text, name.end) is not None
    )


def _signature(text: str, signed: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """`Thanks for all. Rosa xx`: who ends a message with a name has signed it, and kisses make even a word one."""
    name = read(text, signed.start("name"))
    if name and name.end == signed.end("name") and not load_cues().is_famous(name.words):
        is_name = load_lexicon().is_given(name.words[0]) if signed["kisses"] else is_alone(name) or is_full(name)
        if is_name:
            yield name.start, name.end, "signature"
