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
        self._answers: defaultdict[tuple[Hashable, ...], dict[str, Any]] = defaultdict(dict)

    def ask(
        self, texts: Iterable[str | None], question: Callable[..., Mapping[str, Answer]], *about: Hashable
    ) -> dict[str, Answer]:
        """The answers to `question(texts, *about)` of those texts that have one, in their order; no text is asked about twice.

        The question is a pure function, whose answer about a text does not depend on the texts beside it.

        >>> def lengths(texts): return {text: len(text) for text in texts if text}
        >>> Memory().ask(["ab", None, "", "a", "ab"], lengths)
        {'ab': 2, 'a': 1}
        """
        known = self._answers[question, *about]
        distinct = dict.fromkeys(texts)
        if new := [text for text in distinct if text is not None and text not in known]:
            known.update(dict.fromkeys(new))
            known.update(question(new, *about))
        return {text: known[text] for text in distinct if text is not None and known[text] is not None}
