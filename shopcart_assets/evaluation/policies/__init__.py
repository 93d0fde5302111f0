"""Policies that need no model: each a pure function of what came before, the page and the train sessions.

`REGISTRY` names them; docs/baselines.md describes them. A fit learns from the train sessions once and returns the policy.
"""

from collections.abc import Mapping

from shopcart_assets.evaluation.policies.base import Case, Fit, PageFacts, Policy, Session
from shopcart_assets.evaluation.policies.boosting import gradient_boosting
from shopcart_assets.evaluation.policies.by_step import hazard_terminate, majority
from shopcart_assets.evaluation.policies.constant import (
    always_buy,
    always_terminate,
    first_result,
    random_legal,
    repeat_last_query,
)
from shopcart_assets.evaluation.policies.markov import markov
from shopcart_assets.evaluation.policies.neighbours import session_knn

REGISTRY: Mapping[str, Fit] = {
    "always_terminate": always_terminate,
    "always_buy": always_buy,
    "first_result": first_result,
    "repeat_last_query": repeat_last_query,
    "random_legal": random_legal,
    "majority": majority,
    "hazard_terminate": hazard_terminate,
    "markov_1": markov(1),
    "markov_2": markov(2),
    "session_knn": session_knn,
    "gradient_boosting": gradient_boosting,
}
READS_PAGES = frozenset({"gradient_boosting"})
"""Those that look at what pages show, which takes reading every page of the lake once."""

__all__ = ["READS_PAGES", "REGISTRY", "Case", "Fit", "PageFacts", "Policy", "Session"]
