"""What texts were found to hold, remembered over the pages of a batch: a site's pages repeat most of what they say.

The texts are personal data: a memory is made for one batch and gone with it. What is asked of them belongs to who asks.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Memory:
    """Answers about texts, by question. A question is asked of many texts at once: most are searched by compiled code."""

    def __init__(self) -> None:
        self._asked: defaultdict[tuple[Hashable, ...], set[str]] = defaultdict(set)
        self._answers: defaultdict[tuple[Hashable, ...], dict[str, Any]] = defaultdict(dict)

    def ask(
        self, texts: Iterable[str | None], question: Callable[..., Mapping[str, Answer]], *about: Hashable
    ) -> dict[str, Answer]:
        """The answers to `question(texts, *about)` of those texts that have one; no text is asked about twice.

        The question is a pure function, whose answer about a text does not depend on the texts beside it.

        >>> def lengths(texts): return {text: len(text) for text in texts if text}
        >>> sorted(Memory().ask(["ab", None, "", "a", "ab"], lengths).items())
        [('a', 1), ('ab', 2)]
        """
        asked, answers = self._asked[question, *about], self._answers[question, *about]
        distinct = {text for text in texts if text is not None}
        if new := distinct - asked:
            asked |= new
            answers.update(question(new, *about))
        return {text: answers[text] for text in answers.keys() & distinct}
