"""Names of people in what was typed, mostly without capitals: a search for a present, a message to a shop.

A text on a page belongs to people.py, what a name is to names.py.
"""

import re

from shopcart_assets.privacy.decoding import Decoded, decode
from shopcart_assets.privacy.free_text.cues import load_cues
from shopcart_assets.privacy.free_text.family import family_behind
from shopcart_assets.privacy.free_text.lexicon import fold, load_lexicon
from shopcart_assets.privacy.free_text.names import (
    WORD,
    Name,
    has_capital,
    is_certain,
    is_pair,
    is_somebody,
    read,
    read_typed,
)
from shopcart_assets.privacy.free_text.people import MIN_STORY, find_people
from shopcart_assets.privacy.patterns import Span
from shopcart_assets.privacy.rules import PLACEHOLDER

# No search is written so: sentences, and somebody who is spoken to.
_SENTENCES = re.compile(
    r"[^\W\d_]{3}[!?](?:\s|$)|[^\W\d_]{3}\.\s|(?i:\b(?:you|your|thanks|danke|merci|gracias|grazie)\b)"
)


def find_typed_people(text: str) -> list[Span]:
    """The people in what was typed into a search: after a cue, in lower case too if the given name is nothing else.

    >>> [span.value for span in find_typed_people("mug with name latoya brown blue")], find_typed_people("mug for brown bear")
    (['latoya brown'], [])
    """
    decoded = decode(text)
    is_story = len(words := text.lower().split()) >= MIN_STORY and (
        not load_cues().speakers.isdisjoint(words) or _SENTENCES.search(text) is not None
    )
    found = find_people(text, is_free=is_story, is_written=is_story, is_typed=True)
    if is_story:
        taken = [(one.start, one.end) for one in found]
        more = _in_small_letters(decoded)
        return [*found, *(one for one in more if all(one.end <= start or end <= one.start for start, end in taken))]
    if found:
        return found
    for cue in load_cues().query.finditer(decoded.text):
        name = read(decoded.text, cue.end())
        if not (name and is_pair(name)):
            name = read_typed(decoded.text, cue.end())
        is_lone = name and cue["addressed"] and is_somebody(Name(name.start, name.end, name.words[:1]))
        if is_lone and name and not is_pair(name):
            name = Name(name.start, name.start + len(name.words[0]), name.words[:1])
        if name and (is_lone or is_certain(name)) and not PLACEHOLDER.search(decoded.text, name.start, name.end):
            value = decoded.text[name.start : name.end]
            return [Span(*decoded.original(name.start, name.end), "name", "people:typed", value)]
    return []


def _in_small_letters(decoded: Decoded) -> list[Span]:
    """People in a message that was typed without capitals: given names that are nothing else, with the family name behind them."""
    lexicon, text, found, position = load_lexicon(), decoded.text, [], 0
    follows = load_cues().follows.match
    addressed = {one.end() for one in load_cues().query.finditer(text) if one["addressed"]}
    near = addressed | {one.end() for one in load_cues().relative.finditer(text)}
    while match := WORD.search(text, position):
        position = match.end()
        if not (name := read_typed(text, match.start())):
            continue
        is_told = match.start() in near or follows(text, name.end) or follows(text, match.end())
        is_called = (
            match.start() in addressed
            and fold(match[0]) not in load_cues().not_alone
            and text[match.end() : match.end() + 1] in ("!", ",")
        )
        is_name = is_told and lexicon.is_given(match[0]) and (is_called or not lexicon.is_word(match[0]))
        if not lexicon.is_lone(match[0]) and not is_name:
            continue
        if load_cues().is_famous(name.words) or PLACEHOLDER.search(text, name.start, name.end):
            continue
        has_particle = len(name.words) > 1 and len(text[name.start : name.end].split()) > len(name.words)
        is_full = has_particle or (
            len(name.words) > 1 and lexicon.is_family(name.words[-1]) and not lexicon.is_word(name.words[-1])
        )
        position = name.end if is_full else match.end()
        if has_capital(match[0]) and (written := read(text, match.start(), most=3)):
            position = max(position, written.end)
        position = family_behind(text, position, is_typed=True)
        found.append(Span(*decoded.original(name.start, position), "name", "people:typed", text[name.start : position]))
    return found
