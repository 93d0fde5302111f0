"""Which texts may hold a person or a street at all, and why: cheap looks at many texts, so that the dear one is taken at few.

What is found in them belongs to prose.py.
"""

import re
from collections.abc import Collection
from enum import Flag, auto
from functools import lru_cache

from shopcart_assets.privacy.alternatives import phrases
from shopcart_assets.privacy.decoding import plain_text
from shopcart_assets.privacy.free_text.context import names_in
from shopcart_assets.privacy.free_text.cues import PUNCTUATION, load_cues
from shopcart_assets.privacy.free_text.lexicon import load_lexicon
from shopcart_assets.privacy.free_text.names import may_be_pair
from shopcart_assets.privacy.free_text.people import MIN_STORY, find_lone_person, may_begin_name
from shopcart_assets.privacy.free_text.streets import may_hold_street
from shopcart_assets.privacy.rows import matching

# What every text fits of which `sign_of` can say anything, for Python and Polars: a capital is no letter of a to z.
_WIDE = r"\S\s+[\W_]?(?:[^\W\d_a-z]|\d)|^\W*\d|\\|%|&"
_MIN_PROSE, _SMALL = 4, 0.3  # words of a sentence, and the share of them without a capital
_OWN = re.compile(r"(?:,|['’]s?)$")


class Sign(Flag):
    """What a text may hold, by a cheap look at it."""

    NOTHING = 0
    CUE = auto()
    STORY = auto()
    STREET = auto()
    OPEN = auto()  # ends in a cue, so that a name may stand in the next element
    WHOLE = auto()  # is a person's name and nothing else
    PROSE = auto()  # has sentences, and in them words that are likely a name
    WRITTEN = auto()  # stands where people write


def signs_of(texts: Collection[str]) -> dict[str, Sign]:
    """What those of the texts may hold that may hold anything."""
    signs = {text: sign for text in matching(texts, _wide()) if (sign := sign_of(text))}
    for text in texts:
        if text and (end := _end_of(text)):
            signs[text] = signs.get(text, Sign.NOTHING) | end
        if text and find_lone_person(text):
            signs[text] = signs.get(text, Sign.NOTHING) | Sign.WHOLE
    return signs


@lru_cache(maxsize=1)
def _wide() -> str:
    """`_WIDE`, and texts that begin with a name: `Ann wrote`, `Ann, head gardener`."""
    followers = phrases(load_cues().after | load_cues().owners)
    return rf"{_WIDE}|^\W*[^\W\d_a-z]\S*(?:,\s|\s+(?i:{followers})|\s+[a-z]\S*\s+\S+\s+\S)"


def sign_of(text: str) -> Sign:
    """A cheap look: a capital behind a cue, or before one; a number with a word for street; somebody who writes of themselves.

    >>> sign_of("Photo by Ann Lee"), sign_of("Pack of 2"), sign_of("I live at 5 Elm Street, Ann said")
    (<Sign.CUE: 1>, <Sign.NOTHING: 0>, <Sign.CUE|STORY|STREET|PROSE: 39>)
    """
    if "\\" in text or "%" in text or "&" in text:
        text = plain_text(text)
    words = text.split()
    if len(words) < 2:
        return Sign.NOTHING
    sign = Sign.CUE if _has_cue(words) else Sign.NOTHING
    if len(words) >= MIN_STORY and not load_cues().speakers.isdisjoint(words):
        sign |= Sign.STORY
    if may_be_prose(words) and any(names_in(text, is_written=False)):
        sign |= Sign.PROSE
    return sign | Sign.STREET if may_hold_street(text, words) else sign


def may_be_prose(words: list[str]) -> bool:
    """Whether words are more than a title, three of ten without a capital, and among those with one may be somebody's name.

    >>> [may_be_prose(text.split()) for text in ("Lent it to Ann next door", "Bought it for people next door", "Anker Power Bank with Cables")]
    [True, False, False]
    """
    written = [place for place, word in enumerate(words) if not word[0].islower()]
    n_small = len(words) - len(written)
    if len(words) < _MIN_PROSE or n_small < max(2, _SMALL * len(words)):
        return False
    lexicon, stop = load_lexicon(), load_cues().stop
    return any(
        (lexicon.is_given(words[place]) if place else lexicon.is_lone(words[0].strip(PUNCTUATION)))
        or (place and not words[place - 1][0].islower() and lexicon.is_family(words[place]))
        for place in written
        if words[place].lower().strip(PUNCTUATION) not in stop
    )


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
            and (cue := cues.before(words, position))
            and (cue.group == "person" or may_begin_name(words, position))
        ):
            return True
        if before[-1] == ":" and word[0].isupper() and may_begin_name(words, position):
            return True
        if (
            before[-1] == "," and word[0].isupper() and load_lexicon().is_lone(_OWN.split(word.strip(PUNCTUATION))[0])
        ) or (position == 2 and before[-1] == "," and may_be_pair(words[0], before)):
            return True
        if (
            before[0].isupper()
            and (word.lower() in after or before[-1] == "," or "'" in before or "’" in before)
            and cues.follows.match(" ".join(words[position - 1 : position + 5]), len(_OWN.split(before)[0]))
            and any(may_begin_name(words, first) for first in range(max(position - 3, 0), position))
        ):
            return True
    return False
