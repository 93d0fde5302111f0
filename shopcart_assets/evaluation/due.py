"""Which policies a weekly round re-evaluates: those of servers, which drift, within their budgets. Nothing is asked here."""

from collections.abc import Sequence
from dataclasses import dataclass

from shopcart_assets.evaluation import registry
from shopcart_assets.evaluation.api import TABLE
from shopcart_assets.evaluation.found import is_wanted
from shopcart_assets.evaluation.rounds import known
from shopcart_assets.platform.llm import LLMError
from shopcart_assets.platform.llm.budget import open_budget
from shopcart_assets.platform.llm.outcomes import UNDER_WAY
from shopcart_assets.platform.llm.prices import dollars
from shopcart_assets.platform.policy import PolicyConfig, ServerConfig
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse


@dataclass(frozen=True)
class Due:
    """The policies to ask in this round, and a line for each that is not asked."""

    policies: list[str]
    skipped: list[str]


def due(warehouse: Warehouse, settings: Settings, round_: str, partitions: Sequence[str]) -> Due:
    """Of the policies that a server answers and that are in `partitions`. Raises LakeError."""
    found = Due([], [])
    for policy in registry.policies(warehouse, settings.profile):
        if policy.server is None:
            continue
        if is_wanted(policy, settings.profile.policies, settings.profile.watches):
            reason = _why_not(warehouse, settings, policy, policy.server, round_, partitions)
        else:
            reason = "it was found, and nothing watches for it any more, or a declared policy asks the same"
        if reason:
            found.skipped.append(f"{policy.name} is not asked in {round_}: {reason}")
        else:
            found.policies.append(policy.name)
    return found


def _why_not(
    warehouse: Warehouse,
    settings: Settings,
    policy: PolicyConfig,
    server: ServerConfig,
    round_: str,
    partitions: Sequence[str],
) -> str:
    """Why a policy is not asked; empty where it is. It was asked in earlier rounds, or it is somebody else's to ask it first."""
    if policy.name not in partitions:
        return "it is no partition yet"
    if reason := may_not_spend(settings, policy, server):
        return reason
    rounds = known(warehouse, policy.name)
    if rounds and (warehouse.read(TABLE, policy=policy.name, round=rounds[-1])["state"] == UNDER_WAY).any():
        return f"its round {rounds[-1]} is still under way"
    return ""


def may_not_spend(settings: Settings, policy: PolicyConfig, server: ServerConfig) -> str:
    """Why nobody but a person may let the policy's server be asked: money. Empty where it is free or has budget left."""
    generator = server.asked_for(policy.name, str(policy.model))
    price = settings.prices.of(generator)
    if server.budget_usd is None and not (price and price.is_free):
        return "it has no budget of its own: set budget_usd"
    budget = open_budget(generator, settings)
    try:
        budget.check_price()
        left = budget.left_usd()
    except LLMError as error:
        return str(error)
    if left is not None and left <= 0 and not (price and price.is_free):
        return f"its budget of {dollars(server.budget_usd or 0)}, or that of all, is spent"
    return ""
