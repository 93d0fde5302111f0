"""Names of people in one text that somebody wrote: by a cue before or behind them, or by being a given name and a family name.

Takes text, gives spans. Which texts of a page are asked belongs to prose.py, the words to lexicon.py and cues.py.
"""

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass

from shopcart_assets.privacy.decoding import decode
from shopcart_assets.privacy.free_text.cues import PUNCTUATION, Cue, Group, load_cues
from shopcart_assets.privacy.free_text.lexicon import fold, load_lexicon
from shopcart_assets.privacy.patterns import Span, Taken
from shopcart_assets.privacy.rules import PLACEHOLDER

_TOKEN = re.compile(r"[^\W\d_]\.(?:-?[^\W\d_]\.)*|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_RUN = re.compile(r"\S+")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_APOSTROPHE = re.compile(r"[^\W\d_]['’](?=[A-ZÀ-Þ])")
_SWAPPED = re.compile(rf"({_TOKEN.pattern}(?: {_TOKEN.pattern})?), ({_TOKEN.pattern})(?![^\W_])")
_PAIR = re.compile(r"(?<![\w'’@.-])[^\W\d_]+(?:[’'-][^\W\d_]+)*(?=,? [^\W\d_])")
_MOST_WORDS = 4
Goods = Container[tuple[str, ...]]
"""Pairs of folded words that name goods on the same page."""


@dataclass(frozen=True)
class Name:
    """A run of words that may be a name: where it stands, and its words without particles."""

    start: int
    end: int
    words: tuple[str, ...]


def find_people(text: str, *, is_free: bool, has_cue: bool = True, goods: Goods = ()) -> list[Span]:
    """The people that a text names, left to right. Where it `is_free` a given and a family name need no cue.

    >>> [span.value for span in find_people("I got it for my wife Sarah; thanks to Ann Lee.", is_free=False)]
    ['Sarah', 'Ann Lee']
    >>> [span.value for span in find_people("Dress by Ralph Lauren for Sarah", is_free=True)]
    []
    """
    decoded = decode(text)
    found: list[tuple[int, int, str]] = []
    taken = Taken(decoded.text)
    for start, end, why in _candidates(decoded.text, is_free, has_cue, goods):
        if taken.is_free(start, end):
            taken.take(start, end)
            found.append((start, end, why))
    return [
        Span(*decoded.original(start, end), "name", f"people:{why}", decoded.text[start:end])
        for start, end, why in sorted(found)
    ]


def find_typed_people(text: str) -> list[Span]:
    """The people in what was typed into a search: after a cue, in lower case too if the given name is nothing else.

    >>> [span.value for span in find_typed_people("mug with name latoya brown blue")], find_typed_people("mug for brown bear")
    (['latoya brown'], [])
    """
    decoded = decode(text)
    if found := find_people(text, is_free=False):
        return found
    for cue in load_cues().query.finditer(decoded.text):
        name = _read(decoded.text, cue.end())
        if not (name and _is_pair(name)):
            name = _read_typed(decoded.text, cue.end())
        if name and _is_certain(name) and not PLACEHOLDER.search(decoded.text, name.start, name.end):
            value = decoded.text[name.start : name.end]
            return [Span(*decoded.original(name.start, name.end), "name", "people:typed", value)]
    return []


def may_begin_name(words: Sequence[str], position: int) -> bool:
    """Whether the word there, or the next one, of a text split at white space is known as a name: a cheap test."""
    lexicon = load_lexicon()
    first = fold(words[position].strip(PUNCTUATION))
    if first in load_cues().stop:
        return False
    return any(
        lexicon.is_given(word) or lexicon.is_family(word) for word in (first, *words[position + 1 : position + 2])
    )


def _candidates(text: str, is_free: bool, has_cue: bool, goods: Goods) -> Iterator[tuple[int, int, str]]:
    cues = load_cues()
    runs = list(_RUN.finditer(text)) if has_cue else []
    words = [run[0] for run in runs]
    for position in range(1, len(runs)):
        start = runs[position].start() + len(words[position]) - len(words[position].lstrip(PUNCTUATION))
        if _has_capital(text[start : start + 3]) and (cue := cues.before(words, position)):
            name = _read(text, start, is_ordered=cue.group == "two")
            if name and _ACCEPTS[cue.group](name, cue):
                yield name.start, name.end, "cue"
    position = 0 if is_free or cues.follows.search(text) else len(text)
    while match := _PAIR.search(text, position):
        position = match.end()
        if not match[0][0].isupper() or not (name := _read(text, match.start())) or len(name.words) < 2:
            continue
        is_sure = _is_pair(name) and (is_free or cues.follows.match(text, name.end))
        if (is_sure or (_is_full(name) and cues.follows.match(text, name.end))) and not _is_goods(name, goods):
            position = name.end
            yield name.start, name.end, "pair"


def _read_typed(text: str, position: int) -> Name | None:
    """Two words, or three where the third is a family name and nothing else: what is sought stands right behind a name."""
    lexicon, name = load_lexicon(), _read(text, position, most=3, is_typed=True)
    if name and len(name.words) == 3 and lexicon.is_family(name.words[2]) and not lexicon.is_word(name.words[2]):
        return name
    return _read(text, position, most=2, is_typed=True)


def _read(
    text: str, position: int, most: int = _MOST_WORDS, is_typed: bool = False, is_ordered: bool = False
) -> Name | None:
    """The words from here on that have a capital, with particles between them; `Lee, Ann` where names may be ordered so."""
    cues, start, end = load_cues(), position, position
    words: list[str] = []
    if is_ordered and (swapped := _swapped(text, position)):
        return swapped
    while len(words) < most and (token := _TOKEN.match(text, position)):
        word = _POSSESSIVE.sub("", token[0])
        # `Ann van den Berg`, `Ann De Santis`; typed names have small letters anyhow.
        is_particle = word.lower() in cues.particles and (bool(words) or (word.islower() and not is_typed))
        if not is_particle or text[token.end() : token.end() + 1] != " ":
            if fold(word) in cues.stop or not (is_typed or _has_capital(word)) or (len(word) == 1 and not is_typed):
                break
            words.append(word)
            end = token.start() + len(word)
        if word != token[0] or text[token.end() : token.end() + 1] != " ":
            break
        position = token.end() + 1
    return Name(start, end, tuple(words)) if words else None


def _swapped(text: str, position: int) -> Name | None:
    """`Lee, Ann`."""
    match = _SWAPPED.match(text, position)
    if not match or not all(map(_has_capital, match.groups())):
        return None
    name = Name(*match.span(), (match[2], *match[1].split()))
    return name if _is_pair(name) else None


def _has_capital(word: str) -> bool:
    """`Ann`, `d'Aubigny`."""
    return word[:1].isupper() or _APOSTROPHE.match(word) is not None


def _is_anyone(name: Name, cue: Cue) -> bool:
    """After `my wife` any given name is one, and of two words one that is known."""
    is_known = load_lexicon().is_given(name.words[0]) and not load_cues().is_famous(name.words)
    return is_known or _is_full(name, cue)


def _is_titled(name: Name, cue: Cue) -> bool:
    """After `Mrs.` a name that is nothing else: `Mr. Heater` sells heaters."""
    lexicon, last = load_lexicon(), name.words[-1]
    known = lexicon.is_family(last) or lexicon.is_given(last)
    is_goods = lexicon.is_word(last) or last.isupper() or load_cues().is_famous((*cue.words, *name.words))
    return known and not is_goods


def _is_addressed(name: Name, cue: Cue) -> bool:
    """After `happy birthday` a given name, unless it is a place or a maker too; one that is a word only after a cue of two words."""
    word, cues, lexicon = name.words[0], load_cues(), load_lexicon()
    if len(name.words) > 1:
        return _is_full(name, cue)
    if not lexicon.is_given(word) or word.isupper() or cues.is_famous((*cue.words, word)):
        return False
    return fold(word) not in cues.not_alone and (not lexicon.is_word(word) or len(cue.words) > 1 or cue.mark != "")


def _is_full(name: Name, cue: Cue | None = None) -> bool:
    """Two words or more of which one is a name; where it is an ordinary word too, both."""
    lexicon, words = load_lexicon(), name.words
    if len(words) < 2 or load_cues().is_famous(words):
        return False
    first, last = lexicon.is_given(words[0]) or words[0].endswith("."), lexicon.is_family(words[-1])
    return (
        (first and last) or (first and not lexicon.is_word(words[0])) or (last and not any(map(lexicon.is_word, words)))
    )


_ACCEPTS: dict[Group, Callable[[Name, Cue], bool]] = {
    "relation": _is_anyone,
    "title": _is_titled,
    "one": _is_addressed,
    "two": _is_full,
}


def _is_pair(name: Name) -> bool:
    """A given and a family name, not both of them ordinary words."""
    lexicon, words = load_lexicon(), name.words
    if (
        len(words) < 2
        or not lexicon.is_given(words[0])
        or not lexicon.is_family(words[-1])
        or load_cues().is_famous(words)
    ):
        return False
    return not (lexicon.is_word(words[0]) and lexicon.is_word(words[-1]))


def _is_certain(name: Name) -> bool:
    """Two words or more of which the first is a given name and nothing else."""
    first = name.words[0]
    return _is_pair(name) and not load_lexicon().is_word(first) and fold(first) not in load_cues().not_alone


def _is_goods(name: Name, goods: Goods) -> bool:
    return (fold(name.words[0]), fold(name.words[-1])) in goods
