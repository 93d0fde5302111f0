"""Names of what is declared: results lie under them, so one name stands for one thing."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from typing import TypeVar

from shopcart_assets.platform.experiment import ExperimentConfig
from shopcart_assets.platform.policy import PolicyConfig

_Declared = TypeVar("_Declared", ExperimentConfig, PolicyConfig)


def short(model: str) -> str:
    """A model's name without its owner or folder, as the names of what is made of it begin.

    >>> short("Qwen/Qwen2.5-7B-Instruct"), short("smollm2-135m")
    ('Qwen2.5-7B-Instruct', 'smollm2-135m')
    """
    return model.rstrip("/").rsplit("/", 1)[-1]


def merged(what: str, *groups: Sequence[_Declared]) -> tuple[_Declared, ...]:
    """All that is declared, in order, each once. Raises ValueError where one name stands for two things."""
    by_name: dict[str, _Declared] = {}
    for one in chain(*groups):
        first = by_name.setdefault(one.name, one)
        if first != one:
            raise ValueError(
                f"{what} {one.name} is declared twice and not alike ({_difference(asdict(first), asdict(one))}): "
                "results lie under the name, so give one of them another"
            )
    return tuple(by_name.values())


def _difference(first: dict[str, object], second: dict[str, object]) -> str:
    """The first field in which they differ, and both values."""
    key = next(key for key in first if first[key] != second[key])
    one, other = first[key], second[key]
    if isinstance(one, dict) and isinstance(other, dict):
        return f"{key}.{_difference(one, other)}"
    return f"{key}: {one} and {other}"
