"""Gradient boosting over a few features of the session and the page: what careful people without a language model would build."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from shopcart_assets.evaluation.categories import CATEGORIES, Category, category
from shopcart_assets.evaluation.policies.base import Case, Policy, Session
from shopcart_assets.evaluation.policies.candidates import NextQueries, candidates
from shopcart_assets.platform.actions import Action

FEATURES = (
    "step",
    "minutes_since_start",
    "minutes_between_last_two",
    "n_searches",
    "n_opened",
    "n_opened_since_search",
    "n_filters_used",
    "last_category",
    "category_before",
    "n_products_shown",
    "n_filters_shown",
    "n_pages_shown",
    "n_purchases_shown",
    "first_price",
    "first_rating",
    "words_in_query",
    "times_query_was_typed",
)
_CATEGORICAL = [FEATURES.index("last_category"), FEATURES.index("category_before")]
_CODE: Mapping[str, int] = {kind: code for code, kind in enumerate(("start", *CATEGORIES))}
UNKNOWN = -1.0
"""Instead of nan: scikit-learn cannot bin a feature that no train case knows. All known values but a clock's errors are above."""
Matrix = NDArray[np.float64]


def gradient_boosting(train: Sequence[Session], seed: int) -> Policy:
    """The likeliest category that the page offers, by boosted trees over `FEATURES`; within it, the best candidate.

    A candidate that the session has not clicked yet comes before one that it has; then, but for products, what was clicked
    most often in the train sessions; then the order of the page. A search types what people typed most after the same query.
    """
    questions = [pair for session in train for pair in session.questions()]
    likely = _classifier([case for case, _ in questions], [category(action) for _, action in questions], seed)
    clicks = Counter(action for _, action in questions if category(action) != "product")
    queries = NextQueries(train)

    def answer(cases: Sequence[Case]) -> list[Action]:
        rows = zip(cases, likely(cases), strict=True)
        return [_choose(case, kinds, queries.after(case.last_query), clicks) for case, kinds in rows]

    return answer


def features(case: Case) -> list[float]:
    """The case as numbers, in the order of FEATURES; UNKNOWN where the log or the page does not say. No names, no texts."""
    kinds = [category(action) for action in case.history]
    since_search = kinds[::-1].index("search") if "search" in kinds else len(kinds)
    before, last = ["start", "start", *kinds][-2:]
    minutes, facts, query = (nan, nan, *case.minutes)[-2:], case.facts, case.last_query
    numbers = [
        case.key[1],
        minutes[1],
        minutes[1] - minutes[0],
        kinds.count("search"),
        kinds.count("product"),
        kinds[len(kinds) - since_search :].count("product"),
        kinds.count("filter"),
        _CODE[last],
        _CODE[before],
        facts.n_products,
        facts.n_filters,
        facts.n_pages,
        facts.n_purchases,
        facts.price,
        facts.rating,
        len(query.split()),
        sum(getattr(action, "text", None) == query for action in case.history),
    ]
    return [UNKNOWN if isnan(number) else float(number) for number in numbers]


def _classifier(
    cases: Sequence[Case], kinds: Sequence[Category], seed: int
) -> Callable[[Sequence[Case]], list[list[Category]]]:
    """From cases to their categories by falling probability; terminate, which every page offers, is always among them."""
    known = sorted(set(kinds))
    if len(known) < 2:  # nothing to tell apart
        return lambda asked: [[*known, "terminate"] for _ in asked]
    from sklearn.ensemble import HistGradientBoostingClassifier  # heavy: definitions must not import it

    model = HistGradientBoostingClassifier(
        learning_rate=0.1,
        max_iter=100,
        max_leaf_nodes=4,  # few: chosen by cross-validation on a few hundred sessions, where larger trees learn by heart
        early_stopping=False,
        categorical_features=_CATEGORICAL,
        random_state=seed,
    ).fit(_matrix(cases), kinds)
    classes: list[Category] = model.classes_.tolist()

    def likely(asked: Sequence[Case]) -> list[list[Category]]:
        if not asked:
            return []
        order = np.argsort(-model.predict_proba(_matrix(asked)), axis=1, kind="stable").tolist()
        return [[*(classes[number] for number in row), "terminate"] for row in order]

    return likely


def _matrix(cases: Sequence[Case]) -> Matrix:
    return np.array([features(case) for case in cases], np.float64)


def _choose(case: Case, kinds: Sequence[Category], query: str, clicks: Mapping[Action, int]) -> Action:
    done = set(case.history)
    of_kind: dict[Category, list[Action]] = {}
    for action in candidates(case, query):
        of_kind.setdefault(category(action), []).append(action)
    kind = next(kind for kind in kinds if kind in of_kind)
    return min(of_kind[kind], key=lambda action: (action in done, -clicks.get(action, 0)))
