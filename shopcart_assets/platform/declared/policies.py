"""`policies.yaml`: models on servers, base models and checkpoints asked otherwise, and model lists to watch.

And the policies that nobody writes down: the built-in ones, and what follows from the experiments.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from shopcart_assets.platform.declared.names import short
from shopcart_assets.platform.declared.yaml_file import Entry, hint, read
from shopcart_assets.platform.experiment import ExperimentConfig, TrainedArm
from shopcart_assets.platform.generator import Route
from shopcart_assets.platform.partitions import check_key
from shopcart_assets.platform.policy import Engine, PolicyConfig, ServerConfig, WatchConfig

Experiments = Mapping[str, ExperimentConfig]


class ServerEntry(Entry):
    """A server of language models; see policy.ServerConfig."""

    kind: Literal["messages", "openai"] = "messages"
    base_url: str | None = None
    server: str | None = None
    route: Route = "online"
    budget_usd: float | None = Field(default=None, ge=0)
    max_output_tokens: int = Field(default=400, ge=1)

    def server_config(self) -> ServerConfig:
        """The same as a typed value."""
        return ServerConfig(**{name: getattr(self, name) for name in ServerEntry.model_fields})


class WatchEntry(ServerEntry):
    """A server's list of models; see policy.WatchConfig."""

    pattern: str = Field(min_length=1)

    def config(self) -> WatchConfig:
        """The same as a typed value."""
        return WatchConfig(self.pattern, self.server_config())


class _Policy(Entry):
    name: str
    generator: str | None = None
    n_samples: int = Field(default=1, ge=1)
    temperature: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _can_be_asked(self) -> "_Policy":
        check_key(self.name)
        self.sampling()
        return self

    def sampling(self) -> dict[str, Any]:
        """n_samples and temperature. Raises ValueError where several answers would all be the same one."""
        chosen = PolicyConfig(self.name, "prompted", n_samples=self.n_samples, temperature=self.temperature)
        return {"n_samples": chosen.n_samples, "temperature": chosen.temperature}


class ServerPolicy(ServerEntry, _Policy):
    """A model on a server, asked with the paper's prompt."""

    model: str = Field(min_length=1)

    def config(self, experiments: Experiments) -> PolicyConfig:
        """The same as a typed value."""
        return PolicyConfig(
            self.name,
            "prompted",
            self.model,
            "prompted",
            self.generator,
            server=self.server_config(),
            **self.sampling(),
        )


class _Here(_Policy):
    engine: Engine = "transformers"


class LocalPolicy(_Here):
    """A base model on this machine, asked with the paper's prompt."""

    kind: Literal["local"]
    model: str = Field(min_length=1)
    seed: int = Field(default=0, ge=0)

    def config(self, experiments: Experiments) -> PolicyConfig:
        """The same as a typed value."""
        return PolicyConfig(
            self.name,
            "prompted",
            self.model,
            "prompted",
            self.generator,
            self.seed,
            engine=self.engine,
            **self.sampling(),
        )


class CheckpointPolicy(_Here):
    """An experiment's checkpoint, asked otherwise than as it is by itself. Its generator is the experiment's where none is named."""

    kind: Literal["checkpoint"]
    experiment: str
    is_thinking: bool = True
    seed: int | None = Field(default=None, ge=0)

    def config(self, experiments: Experiments) -> PolicyConfig:
        """The same as a typed value. Raises ValueError where there is no such experiment, or it cannot be asked so."""
        if self.experiment not in experiments:
            raise ValueError(
                f"policy {self.name}: no experiment {self.experiment!r}{hint(self.experiment, experiments)}"
            )
        run = experiments[self.experiment]
        if not self.is_thinking and run.arm != "think":
            raise ValueError(f"policy {self.name}: is_thinking is for the arm think; {run.name} is {run.arm}")
        return PolicyConfig(
            self.name,
            "fine_tuned",
            run.name,
            run.arm,
            self.generator or run.generator,
            run.seed if self.seed is None else self.seed,
            is_thinking=self.is_thinking,
            engine=self.engine,
            **self.sampling(),
        )


_KINDS = ("messages", "openai", "local", "checkpoint")


def _kind(raw: Any) -> str | None:
    kind = raw.get("kind", "messages") if isinstance(raw, dict) else getattr(raw, "kind", None)
    return kind if kind in _KINDS else None


PolicyEntry = Annotated[
    Annotated[ServerPolicy, Tag("messages")]
    | Annotated[ServerPolicy, Tag("openai")]
    | Annotated[LocalPolicy, Tag("local")]
    | Annotated[CheckpointPolicy, Tag("checkpoint")],
    Discriminator(_kind, custom_error_type="kind", custom_error_message=f"kind is one of {', '.join(_KINDS)}"),
]


class PoliciesFile(Entry):
    """What a user adds. `watch`: model ids that are evaluated as they appear on a server's list."""

    policies: tuple[PolicyEntry, ...] = ()
    watch: tuple[WatchEntry, ...] = ()


class _ShippedFile(Entry):
    builtin: tuple[str, ...]


CEILING = PolicyConfig("bayes_optimal", "ceiling")
ORACLE = PolicyConfig("oracle", "ceiling")
BASELINES = tuple(
    PolicyConfig(name, "baseline") for name in read(_ShippedFile, Path(__file__).with_name("policies.yaml")).builtin
)


def of_experiments(experiments: Iterable[ExperimentConfig]) -> tuple[PolicyConfig, ...]:
    """Each base model prompted, then each checkpoint; one of the arm `think` also without thinking, as `<experiment>-no_think`."""
    runs = tuple(experiments)
    bases = dict.fromkeys(one.base_model for one in runs)
    prompted = tuple(PolicyConfig(f"{short(base)}-prompted", "prompted", base, "prompted") for base in bases)
    return (
        *prompted,
        *(policy for run in runs for policy in of_checkpoint(run.name, run.arm, run.generator, run.seed)),
    )


def of_checkpoint(name: str, arm: TrainedArm, generator: str | None, seed: int) -> tuple[PolicyConfig, ...]:
    """The policy of an experiment's checkpoint, or its two."""
    tuned = PolicyConfig(name, "fine_tuned", name, arm, generator, seed)
    unthinking = replace(tuned, name=f"{name}-no_think", is_thinking=False)
    return (tuned, unthinking) if arm == "think" else (tuned,)
