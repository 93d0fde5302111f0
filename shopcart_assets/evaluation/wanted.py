"""Which policies have no verdicts yet, or those of a checkpoint that was trained anew, and may be evaluated without a person.

Only the decision: what asks for the runs is `automation`, what a run does is the assets'.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field

import polars as pl

from shopcart_assets.evaluation import registry
from shopcart_assets.evaluation.due import may_not_spend
from shopcart_assets.evaluation.found import is_wanted
from shopcart_assets.platform.declared.policies import of_experiments
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse

_OF_SIMULATED_SHOPPERS = "bayes_optimal"
_NAMED = 3


@dataclass(frozen=True)
class Wanted:
    """Run keys of the evaluations to ask for, by policy; and by reason the policies that have to wait, or are never asked for by themselves."""

    run_keys: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, list[str]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """A line for each reason, with the first of those who wait.

        >>> Wanted(waiting={"it has no budget": ["a", "b", "c", "d", "e"]}).lines()
        ['not asked for: a, b, c and 2 more: it has no budget']
        """
        return [f"not asked for: {_first(names)}: {reason}" for reason, names in self.waiting.items()]


@dataclass(frozen=True)
class Past:
    """What Dagster knows.

    `under_way`: the policies of runs that have not ended. `was_asked`: whether there was a run of that key. `checkpoint_of`:
    the config_sha256 of the checkpoint that answered for the policy last; None = unknown, because it was evaluated elsewhere.
    """

    under_way: Collection[str]
    was_asked: Callable[[str], bool]
    checkpoint_of: Callable[[str], str | None]


def wanted(warehouse: Warehouse, settings: Settings, past: Past) -> Wanted:
    """Of all policies, in their order; of models on this machine one at a time. Nothing is asked, nothing is written.

    Whatever came of it, an evaluation is asked for once for each state of what it depends on: the policy's declaration, its
    checkpoint, the days that have test cases.
    """
    known, found = registry.policies(warehouse, settings.profile), Wanted()
    checkpoints = warehouse.read("training.checkpoints")
    trained = dict(checkpoints.select("experiment", "config_sha256").iter_rows())
    judged = {one["policy"] for one in warehouse.partitions("evaluation.verdicts")}
    days = sorted(one["day"] for one in warehouse.partitions("dataset.cases"))
    is_busy = any(is_local_model(one) and one.name in past.under_way for one in known)
    for policy in known:
        checkpoint = trained.get(str(policy.model)) if policy.kind == "fine_tuned" else None
        if policy.name in past.under_way or (policy.name in judged and not _is_anew(policy, checkpoint, past)):
            continue
        key = f"{policy.name} {_hash(asdict(policy), checkpoint, days)}"
        if past.was_asked(key):
            reason = "its run failed; asked again when its line, its checkpoint or the test days change, or by hand"
        else:
            reason = _not_yet(warehouse, settings, policy, checkpoints)
        if not reason and is_local_model(policy):
            reason = "another model has this machine" if is_busy else ""
            is_busy = True
        if reason:
            found.waiting.setdefault(reason, []).append(policy.name)
        else:
            found.run_keys[policy.name] = key
    return found


def is_local_model(policy: PolicyConfig) -> bool:
    """Whether a language model has to be run on this machine."""
    return policy.kind in ("prompted", "fine_tuned") and policy.server is None


def _is_anew(policy: PolicyConfig, checkpoint: str | None, past: Past) -> bool:
    """Whether the checkpoint is another than the one that answered."""
    answered = past.checkpoint_of(policy.name) if checkpoint else None
    return answered is not None and answered != checkpoint


def _not_yet(warehouse: Warehouse, settings: Settings, policy: PolicyConfig, checkpoints: pl.DataFrame) -> str:
    """Why nobody asks for it by itself; empty where somebody may."""
    if policy.name == _OF_SIMULATED_SHOPPERS and warehouse.read("context.optimal").is_empty():
        return "only simulated shoppers have an optimum"
    if policy.kind == "fine_tuned" and policy.model not in checkpoints["experiment"]:
        return "its checkpoint has not finished"
    if not is_wanted(policy, settings.profile.policies, settings.profile.watches):
        return "nothing watches for it any more"
    if policy.server is not None:
        return may_not_spend(settings, policy, policy.server)
    if policy.kind == "prompted" and _only_follows(policy, settings) and policy.model not in checkpoints["base_model"]:
        return "a base model waits for the first checkpoint made of it, unless policies.yaml names it"
    return ""


def _only_follows(policy: PolicyConfig, settings: Settings) -> bool:
    """Whether no person has written the policy down: it is there because experiments start from its model, which may be large."""
    return policy in of_experiments(settings.profile.experiments)


def _first(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _hash(*what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]
