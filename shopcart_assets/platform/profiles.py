"""Complete configurations. A run is a function that returns one: `tiny`, `demo`, `paper`.

Values only: no environment, no files, no defaults that hide elsewhere. Sizes are units of what the name says.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

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
    """Everything that a whole run of the lineage needs."""

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


BASELINES = tuple(
    PolicyConfig(name, "baseline")
    for name in (
        *("always_terminate", "always_buy", "first_result", "repeat_last_query", "random_legal", "majority"),
        *("hazard_terminate", "markov_1", "markov_2", "session_knn", "gradient_boosting"),
    )
)
CEILING = PolicyConfig("bayes_optimal", "ceiling")
ORACLE = PolicyConfig("oracle", "ceiling")


def _small(model: str, max_output_tokens: int = 40) -> GeneratorConfig:
    """A local model too small for whole pages and JSON: it sees a digest of the page and answers in a sentence."""
    return GeneratorConfig(model, "local", model, None, max_output_tokens, output="sentence", page_tokens=28)


def _grid(
    base_models: tuple[str, ...], generator: str, seeds: tuple[int, ...], train: TrainConfig
) -> tuple[ExperimentConfig, ...]:
    """Both arms of each base model and seed: the paper's ablation (section 4.5)."""
    return tuple(
        ExperimentConfig(f"{base}-{arm}-s{seed}", base, arm, generator if arm == "reasoning" else None, seed, train)
        for base in base_models
        for arm in ("action_only", "reasoning")
        for seed in seeds
    )


def _policies(experiments: tuple[ExperimentConfig, ...]) -> tuple[PolicyConfig, ...]:
    """The oracle, the ceiling, the baselines, each base model prompted, each experiment's checkpoint."""
    bases = dict.fromkeys(one.base_model for one in experiments)
    prompted = tuple(PolicyConfig(f"{base}-prompted", "prompted", base, "prompted") for base in bases)
    tuned = tuple(
        PolicyConfig(one.name, "fine_tuned", one.name, one.arm, one.generator, one.seed) for one in experiments
    )
    return (ORACLE, CEILING, *BASELINES, *prompted, *tuned)


def tiny() -> Profile:
    """Every stage in seconds: a random model of under 2 million parameters. For tests; its accuracy means nothing."""
    train = TrainConfig(
        1e-3, 4, 4, 2_048, world_size=2, precision="fp32", activation_checkpointing=False, checkpoint_every=2
    )
    experiments = _grid(("tiny-random",), "tiny-random", (0,), train)
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
    train = TrainConfig(3e-4, 2, 10, 1_536, world_size=2, activation_checkpointing=False, checkpoint_every=4)
    experiments = _grid(("smollm2-135m",), "smollm2-135m", (0,), train)
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


def paper() -> Profile:
    """The paper's settings (section 4.3) on 64 GPUs. No machine here runs it: `ml_jobs.train --dry-run` estimates it."""
    train = TrainConfig(world_size=64, tokens_per_row=56_000)
    bases = (
        "Qwen/Qwen2.5-7B-Instruct",
        "Qwen/Qwen2.5-3B-Instruct",
        "Qwen/Qwen2.5-1.5B-Instruct",
        "mistralai/Mistral-7B-Instruct-v0.3",
        "meta-llama/Llama-3.2-3B-Instruct",
        "meta-llama/Llama-3.2-1B-Instruct",
    )
    generator = "claude-sonnet-5-5"
    grid = _grid(bases, generator, (0, 1, 2), train)
    experiments = tuple(replace(one, name=one.name.rsplit("/", 1)[-1]) for one in grid)
    policies = tuple(replace(one, name=one.name.rsplit("/", 1)[-1]) for one in _policies(experiments))
    return Profile(
        "paper",
        ShopConfig(n_users=3_526, n_sessions=31_865, first_day=dt.date(2026, 9, 1), n_days=30, n_results=16, seed=7),
        TrafficConfig(),
        ContextConfig(),
        SplitConfig(test_share=0.1),
        (GeneratorConfig(generator, "messages", generator, "https://api.anthropic.com", max_output_tokens=200),),
        experiments,
        policies,
        n_processes=64,
    )


PROFILES: Mapping[str, Callable[[], Profile]] = {"tiny": tiny, "demo": demo, "paper": paper}
