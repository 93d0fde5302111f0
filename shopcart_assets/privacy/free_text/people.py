"""Names of people in one text that somebody wrote: by a cue before or behind them, or by being a given name and a family name.

Takes text, gives spans. Which texts of a page are asked belongs to prose.py, the words to lexicon.py and cues.py.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from shopcart_assets.privacy.decoding import decode
from shopcart_assets.privacy.free_text.cues import load_cues
from shopcart_assets.privacy.free_text.lexicon import fold, load_lexicon
from shopcart_assets.privacy.patterns import Span
from shopcart_assets.privacy.rules import PLACEHOLDER

_TOKEN = re.compile(r"[^\W\d_]\.(?:-?[^\W\d_]\.)*|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
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
    """The people that a text names, left to right. Where it `is_free` a given and a family name need no cue; it may be known to have none.

    >>> [span.value for span in find_people("I got it for my wife Sarah; thanks to Ann Lee.", is_free=False)]
    ['Sarah', 'Ann Lee']
    >>> [span.value for span in find_people("Dress by Ralph Lauren for Sarah", is_free=True)]
    []
    """
    decoded = decode(text)
    found: list[tuple[int, int, str]] = []
    taken = [match.span() for match in PLACEHOLDER.finditer(decoded.text)]
    for start, end, why in _candidates(decoded.text, is_free, has_cue, goods):
        if all(end <= a or start >= b for a, b in taken):
            taken.append((start, end))
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
    found = find_people(text, is_free=False)
    if found:
        return found
    decoded = decode(text)
    for cue in load_cues().query.finditer(decoded.text):
        name = _read(decoded.text, cue.end(), is_typed=True)
        if name and _is_certain(name) and not PLACEHOLDER.search(decoded.text, name.start, name.end):
            value = decoded.text[name.start : name.end]
            return [Span(*decoded.original(name.start, name.end), "name", "people:typed", value)]
    return []


def _candidates(text: str, is_free: bool, has_cue: bool, goods: Goods) -> Iterator[tuple[int, int, str]]:
    cues = load_cues()
    for pattern, accepts in (
        (cues.relation, _is_anyone),
        (cues.honorific, _is_titled),
        (cues.one, _is_addressed),
        (cues.two, _is_full),
    ):
        for cue in pattern.finditer(text) if has_cue else ():
            name = _read(text, cue.end(), is_ordered=pattern is cues.two)
            if name and accepts(name, cue[0]):
                yield name.start, name.end, "cue"
    position = 0
    while match := _PAIR.search(text, position):
        position = match.end()
        if not match[0][0].isupper() or not (name := _read(text, match.start())) or len(name.words) < 2:
            continue
        if (is_free or cues.follows.match(text, name.end)) and _is_pair(name) and not _is_goods(name, goods):
            position = name.end
            yield name.start, name.end, "pair"


def _read(text: str, position: int, is_typed: bool = False, is_ordered: bool = False) -> Name | None:
    """The words from here on that have a capital, with particles between them; `Lee, Ann` where names may be ordered so."""
    cues, words, start, end = load_cues(), [], position, position
    if is_ordered and (swapped := _swapped(text, position)):
        return swapped
    while len(words) < (2 if is_typed else _MOST_WORDS) and (token := _TOKEN.match(text, position)):
        word = _POSSESSIVE.sub("", token[0])
        is_particle = word.lower() in cues.particles and word.islower() and text[token.end() : token.end() + 1] == " "
        if not is_particle or is_typed:
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
    match = re.compile(rf"({_TOKEN.pattern}(?: {_TOKEN.pattern})?), ({_TOKEN.pattern})(?![^\W_])").match(text, position)
    if not match or not all(map(_has_capital, match.groups())):
        return None
    name = Name(*match.span(), (match[2], *match[1].split()))
    return name if _is_pair(name) else None


def _has_capital(word: str) -> bool:
    """`Ann`, `d'Aubigny`."""
    return word[0].isupper() or (
        re.match(r"[^\W\d_]{1,2}['’][^\W\d_]", word) is not None and any(map(str.isupper, word))
    )


def _is_anyone(name: Name, cue: str) -> bool:
    """After `my wife` any given name is one, and of two words one that is known."""
    return load_lexicon().is_given(name.words[0]) or _is_full(name, cue)


def _is_titled(name: Name, cue: str) -> bool:
    """After `Mrs.` a name that is nothing else: `Mr. Heater` sells heaters."""
    lexicon, last = load_lexicon(), name.words[-1]
    known = lexicon.is_family(last) or lexicon.is_given(last)
    return (
        known
        and not lexicon.is_word(last)
        and not last.isupper()
        and not load_cues().is_famous((cue.strip(), *name.words))
    )


def _is_addressed(name: Name, cue: str) -> bool:
    """After `happy birthday` a given name, unless it is a place or a maker too; one that is a word only after a cue of two words."""
    word, cues, lexicon = name.words[0], load_cues(), load_lexicon()
    if len(name.words) > 1:
        return _is_full(name, cue)
    if not lexicon.is_given(word) or word.isupper() or cues.is_famous((cue.strip(" ,:"), word)):
        return False
    return fold(word) not in cues.not_alone and (not lexicon.is_word(word) or len(cue.split()) > 1 or "," in cue)


def _is_full(name: Name, cue: str) -> bool:
    """Two words or more of which one is a name; where it is an ordinary word too, both."""
    lexicon, words = load_lexicon(), name.words
    if len(words) < 2 or load_cues().is_famous(words):
        return False
    first, last = lexicon.is_given(words[0]) or _is_initial(words[0]), lexicon.is_family(words[-1])
    sure = (first and not lexicon.is_word(words[0])) or (
        last and not lexicon.is_word(words[-1]) and lexicon.is_given(words[0])
    )
    return (first and last) or sure or (last and not any(map(lexicon.is_word, words)))


def _is_pair(name: Name) -> bool:
    """A given and a family name, not both of them ordinary words."""
    lexicon, words = load_lexicon(), name.words
    if not lexicon.is_given(words[0]) or not lexicon.is_family(words[-1]) or load_cues().is_famous(words):
        return False
    return not (lexicon.is_word(words[0]) and lexicon.is_word(words[-1]))


def _is_certain(name: Name) -> bool:
    """Two words of which the first is a given name and nothing else."""
    first = name.words[0]
    is_else = load_lexicon().is_word(first) or fold(first) in load_cues().not_alone
    return len(name.words) == 2 and _is_pair(name) and not is_else


def _is_goods(name: Name, goods: Goods) -> bool:
    return (fold(name.words[0]), fold(name.words[-1])) in goods


def _is_initial(word: str) -> bool:
    return word.endswith(".")
