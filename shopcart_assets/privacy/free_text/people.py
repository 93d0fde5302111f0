"""Names of people in one text that somebody wrote: by a cue before or behind them, or by what names are.

Takes text, gives spans. Which texts of a page are asked belongs to prose.py, what a name is to names.py.
"""

import re
from collections.abc import Iterator, Sequence

from shopcart_assets.privacy.alternatives import CAPITALS
from shopcart_assets.privacy.decoding import decode
from shopcart_assets.privacy.free_text.cues import PUNCTUATION, load_cues
from shopcart_assets.privacy.free_text.lexicon import fold, load_lexicon
from shopcart_assets.privacy.free_text.names import (
    Goods,
    accepts,
    has_capital,
    is_alone,
    is_full,
    is_goods,
    is_pair,
    is_somebody,
    read,
)
from shopcart_assets.privacy.patterns import Span, Taken

MIN_STORY = 6  # words: a shorter text tells nothing of who writes it
WORD = re.compile(r"(?<![\w'’.-])[^\W\d_](?:\.(?= ?[^\W\d_])|[^\W\d_]*(?:[’'-][^\W\d_]+)*)")
_CAPITAL = re.compile(WORD.pattern.replace(r"[^\W\d_]", f"[{CAPITALS}]", 1))
_RUN = re.compile(r"\S+")
_IN = re.compile(r"\b(?:in|near|at|to|à|en|nach|bei)\s+$", re.IGNORECASE)  # a town may be called so
_ENDS = re.compile(r"\s*(?:$|[,;:!.|·](?!\w))|\s(?:on|am|le|el|il|op|den|em|dnia)\s\d")
_MIN_SENTENCE = 3  # spaces: in a shorter text a lone name may be anything


def find_people(text: str, *, is_free: bool, has_cue: bool = True, goods: Goods = ()) -> list[Span]:
    """The people that a text names, left to right. Where it `is_free` a given and a family name need no cue.

    >>> [span.value for span in find_people("I got it for my wife Sarah; thanks to Ann Lee.", is_free=False)]
    ['Sarah', 'Ann Lee']
    >>> [span.value for span in find_people("Dress by Ralph Lauren for Sarah", is_free=True)]
    ['Sarah']
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
        if has_capital(text[start : start + 3]) and (cue := cues.before(words, position)):
            name = read(text, start, is_ordered=cue.group == "two")
            if name and accepts(name, cue) and (cue.group != "opening" or _ENDS.match(text, name.end)):
                yield name.start, name.end, "cue"
    is_sentence = is_free and text.count(" ") >= _MIN_SENTENCE
    position = 0
    while match := _CAPITAL.search(text, position):
        position = match.end()
        if not (name := read(text, match.start())):
            continue
        if cues.is_famous(name.words) or is_goods(name, goods):
            position = name.end
            continue
        is_followed = cues.follows.match(text, name.end) is not None
        if (is_followed and (is_full(name) or is_alone(name))) or ((is_free or is_followed) and is_pair(name)):
            position = name.end
            yield name.start, name.end, "pair"
        elif is_sentence and is_somebody(name) and not _IN.search(text, max(0, name.start - 8), name.start):
            position = name.end
            yield name.start, name.end, "alone"
