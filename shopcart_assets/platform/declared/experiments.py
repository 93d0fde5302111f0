"""`experiments.yaml`: an entry is a small grid, and stands for base models x arms x seeds.

The shipped ones are beside this module, one a profile. A user's own adds to the profile's (`own.py`).
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import BeforeValidator, Field, GetPydanticSchema, create_model, model_validator

from shopcart_assets.platform.declared.names import merged, short
from shopcart_assets.platform.declared.yaml_file import Entry, SettingsError, read
from shopcart_assets.platform.experiment import ExperimentConfig, TrainConfig, TrainedArm
from shopcart_assets.platform.partitions import check_key

_Value = TypeVar("_Value")
Several = Annotated[
    tuple[_Value, ...],
    BeforeValidator(lambda raw: raw if isinstance(raw, list | tuple) else (raw,)),
    Field(min_length=1),
]
"""One value, or a list of them."""

_fields: dict[str, Any] = {
    name: (hint, None) for name, hint in get_type_hints(TrainConfig, include_extras=True).items()
}
_OVERRIDES: Any = create_model("Overrides", __base__=Entry, **_fields)
Overrides = Annotated[Entry, GetPydanticSchema(lambda _, handler: handler(_OVERRIDES))]
"""Any of TrainConfig's fields, under their own names and limits."""


def _over(train: TrainConfig, overrides: Entry) -> TrainConfig:
    return replace(train, **overrides.model_dump(exclude_unset=True))


class ExperimentEntry(Entry):
    """Experiments that differ in base model, arm and seed only.

    `generator`: whose rationales the arms `reasoning` and `think` learn from. `train`: what is trained otherwise than the
    file's `train` says. In `name` the words in braces stand for an experiment's own values.
    """

    base_model: Several[Annotated[str, Field(min_length=1)]]
    arms: Several[TrainedArm]
    generator: str | None = None
    seeds: Several[Annotated[int, Field(ge=0)]] = (0,)
    train: Overrides = _OVERRIDES()
    name: str = "{base_model}-{arm}-s{seed}"

    @model_validator(mode="after")
    def _can_be_run(self) -> "ExperimentEntry":
        with_rationales = [arm for arm in self.arms if arm != "action_only"]
        if with_rationales and self.generator is None:
            raise ValueError(
                f"the arm {with_rationales[0]} learns from rationales: say whose, as in `generator: human`"
            )
        if self.generator is not None and not with_rationales:
            raise ValueError("the arm action_only learns from no rationales: leave generator out")
        merged("experiment", [*self.expand(TrainConfig())])
        return self

    def expand(self, train: TrainConfig) -> Iterator[ExperimentConfig]:
        """The entry's experiments, seed by seed within arm within base model, over `train`. Raises PartitionError for a bad name."""
        for base, arm, seed in product(self.base_model, self.arms, self.seeds):
            generator = None if arm == "action_only" else self.generator
            words = {"base_model": short(base), "arm": arm, "generator": generator or "none", "seed": seed}
            name = self.name
            for word, value in words.items():
                name = name.replace(f"{{{word}}}", str(value))
            yield ExperimentConfig(check_key(name), base, arm, generator, seed, _over(train, self.train))


class ExperimentsFile(Entry):
    """`train` are the settings of every entry that says nothing else."""

    train: Overrides = _OVERRIDES()
    experiments: tuple[ExperimentEntry, ...] = ()


def read_experiments(path: Path, train: TrainConfig) -> tuple[ExperimentConfig, ...]:
    """The file's experiments; what it leaves open is as in `train`. Raises SettingsError."""
    file = read(ExperimentsFile, path)
    every = _over(train, file.train)
    try:
        return merged("experiment", *([*entry.expand(every)] for entry in file.experiments))
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from error


def shipped_train(profile: str) -> TrainConfig:
    """What every experiment of the profile's own file starts from."""
    return _over(TrainConfig(), read(ExperimentsFile, _shipped(profile)).train)


def shipped_experiments(profile: str) -> tuple[ExperimentConfig, ...]:
    """The experiments that come with a profile: `tiny`, `demo` or `paper`."""
    return read_experiments(_shipped(profile), TrainConfig())


def _shipped(profile: str) -> Path:
    return Path(__file__).with_name(f"{profile}.yaml")
