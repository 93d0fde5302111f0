"""Does an arm of training help? Over its seeds, because the luck of one seed is no finding. Which runs there are is `pairs`' business."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from shopcart_assets.evaluation.answers import Answers, Floats, answered, by_session
from shopcart_assets.evaluation.comparisons import clustered, holm
from shopcart_assets.evaluation.pairs import Run, as_trained
from shopcart_assets.evaluation.words import call
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.experiment import TrainConfig
from shopcart_assets.platform.policy import PolicyConfig

MIN_SEEDS = 3
FEW_SEEDS = f"fewer than {MIN_SEEDS} seeds: no claim"
RIVALS: Mapping[str, str] = {
    "action_only": "prompted",
    "reasoning": "action_only",
    "think": "action_only",
    "no_think": "action_only",
}
"""What each arm is compared with: the arm that has one thing less."""
_CLUSTERED = ("n_users", "delta_points", "low_points", "high_points", "p_sign_flip")
_NOT_COMPARED: Mapping[str, Any] = {
    "rival_arm": None,
    "n_seeds_compared": 0,
    "delta_sd_points": None,
    **dict.fromkeys(_CLUSTERED),
    "is_claim": False,
}


@dataclass(frozen=True)
class Arm:
    """One way of using a base model: `policies` has its judged policy of each seed; `prompted` has one, of no seed.

    `train` is how all of them were trained.
    """

    base_model: str
    arm: str
    policies: Mapping[int, str]
    train: TrainConfig | None = None


def declared_arms(policies: Sequence[PolicyConfig], runs: Iterable[Run]) -> list[Arm]:
    """The arms of each base model. A checkpoint that thinks counts as `think`, and as `no_think` where it acts at once.

    Seeds are those of the training, and nothing else differs within an arm: runs with other settings, or that learned from
    another generator, are an arm of their own of the same name. Policies that draw their answers at a temperature are left out.
    """
    runs = list(runs)
    bases = {one.base_model for one in runs}
    found: dict[tuple[object, ...], Arm] = {}
    for one in policies:
        if one.kind == "prompted" and one.model in bases and not one.temperature:
            found.setdefault((one.model,), Arm(one.model, "prompted", {one.seed: one.name}))
    for one, run in as_trained(policies, runs):
        name = "no_think" if one.arm == "think" and not one.is_thinking else str(one.arm)
        key = run.base_model, name, run.generator, run.train
        arm = found.setdefault(key, Arm(run.base_model, name, {}, run.train))
        found[key] = replace(arm, policies={run.seed: one.name, **arm.policies})
    return sorted(found.values(), key=lambda one: (one.base_model, one.arm))


def arms(answers: Answers, declared: Sequence[Arm]) -> pl.DataFrame:
    """evaluation.arms over the seeds that were judged. `p_holm` adjusts over base models, for each arm and rival.

    Of several arms of one name the one with the most judged seeds is told, the first of equals.
    """
    by_key: dict[tuple[str, str], list[Arm]] = {}
    for one in declared:
        judged = {seed: name for seed, name in sorted(one.policies.items()) if name in answers.right}
        if judged:
            by_key.setdefault((one.base_model, one.arm), []).append(replace(one, policies=judged))
    told = [max(alike, key=_n_seeds) for alike in by_key.values()]
    rows = [{**_alone(answers, one), **_beside(answers, one, _rival(one, by_key))} for one in told]
    frame = pl.DataFrame([{**row, "p_holm": None, "claim": None} for row in rows], table("evaluation.arms").schema())
    adjusted = pl.col("p_sign_flip").map_batches(holm, return_dtype=pl.Float64).over("arm")
    compared = pl.col("p_sign_flip").is_not_null()
    whole = pl.concat([frame.filter(compared).with_columns(p_holm=adjusted), frame.filter(~compared)])
    ordered = whole.sort("base_model", "arm")
    return ordered.with_columns(pl.Series("claim", [_claim(row) for row in ordered.to_dicts()], pl.String))


def _n_seeds(arm: Arm) -> int:
    return len(arm.policies)


def _rival(arm: Arm, by_key: Mapping[tuple[str, str], Sequence[Arm]]) -> Arm | None:
    """The arm that has one thing less, and was trained with the same settings: else the difference would be of both."""
    rivals = by_key.get((arm.base_model, RIVALS.get(arm.arm, "")), ())
    return max((one for one in rivals if one.arm == "prompted" or one.train == arm.train), key=_n_seeds, default=None)


def _alone(answers: Answers, arm: Arm) -> dict[str, Any]:
    accuracies = np.array([_macro(answers, [name], answers.right[name]) for name in arm.policies.values()])
    return {
        "base_model": arm.base_model,
        "arm": arm.arm,
        "n_seeds": accuracies.size,
        "macro_accuracy": float(accuracies.mean()),
        "macro_accuracy_sd": _sd(accuracies),
        "macro_accuracy_min": float(accuracies.min()),
        "macro_accuracy_max": float(accuracies.max()),
    }


def _beside(answers: Answers, arm: Arm, rival: Arm | None) -> Mapping[str, Any]:
    """The arm less its rival, averaged over the seeds that both have; a prompted model has no seed and meets each of them."""
    pairs = [(arm.policies[seed], other) for seed in arm.policies if rival and (other := _meets(rival, seed))]
    names = {name for pair in pairs for name in pair}
    if rival is None or not pairs or not (there := answered(answers, names)).any():
        return _NOT_COMPARED
    differences = [answers.right[mine].astype(np.int64) - answers.right[theirs] for mine, theirs in pairs]
    deltas = 100 * np.array([_macro(answers, names, one) for one in differences])
    sessions = by_session(answers, np.sum(differences, axis=0) / len(differences), there)
    facts = clustered(sessions.mean, sessions.user)
    return {
        "rival_arm": rival.arm,
        "n_seeds_compared": len(pairs),
        "delta_sd_points": _sd(deltas),
        **{name: facts[name] for name in _CLUSTERED},
        "is_claim": len(pairs) >= MIN_SEEDS,
    }


def _meets(rival: Arm, seed: int) -> str | None:
    return next(iter(rival.policies.values())) if rival.arm == "prompted" else rival.policies.get(seed)


def _macro(answers: Answers, policies: Iterable[str], values: np.ndarray[Any, Any]) -> float:
    return float(by_session(answers, values, answered(answers, policies)).mean.mean())


def _sd(values: Floats) -> float | None:
    return float(values.std(ddof=1)) if values.size > 1 else None


def _claim(row: Mapping[str, Any]) -> str:
    """What may be said: a sentence, or why there is none.

    >>> _claim({"rival_arm": "action_only", "n_seeds_compared": 2, "is_claim": False})
    'fewer than 3 seeds: no claim'
    >>> _claim({"arm": "reasoning", "rival_arm": "action_only", "n_seeds_compared": 3, "is_claim": True, "delta_points": -1.26, "p_holm": 0.2})
    'reasoning is 1.3 points lower than action_only over 3 seeds: not distinguishable'
    """
    if row["rival_arm"] is None:
        return "nothing to compare with: no claim"
    if not row["is_claim"]:
        return FEW_SEEDS
    size = f"{abs(row['delta_points']):.1f} points {'higher' if row['delta_points'] >= 0 else 'lower'}"
    return f"{row['arm']} is {size} than {row['rival_arm']} over {row['n_seeds_compared']} seeds: {call(row['p_holm'])}"
