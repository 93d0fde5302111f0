"""Which run of words in a text is somebody's name: how far it goes, and how sure that is behind which cue.

Takes a place in a text, gives a Name or nothing. Where in a text to look belongs to people.py and typed.py.
"""

import re
from collections.abc import Callable, Container
from dataclasses import dataclass

from shopcart_assets.privacy.alternatives import CAPITALS
from shopcart_assets.privacy.free_text.cues import Cue, Group, load_cues
from shopcart_assets.privacy.free_text.lexicon import fold, load_lexicon

WORD = re.compile(r"(?<![\w'’.-])[^\W\d_](?:\.(?= ?[^\W\d_])|[^\W\d_]*(?:[’'-][^\W\d_]+)*)")
_TOKEN = re.compile(r"(?:in )?['’]t(?= )|(?:St|Ste)\.(?= )|[^\W\d_]\.(?:-?[^\W\d_]\.)*|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_APOSTROPHE = re.compile(rf"[^\W\d_]['’](?=[{CAPITALS}])")
_SWAPPED = re.compile(rf"((?:{_TOKEN.pattern})(?: (?:{_TOKEN.pattern}))?), ({_TOKEN.pattern})(?![^\W_])")
_MARK = re.compile(r"[-_.](?=[0-9a-f]*\d)[0-9a-f]{3,}$")  # ann-lee-8c41f
_SAINT = ("St.", "Ste.")  # within a name only: St. Patrick's Day
_NUMBER_BEFORE = re.compile(r"^\d{2,}[-_.]")  # 48213-ann
_MOST_WORDS = 4
_MIN_ALONE = 3  # letters
_MOST_LETTERS = 30  # of two names in one word
Goods = Container[tuple[str, ...]]
"""Words and pairs of words, folded, that name goods on the same page."""


@dataclass(frozen=True)
class Name:
    """A run of words that may be a name: where it stands, and its words without particles."""

    start: int
    end: int
    words: tuple[str, ...]


def read(
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
            if fold(word) in cues.stop or not (is_typed or has_capital(word)) or (len(word) == 1 and not is_typed):
                break
            if word in _SAINT and not words:
                break
            words.append(word)
            end = token.start() + len(word)
        if word != token[0] or text[token.end() : token.end() + 1] != " ":
            break
        position = token.end() + 1
    return Name(start, end, tuple(words)) if words else None


def read_typed(text: str, position: int) -> Name | None:
    """Two words, or three where the third is a family name and nothing else: what is sought stands right behind a name."""
    lexicon, name = load_lexicon(), read(text, position, most=3, is_typed=True)
    if name and len(name.words) == 3 and lexicon.is_family(name.words[2]) and not lexicon.is_word(name.words[2]):
        return name
    return read(text, position, most=2, is_typed=True)


def has_capital(word: str) -> bool:
    """`Ann`, `d'Aubigny`."""
    return word[:1].isupper() or _APOSTROPHE.match(word) is not None


def accepts(name: Name, cue: Cue) -> bool:
    """Whether these words behind this cue are somebody."""
    return _ACCEPTS[cue.group](name, cue)


def is_pair(name: Name) -> bool:
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


def may_be_pair(first: str, last: str) -> bool:
    """Whether two words of a text split at white space may be a given and a family name: a cheap test."""
    return load_lexicon().is_given(first) and load_lexicon().is_family(last)


def is_certain(name: Name) -> bool:
    """Two words or more of which the first is a given name and nothing else."""
    first = name.words[0]
    return is_pair(name) and not load_lexicon().is_word(first) and fold(first) not in load_cues().not_alone


def is_goods(name: Name, goods: Goods) -> bool:
    """Whether the page's goods are called so: the first and the last word, or the only one."""
    return (fold(name.words[0]), fold(name.words[-1])) in goods or (
        len(name.words) == 1 and (fold(name.words[0]),) in goods
    )


def is_slug_of_name(segment: str) -> bool:
    """Whether a segment of an address is written like somebody's name.

    >>> is_slug_of_name("ann-lee"), is_slug_of_name("ukasz.jaworski"), is_slug_of_name("gift-cards"), is_slug_of_name("A2R2RITDJNW1Q6")
    (True, True, False, False)
    """
    plain = _NUMBER_BEFORE.sub("", _MARK.sub("", segment))
    lexicon, words = load_lexicon(), [word for word in re.split(r"[-_.+\s]+", plain) if word]
    if len(words) == 1:
        is_given = lexicon.is_given(words[0]) and not lexicon.is_word(words[0])
        return len(words[0]) >= _MIN_ALONE and (is_given or lexicon.is_lone(words[0]) or _are_joined(words[0]))
    if not words or not all(word.replace("'", "").isalpha() for word in words):
        return False
    first, last = lexicon.is_given(words[0]) or _are_joined(words[0]), lexicon.is_family(words[-1])
    return (first and (last or not lexicon.is_word(words[0]))) or (last and not any(map(lexicon.is_word, words)))


def _are_joined(word: str) -> bool:
    """Whether a word is two given names that lost their hyphen, such as `janwillem`."""
    lexicon = load_lexicon()
    longest = min(len(word), _MOST_LETTERS) - _MIN_ALONE + 1
    cuts = ((word[:cut], word[cut:]) for cut in range(_MIN_ALONE, longest))
    return any(all(map(lexicon.is_given, parts)) and any(map(lexicon.is_lone, parts)) for parts in cuts)


def _swapped(text: str, position: int) -> Name | None:
    """`Lee, Ann`."""
    match = _SWAPPED.match(text, position)
    if not match or not all(map(has_capital, match.groups())):
        return None
    name = Name(*match.span(), (match[2], *match[1].split()))
    return name if any(is_pair(Name(*match.span(), (match[2], word))) for word in name.words[1:]) else None


def _is_anyone(name: Name, cue: Cue) -> bool:
    """After `my wife` any given name is one, and of two words one that is known."""
    is_known = load_lexicon().is_given(name.words[0]) and not load_cues().is_famous(name.words)
    return is_known or is_full(name, cue)


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
        return is_full(name, cue)
    if not lexicon.is_given(word) or word.isupper() or cues.is_famous((*cue.words, word)):
        return False
    return fold(word) not in cues.not_alone and (not lexicon.is_word(word) or len(cue.words) > 1 or cue.mark != "")


def is_alone(name: Name) -> bool:
    """A given name by itself, and no word, place or maker."""
    lexicon, word = load_lexicon(), name.words[0]
    return (
        len(name.words) == 1
        and len(word) >= _MIN_ALONE
        and not word.isupper()
        and lexicon.is_given(word)
        and not lexicon.is_word(word)
        and fold(word) not in load_cues().not_alone
    )


def is_somebody(name: Name) -> bool:
    """Where people write: a given name that is nothing else, whatever stands behind it; an initial and a family name."""
    lexicon, words = load_lexicon(), name.words
    if words[0].isupper():
        return words[0][1:] == "." and len(words) == 2 and lexicon.is_family(words[1]) and not lexicon.is_word(words[1])
    return lexicon.is_lone(words[0]) and (len(words) > 1 or fold(words[0]) not in load_cues().not_alone)


def _is_signed(name: Name, cue: Cue) -> bool:
    """After `written by` a full name, or a given name that is nothing else."""
    if load_cues().is_famous((*cue.words, *name.words)):
        return False
    return is_full(name) or is_pair(name) or is_alone(name) or (len(cue.words) > 1 and _is_addressed(name, cue))


def is_full(name: Name, cue: Cue | None = None) -> bool:
    """Two words or more of which one is a name; where it is an ordinary word too, both."""
    lexicon, words = load_lexicon(), name.words
    if len(words) < 2 or load_cues().is_famous(words):
        return False
    first, last = lexicon.is_given(words[0]) or words[0].endswith("."), lexicon.is_family(words[-1])
    are_given = first and lexicon.is_given(words[-1]) and not lexicon.is_word(words[-1])  # María Fernanda
    return (
        (first and last)
        or are_given
        or (first and not lexicon.is_word(words[0]))
        or (last and not any(map(lexicon.is_word, words)))
    )


def _is_named(name: Name, cue: Cue) -> bool:
    """Nobody but a person is named there, so that a name in no list is one too."""
    is_written = all(word[1:].islower() or "-" in word or "'" in word or "’" in word for word in name.words)
    is_famous = load_cues().is_famous(name.words) or load_cues().is_famous((*cue.words, *name.words))
    return (is_written and not is_famous) or _is_signed(name, cue)


_ACCEPTS: dict[Group, Callable[[Name, Cue], bool]] = {
    "relation": _is_anyone,
    "title": _is_titled,
    "one": _is_addressed,
    "signed": _is_signed,
    "said": lambda name, cue: _is_signed(name, Cue(cue.words[-1:], cue.group)),
    "opening": lambda name, cue: (len(name.words) > 1 or cue.words[0] in load_cues().giving) and _is_signed(name, cue),
    "two": is_full,
    "person": _is_named,
}
