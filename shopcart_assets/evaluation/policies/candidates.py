"""What can be done on a page, by category: from a kind of action to one action. Shared by the policies that predict a kind."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from shopcart_assets.evaluation.categories import Category, category
from shopcart_assets.evaluation.policies.base import Case, Session
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit

_Key = TypeVar("_Key", bound=str)


def ranked(counts: Mapping[_Key, int]) -> list[_Key]:
    """Keys by falling count; equal counts in alphabetical order.

    >>> ranked({"mug": 1, "cup": 1, "jar": 3})
    ['jar', 'cup', 'mug']
    """
    return sorted(counts, key=lambda key: (-counts[key], key))


def offered(case: Case, query: str) -> dict[Category, Action]:
    """For each category that can be done on the page, the action that does it: the first of the page; a search types `query`."""
    first: dict[Category, Action] = {}
    for action in candidates(case, query):
        first.setdefault(category(action), action)
    return first


def candidates(case: Case, query: str) -> Iterator[Action]:
    """Every click in the order of the page, `query` in every text field unless it is blank, and terminate."""
    yield from (Click(name) for name in case.clickable)
    yield from (TypeAndSubmit(name, query) for name in case.text_fields if query.strip())
    yield Terminate()


class NextQueries:
    """What people type after a query: the text that followed it most often in the train sessions, else the query again."""

    def __init__(self, train: Sequence[Session]) -> None:
        retyped: dict[str, Counter[str]] = defaultdict(Counter)
        for session in train:
            queries = [action.text for action in session.actions if isinstance(action, TypeAndSubmit)]
            for query, text in pairwise(queries):
                if text.strip():
                    retyped[query][text] += 1
        self._after = {query: ranked(texts)[0] for query, texts in retyped.items()}

    def after(self, query: str) -> str:
        """The likeliest next text; empty where the query is."""
        return self._after.get(query, query) if query else ""
