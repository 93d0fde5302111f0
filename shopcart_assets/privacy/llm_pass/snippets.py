"""From text as it stands to the snippets that a model reads, and from marks in a snippet back to places in the text.

A snippet has escapes undone, white space as single spaces, and placeholders without their numbers, so that it is equal wherever
it stands and tells the model no pseudonym. Pages and events are not known here.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from shopcart_assets.privacy.decoding import decode, plain_text
from shopcart_assets.privacy.llm_pass.spans import Mark
from shopcart_assets.privacy.patterns import Span
from shopcart_assets.privacy.rules import PLACEHOLDER

DETECTOR = "llm"
MAX_CHARACTERS = 1_200
"""Of one snippet; a longer text is cut into several where a sentence or at least a word ends."""

_NO_NUMBER = "0000"
_PIECE = re.compile(r"\S+")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")

Marking = Callable[[str], Sequence[Mark]]
"""Snippet -> the marks in it."""


def readable(text: str) -> str:
    """The text as a model reads it.

    >>> readable("Dear  [NAME_7F3A],\\n see ann\\u00a0lee%40x")
    'Dear [NAME_0000], see ann lee@x'
    """
    return _without_numbers(" ".join(_PIECE.findall(plain_text(text))))


def snippets(text: str) -> list[str]:
    """The readable text cut into snippets; together they are the text.

    >>> [len(one) for one in snippets("A sentence. " * 150)]
    [1200, 599]
    """
    whole, cut = readable(text), []
    while len(whole) > MAX_CHARACTERS:
        at = max(whole.rfind(". ", MAX_CHARACTERS // 2, MAX_CHARACTERS) + 2, MAX_CHARACTERS // 2)
        if at == MAX_CHARACTERS // 2:
            at = whole.rfind(" ", 1, MAX_CHARACTERS) + 1 or MAX_CHARACTERS
        cut.append(whole[:at])
        whole = whole[at:]
    return [*cut, *([whole] if whole else [])]


def is_worth_asking(snippet: str) -> bool:
    """Whether it has two words of letters that no placeholder hides.

    >>> [is_worth_asking(one) for one in ("Ann Lee", "4.5 stars", "Dear [NAME_0000]", "5-10")]
    [True, False, False, False]
    """
    return len(_LETTERS.findall(PLACEHOLDER.sub(" ", snippet))) > 1


def marks_in(text: str, marking: Marking) -> list[Mark]:
    """The marks of all snippets of the text, as positions in the readable text."""
    found, offset = [], 0
    for snippet in snippets(text):
        found += [Mark(offset + one.start, offset + one.end, one.kind) for one in marking(snippet)]
        offset += len(snippet)
    return found


def spans_in(text: str, marks: Sequence[Mark]) -> list[Span]:
    """The marks of the readable text as spans of the text as it stands."""
    decoded = decode(text)
    places: list[
        int
    ] = []  # of each character of the readable text in the decoded one; of a space, where the word before ends
    for piece in _PIECE.finditer(decoded.text):
        places += ([piece.start() - 1] if places else []) + list(range(*piece.span()))
    plain = _without_numbers("".join(decoded.text[at] for at in places)) if marks else ""
    return [
        Span(
            *decoded.original(places[one.start], places[one.end - 1] + 1),
            one.kind,
            DETECTOR,
            plain[one.start : one.end],
        )
        for one in marks
    ]


@dataclass(frozen=True)
class Quote:
    """A readable text with its marks, to be found where the whole of it is repeated: in any case, with any signs between its words."""

    text: str
    marks: tuple[Mark, ...]

    def find(self, text: str, *, cut_off: bool = False) -> list[Span]:
        """The marked words wherever the text repeats the whole of the quoted one; `cut_off`: or is the beginning of it.

        >>> quote = Quote("gift for Ann Lee", (Mark(9, 16, "name"),))
        >>> [one.value for one in quote.find("/s/gift-for-ann-lee/2")], quote.find("Ann Lee"), len(quote.find("gift for Ann L", cut_off=True))
        (['Ann Lee'], [], 1)
        """
        plain = plain_text(text)
        found = [[one.span(n + 1) for n in range(len(self._words))] for one in self._whole.finditer(plain)]
        found += [beginning] if cut_off and not found and (beginning := self._beginning(plain)) else []
        places = [
            (words[first][0], words[min(last, len(words) - 1)][1], mark)
            for words in found
            for first, last, mark in self._marked
            if first < len(words)
        ]
        return self._spans(text, places)

    def find_part(self, text: str) -> list[Span]:
        """The marked words wherever they stand in a text that is known to be a part of the quoted one."""
        plain = plain_text(text)
        patterns = {mark: rf"(?<!\w){re.escape(self.text[mark.start : mark.end])}(?!\w)" for mark in self.marks}
        return self._spans(
            text, [(*one.span(), mark) for mark, shape in patterns.items() for one in re.finditer(shape, plain)]
        )

    def _spans(self, text: str, places: Sequence[tuple[int, int, Mark]]) -> list[Span]:
        decoded = decode(text) if places else None
        return [
            Span(*decoded.original(start, end), mark.kind, DETECTOR, self.text[mark.start : mark.end])
            for start, end, mark in places
            if decoded
        ]

    def _beginning(self, plain: str) -> list[tuple[int, int]] | None:
        """The words of a text that is the beginning of the quoted one, as recorders cut and people type it."""
        said = list(_WORD.finditer(plain))
        if not said or len(said) > len(self._words):
            return None
        *whole, (last, word) = zip(said, self._words, strict=False)
        is_beginning = all(_is_same(one[0], other) for one, other in whole)
        return [one.span() for one in said] if is_beginning and word.casefold().startswith(last[0].casefold()) else None

    @cached_property
    def _words(self) -> list[str]:
        return _WORD.findall(self.text)

    @cached_property
    def _marked(self) -> list[tuple[int, int, Mark]]:
        """Each mark with its first and last word."""
        spans = [match.span() for match in _WORD.finditer(self.text)]
        inside = (
            (mark, [n for n, (start, end) in enumerate(spans) if mark.start <= start and end <= mark.end])
            for mark in self.marks
        )
        return [(words[0], words[-1], mark) for mark, words in inside if words]

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        words = (r"[^\W_]{4}" if word == _NO_NUMBER else re.escape(word) for word in self._words)
        between = r"[\W_]+"
        return re.compile(rf"(?<![^\W_]){between.join(f'({word})' for word in words)}(?![^\W_])", re.IGNORECASE)


def apart(spans: Iterable[Span], text: str) -> list[Span]:
    """The spans left to right, without those that overlap an earlier given one or a placeholder."""
    taken = [match.span() for match in PLACEHOLDER.finditer(text)]
    kept: list[Span] = []
    for span in spans:
        if all(span.end <= start or span.start >= end for start, end in taken):
            taken.append((span.start, span.end))
            kept.append(span)
    return sorted(kept, key=lambda one: one.start)


def _is_same(said: str, word: str) -> bool:
    return said.casefold() == word.casefold() or (word == _NO_NUMBER and len(said) == len(_NO_NUMBER))


def _without_numbers(text: str) -> str:
    """Of the same length."""
    return PLACEHOLDER.sub(lambda one: one[0][:-5] + _NO_NUMBER + "]", text)
