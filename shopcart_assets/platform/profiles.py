"""Complete configurations. A run is a function that returns one: `tiny`, `demo`, `study`, `paper`.

Values only: no environment, no defaults that hide elsewhere. Sizes are units of what the name says. Experiments and the names
of the built-in policies are the files of `declared`; what a user adds to them is in `declared/own.py`.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from shopcart_assets.platform.declared.experiments import shipped_experiments
from shopcart_assets.platform.declared.names import merged
from shopcart_assets.platform.declared.policies import BASELINES as BASELINES
from shopcart_assets.platform.declared.policies import CEILING as CEILING
from shopcart_assets.platform.declared.policies import ORACLE as ORACLE
from shopcart_assets.platform.declared.policies import of_experiments
from shopcart_assets.platform.experiment import ExperimentConfig as ExperimentConfig
from shopcart_assets.platform.experiment import TrainConfig as TrainConfig
from shopcart_assets.platform.experiment import TrainedArm as TrainedArm
from shopcart_assets.platform.generator import HUMAN as HUMAN
from shopcart_assets.platform.generator import GeneratorConfig as GeneratorConfig
from shopcart_assets.platform.generator import Mode as Mode
from shopcart_assets.platform.generator import Output as Output
from shopcart_assets.platform.generator import Route as Route
from shopcart_assets.platform.policy import Arm as Arm
from shopcart_assets.platform.policy import PolicyConfig as PolicyConfig
from shopcart_assets.platform.policy import PolicyKind as PolicyKind
from shopcart_assets.platform.policy import ServerConfig as ServerConfig
from shopcart_assets.platform.policy import WatchConfig as WatchConfig


@dataclass(frozen=True)
class ShopConfig:
    """The sample shop and its simulated shoppers."""

    n_users: int
    n_sessions: int
    first_day: dt.date
    n_days: int
    n_results: int
    seed: int


@dataclass(frozen=True)
class TrafficConfig:
    """How a log is cut into sessions. 78 minutes is OPeRA's gap."""

    session_gap_minutes: float = 78.0
    clock_skew_hours: float = 24.0


@dataclass(frozen=True)
class ContextConfig:
    """Budget of a simplified page in tokens; 0 = none. The paper's 40,000 a session over 7.25 actions is 5,500 a page."""

    token_budget: int = 5_500


@dataclass(frozen=True)
class SplitConfig:
    """Users whose hash with `salt` falls below `test_share` are the test split."""

    test_share: float
    salt: str = "shopcart-1"


@dataclass(frozen=True)
class Profile:
    """Everything that a whole run of the lineage needs.

    `n_processes` of this machine, or of the engine's cluster, answer for a local model, each with a copy of its own, on a GPU of
    its own where there are some.
    """

    name: str
    shop: ShopConfig
    traffic: TrafficConfig
    context: ContextConfig
    split: SplitConfig
    generators: tuple[GeneratorConfig, ...]
    experiments: tuple[ExperimentConfig, ...]
    policies: tuple[PolicyConfig, ...]
    watches: tuple[WatchConfig, ...] = ()
    n_processes: int = 2

    def generator(self, name: str) -> GeneratorConfig:
        """The declared generator, or HUMAN, which needs no declaration. Raises NotDeclared with the known names."""
        return _named((*self.generators, HUMAN), name, "generator")

    def writers(self) -> list[str]:
        """Generators whose rationales a whole run has written: the declared ones, and HUMAN where an experiment learns from it."""
        is_heard = any(one.generator == HUMAN.name for one in self.experiments)
        return [*(one.name for one in self.generators), *([HUMAN.name] if is_heard else [])]

    def experiment(self, name: str) -> ExperimentConfig:
        """The declared experiment. Raises NotDeclared with the known names."""
        return _named(self.experiments, name, "experiment")

    def policy(self, name: str) -> PolicyConfig:
        """The declared policy. Raises NotDeclared with the known names."""
        return _named(self.policies, name, "policy")


class NotDeclared(LookupError):
    """A generator, experiment or policy that the profile does not declare."""


_Named = TypeVar("_Named", GeneratorConfig, ExperimentConfig, PolicyConfig)


def _named(declared: tuple[_Named, ...], name: str, what: str) -> _Named:
    for one in declared:
        if one.name == name:
            return one
    raise NotDeclared(
        f"no {what} {name!r} in this profile; declared: {', '.join(one.name for one in declared) or 'none'}"
    )


def _small(model: str, max_output_tokens: int = 40) -> GeneratorConfig:
    """A local model too small for whole pages and JSON: it sees a digest of the page and answers in a sentence."""
    return GeneratorConfig(model, "local", model, None, max_output_tokens, output="sentence", page_tokens=28)


def _policies(experiments: tuple[ExperimentConfig, ...]) -> tuple[PolicyConfig, ...]:
    """The oracle, the ceiling, the built-in ones, each base model prompted, each experiment's checkpoint."""
    return merged("policy", (ORACLE, CEILING, *BASELINES), of_experiments(experiments))


def tiny() -> Profile:
    """Every stage in seconds: a random model of under 2 million parameters. For tests; its accuracy means nothing."""
    experiments = shipped_experiments("tiny")
    return Profile(
        "tiny",
        ShopConfig(n_users=12, n_sessions=24, first_day=dt.date(2026, 9, 1), n_days=2, n_results=2, seed=7),
        TrafficConfig(),
        ContextConfig(token_budget=300),
        SplitConfig(test_share=0.4),
        (_small("tiny-random", max_output_tokens=12),),
        experiments,
        _policies(experiments),
        n_processes=1,
    )


def demo() -> Profile:
    """SmolLM2-135M on two CPU cores in under 20 minutes: enough to see fine-tuning beat prompting."""
    experiments = shipped_experiments("demo")
    return Profile(
        "demo",
        ShopConfig(n_users=24, n_sessions=40, first_day=dt.date(2026, 9, 1), n_days=3, n_results=2, seed=9),
        TrafficConfig(),
        ContextConfig(token_budget=300),
        SplitConfig(test_share=0.15),
        (_small("smollm2-135m"),),
        experiments,
        _policies(experiments),
    )


def study() -> Profile:
    """The demo's shop with more shoppers, and its model trained on whole sessions over three seeds: hours on two CPU cores."""
    base = demo()
    experiments = shipped_experiments("study")
    return replace(
        base,
        name="study",
        shop=replace(base.shop, n_users=60, n_sessions=110),
        split=SplitConfig(test_share=0.18),
        generators=(),
        experiments=experiments,
        policies=_policies(experiments),
    )


def paper() -> Profile:
    """The paper's settings (section 4.3) on 64 GPUs. No machine here runs it: `shopcart experiments --dry-run` estimates it."""
    experiments = shipped_experiments("paper")
    generator = "claude-sonnet-5-5"
    return Profile(
        "paper",
        ShopConfig(n_users=3_526, n_sessions=31_865, first_day=dt.date(2026, 9, 1), n_days=30, n_results=16, seed=7),
        TrafficConfig(),
        ContextConfig(),
        SplitConfig(test_share=0.1),
        (GeneratorConfig(generator, "messages", generator, "https://api.anthropic.com", max_output_tokens=200),),
        experiments,
        _policies(experiments),
        n_processes=8,  # a node's GPUs
    )


PROFILES: Mapping[str, Callable[[], Profile]] = {"tiny": tiny, "demo": demo, "study": study, "paper": paper}
