"""Which policies are compared with which: declared before any number is seen, in families. No statistics here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from shopcart_assets.platform.experiment import TrainConfig
from shopcart_assets.platform.policy import PolicyConfig

CONSTANT = "always_terminate"
BUYS = "always_buy"


@dataclass(frozen=True)
class Pair:
    """A declared comparison; the claim is that `policy` beats `rival`."""

    policy: str
    rival: str
    family: str


class Run(Protocol):
    """What was trained from what: an ExperimentConfig, or a Checkpoint that no profile declares."""

    @property
    def name(self) -> str:
        """The experiment."""
        ...

    @property
    def base_model(self) -> str:
        """The model that was fine-tuned."""
        ...

    @property
    def generator(self) -> str | None:
        """Whose rationales it learned from; None = none."""
        ...

    @property
    def seed(self) -> int:
        """Of the training."""
        ...

    @property
    def train(self) -> TrainConfig | None:
        """How it was trained; None = nobody knows any more."""
        ...


@dataclass(frozen=True)
class Checkpoint:
    """A finished fine-tuning run, as training.checkpoints tells of it."""

    name: str
    base_model: str
    generator: str | None = None
    seed: int = 0
    train: TrainConfig | None = None


def trained(declared: Sequence[Run], checkpoints: pl.DataFrame) -> list[Run]:
    """The declared runs, and those of `checkpoints` (training.checkpoints) that are finished all the same."""
    names = {one.name for one in declared}
    rows = checkpoints.select("experiment", "base_model", "generator", "seed").sort("experiment").iter_rows()
    return [*declared, *(Checkpoint(name, *told) for name, *told in rows if name not in names)]


def as_trained(policies: Sequence[PolicyConfig], runs: Iterable[Run]) -> list[tuple[PolicyConfig, Run]]:
    """Each run's own policy, or its two where it can think: who speaks for its training, and once.

    Of several policies that ask one checkpoint the first that answers greedily is its own; what draws its answers at a
    temperature has the seed of its draws, and stands in tables beside it.
    """
    by_name = {one.name: one for one in runs}
    own: dict[tuple[str, bool], PolicyConfig] = {}
    for one in policies:
        if one.kind == "fine_tuned" and one.model in by_name and not one.temperature:
            own.setdefault((one.model, one.is_thinking), one)
    return [(policy, by_name[name]) for (name, _), policy in own.items()]


def declared_pairs(policies: Sequence[PolicyConfig], runs: Iterable[Run]) -> list[Pair]:
    """The paper's claims (4.4, 4.5) and those that it leaves out, a family each, in which Holm adjusts.

    Each fine-tuned model with its own prompted base model; the reasoning arm with the action-only arm of the same base model,
    seed and settings; a thinking model with itself when it acts at once; and every policy with `always_terminate`, the kinds
    of policies apart, and a fine-tuned one with `always_buy` too. Nobody is compared with "the best prompted model": which that
    is would be chosen by the same data.
    """
    tuned = as_trained(policies, runs)
    prompted = {
        str(one.model): one.name for one in reversed(policies) if one.kind == "prompted" and not one.temperature
    }
    plain = {_alike(run): one.name for one, run in reversed(tuned) if one.arm == "action_only"}
    at_once = {run.name: one.name for one, run in tuned if not one.is_thinking}
    families: Mapping[str, Iterable[tuple[PolicyConfig, str | None]]] = {
        "fine_tuned_v_prompted": ((one, prompted.get(run.base_model)) for one, run in tuned),
        "reasoning_v_action_only": ((one, plain.get(_alike(run))) for one, run in tuned if one.arm == "reasoning"),
        "think_v_no_think": (
            (one, at_once.get(run.name)) for one, run in tuned if one.arm == "think" and one.is_thinking
        ),
        **_with_constant(policies),
    }
    return [Pair(one.name, rival, family) for family, found in families.items() for one, rival in found if rival]


def _alike(run: Run) -> tuple[str, int, TrainConfig | None]:
    """What two runs have in common that differ by their arm alone."""
    return run.base_model, run.seed, run.train


def _with_constant(policies: Sequence[PolicyConfig]) -> dict[str, list[tuple[PolicyConfig, str | None]]]:
    """The constant policies as rivals. A family for each kind, so that many baselines do not make the claim about a model harder."""
    there = {one.name for one in policies}
    wanted = [*((kind, CONSTANT) for kind in ("fine_tuned", "prompted", "baseline")), ("fine_tuned", BUYS)]
    return {
        f"{kind}_v_{rival}": [(one, rival) for one in policies if one.kind == kind and one.name != rival]
        for kind, rival in wanted
        if rival in there
    }
