"""What a model said about one snippet, verified: positions and kinds of words that stand in it, and why the rest was refused.

The answer is untrusted, as the snippet may have told the model what to say. Nothing here replaces text or calls a model.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, cast

from shopcart_assets.privacy.alternatives import phrases
from shopcart_assets.privacy.catalogue import CatalogueWords, has_cue, reads_as_name, words_of
from shopcart_assets.privacy.rules import PLACEHOLDER, Kind, load_rules

KINDS: tuple[Kind, ...] = (
    "name", "street", "city", "postcode", "phone", "email", "card", "order", "account", "birthday",
)  # fmt: skip
"""The closed set of what may be said of a span."""

Reason = Literal[
    "unfinished", "malformed", "not_a_span", "unknown_kind", "not_in_snippet", "part_of_a_word", "too_long", "too_much",
    "overlapping", "placeholder", "protected",
]  # fmt: skip
"""Why an answer (the first two) or one of its spans is refused."""

MAX_SPAN = 80
"""Characters; a street with its number and flat is shorter."""
LONG_SPAN = 32
MAX_SHARE = 0.5
"""Of a snippet: a long span, and all spans together in a snippet longer than two long spans, may not be more."""
MAX_ANSWER = 20_000

_FENCED = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)
_EDGES = " \t\r\n.,;:!?\"'()[]{}<>“”‘’«»"
_FINISHED = frozenset({"end_turn", "stop_sequence"})


@dataclass(frozen=True, order=True)
class Mark:
    """`snippet[start:end]` is personal."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True)
class Verdict:
    """Marks in order, apart from each other; how many spans were refused, by reason."""

    marks: tuple[Mark, ...] = ()
    refused: Mapping[str, int] = field(default_factory=dict)


def verified(answer: str, stop_reason: str, snippet: str) -> Verdict:
    """What of the answer can be used. Any text may come in; no other snippet and no setting is looked at.

    >>> verified('[{"text": "Ann Lee", "kind": "name"}, {"text": "Bob", "kind": "name"}]', "end_turn", "ask Ann Lee!")
    Verdict(marks=(Mark(start=4, end=11, kind='name'),), refused={'not_in_snippet': 1})
    """
    if stop_reason not in _FINISHED:
        return Verdict(refused={"unfinished": 1})
    said = _parsed(answer)
    if said is None:
        return Verdict(refused={"malformed": 1})
    refused: Counter[str] = Counter()
    wanted: set[tuple[str, Kind]] = set()
    for item in said:
        span = _span(item, snippet)
        if isinstance(span, str):
            refused[span] += 1
        else:
            wanted.add(span)
    marks = _placed(sorted(wanted, key=lambda one: (-len(one[0]), one)), snippet, refused)
    if len(snippet) > 2 * LONG_SPAN and sum(one.end - one.start for one in marks) > MAX_SHARE * len(snippet):
        refused["too_much"] += len(marks)
        marks = []
    return Verdict(tuple(sorted(marks)), dict(sorted(refused.items())))


def is_sound(marks: Sequence[Mark], snippet: str) -> bool:
    """Whether stored marks are of this snippet: in order, apart, inside it, of known kinds and of no placeholder."""
    edges = [edge for one in marks for edge in (one.start, one.end)]
    apart = all(one.start < one.end for one in marks) and edges == sorted(edges)
    inside = not edges or (edges[0] >= 0 and edges[-1] <= len(snippet))
    taken = [match.span() for match in PLACEHOLDER.finditer(snippet)]
    return apart and inside and all(one.kind in KINDS and _is_free((one.start, one.end), taken) for one in marks)


def is_protected(mark: Mark, snippet: str, trade: CatalogueWords, titles: Sequence[str]) -> bool:
    """Whether the words are the shop's: of the page itself, of the trade, or of goods with one of these titles.

    A cue before the words makes them a person's in spite of that; so do capitals in a sentence, of a lone word or a whole heading.

    >>> [is_protected(Mark(0, 11, "name"), one, CatalogueWords({}), ["Ann Lee-Mei's list"]) for one in ("Add to list", "Ann Lee-Mei")]
    [True, False]
    """
    value = snippet[mark.start : mark.end]
    if not re.search(r"[^\W_]", _page_words().sub(" ", value)):
        return True
    if has_cue(snippet, mark.start, mark.end):
        return False
    words, is_of_trade = words_of(value), trade.has(value) or any(_is_of_goods(value, one) for one in titles)
    if len(words) > 1 and is_of_trade:
        return True
    is_title = any(len(one) <= 2 * MAX_SPAN and words == words_of(one) for one in titles)
    return (is_of_trade or is_title) and not reads_as_name(snippet, mark.start, mark.end)


@lru_cache(maxsize=1)
def _page_words() -> re.Pattern[str]:
    """Words of pages themselves, such as `Sign in`."""
    rules = load_rules()
    return re.compile(rf"(?<!\w){phrases((*rules.chrome, *rules.cues))}(?!\w)", re.IGNORECASE)


def _is_of_goods(value: str, title: str) -> bool:
    """Whether the title names goods with this word among others: not the value alone, nor with a cue, as in `Ann's list`."""
    if value.casefold() not in title.casefold():
        return False
    places = re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", title, re.IGNORECASE)
    return words_of(title) != words_of(value) and any(not has_cue(title, *one.span()) for one in places)


def _parsed(answer: str) -> list[Any] | None:
    """The JSON list that the answer is, or that its only fence holds."""
    fenced = _FENCED.fullmatch(answer.strip())
    if len(answer) > MAX_ANSWER:
        return None
    try:
        said = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, list) else None


def _span(item: Any, snippet: str) -> tuple[str, Kind] | Reason:
    """The span, its edges without punctuation, or why it is none."""
    if (
        not isinstance(item, dict)
        or set(item) != {"text", "kind"}
        or not all(isinstance(v, str) for v in item.values())
    ):
        return "not_a_span"
    kind, text = item["kind"], item["text"].strip(_EDGES)
    if kind not in KINDS:
        return "unknown_kind"
    if item["text"] not in snippet:
        return "not_in_snippet"
    if sum(map(str.isalnum, text)) < 2:
        return "not_a_span"
    if len(text) > MAX_SPAN or (len(text) > LONG_SPAN and len(text) > MAX_SHARE * len(snippet)):
        return "too_long"
    return text, cast("Kind", kind)


def _placed(wanted: Sequence[tuple[str, Kind]], snippet: str, refused: Counter[str]) -> list[Mark]:
    """Every place of each span as whole words, the longest span first."""
    protected = [match.span() for match in PLACEHOLDER.finditer(snippet)]
    marks: list[Mark] = []
    for text, kind in wanted:
        places = list(_whole_words(text, snippet))
        outside = [place for place in places if _is_free(place, protected)]
        free = [place for place in outside if _is_free(place, [(one.start, one.end) for one in marks])]
        marks += [Mark(*place, kind) for place in free]
        if not free:
            refused["overlapping" if outside else "placeholder" if places else "part_of_a_word"] += 1
    return marks


def _whole_words(text: str, snippet: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", snippet))


def _is_free(place: tuple[int, int], taken: Sequence[tuple[int, int]]) -> bool:
    return all(place[1] <= start or place[0] >= end for start, end in taken)
