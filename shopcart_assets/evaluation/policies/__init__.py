"""Policies that need no model: each a pure function of what came before, the page and the training sessions.

`REGISTRY` names them. A fit reads the training sessions once and returns the policy; its answer is an action, never text.
"""

from collections.abc import Mapping

from shopcart_assets.evaluation.policies.base import Case, Fit, Policy, Session, cases_of, training_sessions
from shopcart_assets.evaluation.policies.constant import always_buy, always_terminate, first_result, random_legal
from shopcart_assets.evaluation.policies.fitted import majority, markov

REGISTRY: Mapping[str, Fit] = {
    "always_terminate": always_terminate,
    "always_buy": always_buy,
    "first_result": first_result,
    "random_legal": random_legal,
    "majority": majority,
    "markov": markov,
}

__all__ = ["REGISTRY", "Case", "Fit", "Policy", "Session", "cases_of", "training_sessions"]
