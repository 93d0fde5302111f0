"""Baselines that count: fit on train sessions only, cheap, and hard to beat by little."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from shopcart_assets.evaluation.categories import Category, category
from shopcart_assets.evaluation.legality import illegal_reason
from shopcart_assets.evaluation.policies.base import Case, Policy, Session
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit, to_json

_Key = TypeVar("_Key", bound=str)


def majority(train: Sequence[Session], _seed: int) -> Policy:
    """The commonest action type of the step, with its commonest target of that step that the page has; else terminate.

    A step that no train session reached is answered like the last one that one did.
    """
    by_step: dict[int, Counter[Action]] = defaultdict(Counter)
    for session in train:
        for step, action in enumerate(session[1:], 2):
            by_step[step][action] += 1
    answers = {step: _of_commonest_type(counts) for step, counts in by_step.items()}
    last = max(answers, default=0)

    def policy(case: Case) -> Action:
        ranked = answers.get(min(case.key[1], last), [])
        return next((action for action in ranked if illegal_reason(action, case.roles) is None), Terminate())

    return policy


def _of_commonest_type(counts: Counter[Action]) -> list[Action]:
    """The actions of the commonest type, commonest first; equal counts in the order of their JSON."""
    types: Counter[str] = Counter()
    for action, n in counts.items():
        types[action.type] += n
    commonest = min(types, key=lambda kind: (-types[kind], kind))
    of_type = [action for action in counts if action.type == commonest]
    return sorted(of_type, key=lambda action: (-counts[action], to_json(action)))


def markov(train: Sequence[Session], _seed: int) -> Policy:
    """The likeliest category after the last two, that the page offers; back-off to the last one, then to none.

    Within a category: the first such element of the page; for a search, what people typed most after the same query, else
    that query again.
    """
    following: dict[tuple[str, ...], Counter[Category]] = defaultdict(Counter)
    retyped: dict[str, Counter[str]] = defaultdict(Counter)
    for session in train:
        for place in range(1, len(session)):
            recent = _recent(session[:place])
            for start in range(len(recent) + 1):
                following[recent[start:]][category(session[place])] += 1
        queries = [action.text for action in session if isinstance(action, TypeAndSubmit)]
        for query, text in pairwise(queries):
            retyped[query][text] += 1

    def policy(case: Case) -> Action:
        query = next(iter(_ranked(retyped.get(case.last_query, Counter()))), case.last_query)
        offered = _offered(case, query)
        recent = _recent(case.history)
        for start in range(len(recent) + 1):
            for kind in _ranked(following.get(recent[start:], Counter())):
                if kind in offered:
                    return offered[kind]
        return Terminate()

    return policy


def _recent(history: Session) -> tuple[str, ...]:
    """The categories of the last two actions; before the first one stands the session's beginning."""
    return tuple(["start", *map(category, history)][-2:])


def _ranked(counts: Counter[_Key]) -> list[_Key]:
    """Keys by falling count; equal counts in alphabetical order."""
    return sorted(counts, key=lambda key: (-counts[key], key))


def _offered(case: Case, query: str) -> dict[Category, Action]:
    """For each category that can be done on the page, the action that does it: the first of the page."""
    offered: dict[Category, Action] = {}
    for action in _candidates(case, query):
        offered.setdefault(category(action), action)
    return offered


def _candidates(case: Case, query: str) -> Iterator[Action]:
    yield from (Click(name) for name in case.clickable)
    yield from (TypeAndSubmit(name, query) for name in case.text_fields if query)
    yield Terminate()
