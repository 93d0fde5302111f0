"""Session kNN: what sessions like this one did next. Nearest neighbours over sparse counts; no learning, no page text."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from shopcart_assets.evaluation.categories import Category, category
from shopcart_assets.evaluation.legality import illegal_reason
from shopcart_assets.evaluation.policies.base import Actions, Case, Policy, Session, each
from shopcart_assets.evaluation.policies.candidates import NextQueries, offered
from shopcart_assets.platform.actions import Action, Terminate, to_json

N_NEIGHBOURS = 100
N_SAMPLED = 500
"""Of the sessions that share an item, the latest so many are looked at (Ludewig & Jannach's m; their k is N_NEIGHBOURS)."""

Item = Action | tuple[str, str]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Shared:
    """The train sessions that have an item, latest first: their numbers, where each has it last, and its rarity."""

    sessions: Ints
    places: Ints
    idf: float


def session_knn(train: Sequence[Session], _seed: int) -> Policy:
    """The next action of the nearest train sessions, by vote (V-SKNN of Ludewig & Jannach 2018, voting as SF-SKNN).

    Items of a session are its actions, and its pairs of neighbouring categories, so that sessions of other products can be
    near too. Similarity = sum over shared items of recency in this session (linear, latest = 1) x inverse document frequency.
    Each of the nearest 100 votes, with its similarity, for what it did right after the latest item that it shares: for that
    very action where the page has it, else for the page's first target of the same category. The likeliest action wins.
    """
    index = _index(train)
    queries = NextQueries(train)
    following = [[(action, category(action)) for action in session.actions] for session in train]

    def answer(case: Case) -> Action:
        targets = offered(case, queries.after(case.last_query))
        legal: dict[Action, Action | None] = {}
        votes: dict[Action, float] = defaultdict(float)
        for session, place, similarity in _nearest(index, case.history):
            action, kind = following[session][place + 1]
            if action not in legal:
                legal[action] = action if illegal_reason(action, case.roles) is None else targets.get(kind)
            if (target := legal[action]) is not None:
                votes[target] += similarity
        return min(votes, key=lambda one: (-votes[one], to_json(one)), default=Terminate())

    return each(answer)


def _items(history: Actions) -> Iterator[tuple[Item, int]]:
    """The items with the place where each stands, latest first; at a place the action itself before the pair."""
    kinds: list[Category | str] = ["start", *map(category, history)]
    for place in reversed(range(len(history))):
        yield history[place], place
        yield (kinds[place], kinds[place + 1]), place


def _index(train: Sequence[Session]) -> Mapping[Item, _Shared]:
    """For each item the sessions that have it before their last action, which is where something follows it."""
    found: dict[Item, list[tuple[int, int]]] = defaultdict(list)
    for number in reversed(range(len(train))):
        seen: set[Item] = set()
        for item, place in _items(train[number].actions[:-1]):
            if item not in seen:
                seen.add(item)
                found[item].append((number, place))
    index = {}
    for item, shared in found.items():
        sampled = np.array(shared[:N_SAMPLED], np.int64)
        index[item] = _Shared(sampled[:, 0], sampled[:, 1], log(1 + len(train) / len(shared)))
    return index


def _nearest(index: Mapping[Item, _Shared], history: Actions) -> Iterator[tuple[int, int, float]]:
    """The most similar sessions: number, place of the latest item that both have, similarity; of equal ones the latest."""
    latest: dict[Item, int] = {}
    for item, place in _items(history):
        if item in index:
            latest.setdefault(item, place)
    if not latest:
        return
    shared = [index[item] for item in latest]
    weights = [one.idf * (place + 1) / len(history) for one, place in zip(shared, latest.values(), strict=True)]
    sessions = np.concatenate([one.sessions for one in shared])
    # Items come latest first, so that the first mention of a session is by the latest item that it shares.
    numbers, first, of_number = np.unique(sessions, return_index=True, return_inverse=True)
    similarity = np.bincount(of_number, np.repeat(weights, [len(one.sessions) for one in shared]))
    nearest = np.lexsort((-numbers, -similarity))[:N_NEIGHBOURS]
    places = np.concatenate([one.places for one in shared])[first[nearest]]
    yield from zip(numbers[nearest].tolist(), places.tolist(), similarity[nearest].tolist(), strict=True)
