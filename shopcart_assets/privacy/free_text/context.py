"""Whether words in a text name somebody, by what they are and by all that stands around them.

A logistic regression over words: fitted on the sentences of `privacy/benchmark/development/` by `shopcart bench names --fit`, whose
weights are in `context_weights.json`. Only how sure it is, and of which words: which texts are asked belongs to signs.py and people.py.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shopcart_assets.privacy.alternatives import CAPITALS
from shopcart_assets.privacy.free_text.cues import load_cues
from shopcart_assets.privacy.free_text.lexicon import fold, load_lexicon
from shopcart_assets.privacy.free_text.names import WORD, Name, has_capital, read

WEIGHTS = Path(__file__).parent / "context_weights.json"
_CAPITAL = re.compile(rf"(?<![\w'’.-])(?:[^\W\d_]['’])?[{CAPITALS}][^\W\d_]*")  # where a name may begin: Ann, d'Aubigny
_TOKEN = re.compile(r"\[[A-Z]+_[0-9A-F]{4}\]|[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+|[^\w\s]")
# How likely words have to be somebody's name; if they are ordinary words too, where people write and where shops do. The examples have
# more that looks like a name and is none than pages have, so that on pages names are likelier than the model says.
_LIKELY, _LIKELY_WORD, _LIKELY_WORD_OF_SHOP = 0.3, 0.4, 0.9
_AROUND = 120  # letters on each side that are looked at
_NEAR = 6  # words on each side that count more
_SENTENCE_BEFORE = re.compile(r"(?:^|[.!?:•\n])\W*$")
# Of towns and streets: Santa Rosa, Feira de Santana, 502 Griffith Park, Rue Saint-Gilles 46.
_PLACE_BEFORE = re.compile(
    rf"\b(?:(?i:rue|calle|via|viale|rua|avenida|avenue|place|plaza|piazza|ulica|ul\.)|San|Santa|Santo|São|Saint|Sankt|St\.?|Ste\.?|[{CAPITALS}]\w+ (?:de|do|da|dos|del|di)(?: la| los)?) $"
)
_NUMBER_BEFORE = re.compile(r"(?<![\w:.,/-])\d{1,4}[a-zA-Z]?,? $")
_NUMBER_BEHIND = re.compile(
    r" \d{1,4}[a-zA-Z]?(?![\w:/%])(?! ?(?:x|of|am|pm|days?|hours?|hrs?|min|minutes?|weeks?|months?|years?|stars?|times|items?"
    r"|tagen?|stunden|wochen|jahren?|jours?|heures?|ans|días|horas|años|giorni|ore|anni|dagen|uur|dagar|dni|dias)\b)"
)
_POSSESSIVE = ("'s", "’s")
_MOST_WORDS = 4
_MIN_ALONE = 3  # letters of a name that is one word


@dataclass(frozen=True)
class ContextModel:
    """What each feature adds to the log-odds of a name."""

    weights: Mapping[str, float]

    def probability(self, features: list[str]) -> float:
        """How likely words with these features name somebody, from 0 to 1."""
        odds = sum(self.weights.get(feature, 0.0) for feature in features)
        return (1 + math.tanh(odds / 2)) / 2  # the logistic function, without an overflow


def names_in(
    text: str, *, is_written: bool, is_typed: bool = False, model: ContextModel | None = None
) -> Iterator[Name]:
    """The words of a text that are likely to name somebody, left to right: of a run of words from the first that is.

    Where it `is_written` by people, names that are ordinary words too are taken sooner.

    >>> text = "Lent the Siena lamp to Rosângela next door"
    >>> [text[name.start:name.end] for name in names_in(text, is_written=False)]
    ['Rosângela']
    """
    model = model or load_model()
    for run in candidates(text, is_typed=is_typed):
        for name in run:
            if model.probability(features_of(text, name, is_typed=is_typed)) > _needed(name, is_written):
                yield name
                break


def _needed(name: Name, is_written: bool) -> float:
    """How likely it has to be: more of ordinary words, of capitals, and of small letters that may be a word of any language."""
    lexicon, words = load_lexicon(), name.words
    if words[0].islower():
        return _LIKELY if lexicon.is_lone(words[0]) else _LIKELY_WORD_OF_SHOP
    if all(word.isupper() or lexicon.is_word(word) or not lexicon.is_given(word) for word in words):
        return _LIKELY_WORD if is_written else _LIKELY_WORD_OF_SHOP
    return _LIKELY


@lru_cache(maxsize=1)
def load_model() -> ContextModel:
    """The weights that come with the package."""
    return ContextModel(json.loads(WEIGHTS.read_text(encoding="utf-8")))


def candidates(text: str, *, is_typed: bool = False) -> Iterator[list[Name]]:
    """Words that may be a name, left to right: of each run of them, all its beginnings. Where it `is_typed` no capital is needed.

    >>> [[one.words for one in run] for run in candidates("My Stylist Ann Lee was late")]
    [[('Stylist', 'Ann', 'Lee'), ('Ann', 'Lee'), ('Lee',)]]
    """
    position, word = 0, WORD if is_typed else _CAPITAL
    while match := word.search(text, position):
        position = match.end()
        is_written = has_capital(match[0][:3])
        if not is_written and match[0].lower() in load_cues().particles:
            continue
        whole = read(text, match.start(), most=_MOST_WORDS, is_typed=not is_written)
        if whole and (load_cues().is_famous(whole.words) or is_of_place(text, whole.start, whole.end)):
            position = whole.end
        elif run := [
            one for one in _beginnings(text, match.start(), is_written) if _may_be_somebody(text, one, is_written)
        ]:
            position = max(position, run[0].end)
            yield run


def _beginnings(text: str, start: int, is_written: bool) -> Iterator[Name]:
    """The name that begins there, and those that begin at its later words."""
    if not is_written:
        yield from filter(None, [_read_typed(text, start)])
        return
    end: int | None = None  # of the first: an endless run of words is cut there
    while name := read(text, start):
        yield name
        end = end or name.end
        following = WORD.search(text, start + len(name.words[0]), end)
        while following and not has_capital(following[0][:3]):
            following = WORD.search(text, following.end(), end)
        if following is None:
            return
        start = following.start()


def _may_be_somebody(text: str, name: Name, is_written: bool) -> bool:
    """Whether the lists know a word of it: the given name, or with capitals the family name. Any word may begin a sentence."""
    lexicon, words = load_lexicon(), name.words
    if is_of_place(text, name.start, name.end):
        return False
    first = is_written and _SENTENCE_BEFORE.search(text, max(0, name.start - 4), name.start) is not None
    is_given = (lexicon.is_lone if first else lexicon.is_given)(words[0])
    if len(words) > 1:
        return is_given or (is_written and lexicon.is_family(words[-1]))
    return is_given and len(words[0]) >= _MIN_ALONE and fold(words[0]) not in load_cues().not_alone


def is_of_place(text: str, start: int, end: int) -> bool:
    """Whether words belong to a town or a street by what stands right before or behind them.

    >>> is_of_place("to Santa Rosa", 9, 13), is_of_place("at Rosa Park 5", 3, 12), is_of_place("to Rosa 2 days ago", 3, 7)
    (True, True, False)
    """
    if _PLACE_BEFORE.search(text, max(0, start - 30), start):
        return True
    is_numbered = _NUMBER_BEFORE.search(text, max(0, start - 8), start) or _NUMBER_BEHIND.match(text, end)
    return is_numbered is not None and " " in text[start:end]  # Emma 4 is a child


def _read_typed(text: str, start: int) -> Name | None:
    """A given name in small letters with the family names behind it."""
    name = read(text, start, most=_MOST_WORDS, is_typed=True)
    while name and len(name.words) > 1 and not (_is_only_name(name.words[-1]) or _has_particle(text, name)):
        name = read(text, start, most=len(name.words) - 1, is_typed=True)
    return name


def _has_particle(text: str, name: Name) -> bool:
    before_last, last = text[name.start : name.end].split()[-2:]
    return before_last.lower() in load_cues().particles and load_lexicon().is_family(last)


def _is_only_name(word: str) -> bool:
    lexicon = load_lexicon()
    return lexicon.is_lone(word) or (lexicon.is_family(word) and not lexicon.is_word(word))


def kind_of(word: str) -> str:
    """What the lists know of a word: a given name (lone, no word, a word too) and a family name (no word, a word too), or nothing.

    >>> [kind_of(word) for word in ("Siobhán", "Rose", "J.", "Qwertyx")]
    ['L', 'gf', 'i', 'u']
    """
    lexicon = load_lexicon()
    is_word = lexicon.is_word(word)
    given = "L" if lexicon.is_lone(word) else ("g" if is_word else "G") if lexicon.is_given(word) else ""
    family = ("f" if is_word else "F") if lexicon.is_family(word) else ""
    return given + family or ("i" if len(word) == 1 or word.endswith(".") else "u")


def features_of(text: str, name: Name, *, is_typed: bool = False) -> list[str]:
    """What is known of words and of what stands around them."""
    first, last = kind_of(name.words[0]), kind_of(name.words[-1]) if len(name.words) > 1 else ""
    is_owner = text.startswith(_POSSESSIVE, name.end)
    behind = name.end + 2 * is_owner
    before = _TOKEN.findall(text[max(0, name.start - _AROUND) : name.start])
    after = [*(["'s"] if is_owner else []), *_TOKEN.findall(text[behind : behind + _AROUND])]
    left, right = [_plain(token) for token in before], [_plain(token) for token in after]
    p1, p2 = ([*left[-1:], "^"])[0], ([*left[-2:-1], "^"])[0]
    n1, n2 = ([*right[:1], "$"])[0], ([*right[1:2], "$"])[0]
    tokens = [token for token in (*before, *after) if token[0].isalpha()]
    share = sum(token.islower() for token in tokens) / max(1, len(tokens))
    return [
        "bias",
        f"kind={first}",
        f"kinds={first}/{last}",
        f"last={last}",
        f"words={min(len(name.words), 3)}",
        f"-1={p1}",
        f"-2={p2}",
        f"+1={n1}",
        f"+2={n2}",
        f"-1~{p1[-2:]}",
        f"+1~{n1[-2:]}",
        f"+2~{n2[-2:]}",
        f"-Aa={before[-1][0].isupper() if before else None}",
        f"+Aa={after[0][0].isupper() if after else None}",
        f"is typed={is_typed}",
        f"is upper={all(word.isupper() and len(word) > 1 for word in name.words)}",
        f"small={int(5 * share)}",
        f"long={min(4, len(tokens) // 5)}",
        f"first={not left}/{first}",
        *(f"before={token}" for token in set(left[-_NEAR:])),
        *(f"after={token}" for token in set(right[:_NEAR])),
        *(f"has={token}" for token in {*left, *right}),
    ]


def _plain(token: str) -> str:
    """A token as features have it: in lower case, numbers and placeholders alike."""
    if token[0].isdigit():
        return "0"
    return "[]" if len(token) > 1 and token[0] == "[" else fold(token)
