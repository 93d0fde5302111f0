"""Markov chains over categories of actions, with back-off. They know the last one or two actions and what the page offers."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from shopcart_assets.evaluation.categories import Category, category
from shopcart_assets.evaluation.policies.base import Actions, Case, Fit, Policy, Session, each
from shopcart_assets.evaluation.policies.candidates import NextQueries, offered, ranked
from shopcart_assets.platform.actions import Action, Terminate

State = tuple[str, ...]


def markov(order: int) -> Fit:
    """The chain that looks at the last `order` categories."""

    def fit(train: Sequence[Session], _seed: int) -> Policy:
        """The likeliest category after the last ones, that the page offers; back-off to fewer of them, down to none.

        Within a category: the first such element of the page; for a search, what people typed most after the same query,
        else that query again.
        """
        following: dict[State, Counter[Category]] = defaultdict(Counter)
        for session in train:
            for place in range(1, len(session.actions)):
                for state in _states(session.actions[:place], order):
                    following[state][category(session.actions[place])] += 1
        likeliest = {state: ranked(counts) for state, counts in following.items()}
        queries = NextQueries(train)

        def answer(case: Case) -> Action:
            targets = offered(case, queries.after(case.last_query))
            kinds = (kind for state in _states(case.history, order) for kind in likeliest.get(state, ()))
            return next((targets[kind] for kind in kinds if kind in targets), Terminate())

        return each(answer)

    return fit


def _states(history: Actions, order: int) -> list[State]:
    """The categories of the last `order` actions, then of ever fewer; before the first one stands the session's beginning."""
    recent = tuple(["start", *map(category, history[-order:])][-order:])
    return [recent[start:] for start in range(len(recent) + 1)]
