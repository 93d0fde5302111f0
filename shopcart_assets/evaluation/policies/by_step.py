"""Built-ins that know how far the session is, and nothing else of it: counts by step over the train sessions."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from shopcart_assets.evaluation.categories import Category, category
from shopcart_assets.evaluation.legality import illegal_reason
from shopcart_assets.evaluation.policies.base import Case, Policy, Session, each
from shopcart_assets.evaluation.policies.candidates import offered, ranked
from shopcart_assets.platform.actions import Action, Terminate, to_json

_FEWEST_AT_RISK = 30
"""Sessions below which a step's own shares are noise: it is answered like the last step that has so many."""


def majority(train: Sequence[Session], _seed: int) -> Policy:
    """The commonest action type of the step, with its commonest target of that step that the page has; else terminate.

    A step that no train session reached is answered like the last one that one did.
    """
    by_step: dict[int, Counter[Action]] = defaultdict(Counter)
    for session in train:
        for step, action in enumerate(session.actions[1:], 2):
            by_step[step][action] += 1
    answers = {step: _of_commonest_type(counts) for step, counts in by_step.items()}
    last = max(answers, default=0)

    def answer(case: Case) -> Action:
        likeliest = answers.get(min(case.key[1], last), [])
        return next((action for action in likeliest if illegal_reason(action, case.roles) is None), Terminate())

    return each(answer)


def _of_commonest_type(counts: Counter[Action]) -> list[Action]:
    """The actions of the commonest type, commonest first; equal counts in the order of their JSON."""
    types: Counter[str] = Counter()
    for action, n in counts.items():
        types[action.type] += n
    commonest = min(types, key=lambda kind: (-types[kind], kind))
    of_type = [action for action in counts if action.type == commonest]
    return sorted(of_type, key=lambda action: (-counts[action], to_json(action)))


def hazard_terminate(train: Sequence[Session], _seed: int) -> Policy:
    """Leaves when it is time to: where, of the train sessions that reached this step, more left at it than did anything else
    that the page offers. Else the first target of the likeliest category; a search types the last query again.

    The share that leaves at a step of those that reached it is the discrete hazard of survival analysis. It is estimated
    step by step as long as 30 sessions reach the step; all steps from the last such one on are pooled, each counted once.
    """
    by_step: dict[int, Counter[Category]] = defaultdict(Counter)
    for session in train:
        for step, action in enumerate(session.actions[1:], 2):
            by_step[step][category(action)] += 1
    last = max((step for step, counts in by_step.items() if counts.total() >= _FEWEST_AT_RISK), default=2)
    tail = sum((counts for step, counts in by_step.items() if step >= last), Counter[Category]())
    likeliest = {step: ranked(counts) for step, counts in by_step.items() if step < last} | {last: ranked(tail)}

    def answer(case: Case) -> Action:
        targets = offered(case, case.last_query)
        kinds = likeliest[min(case.key[1], last)] if case.key[1] > 1 else []
        return next((targets[kind] for kind in kinds if kind in targets), Terminate())

    return each(answer)
