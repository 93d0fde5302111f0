"""Think-aloud examples: journeys in which shoppers said why. Read from a file that users can replace; checked when read.

What is asked of a model is asked of its examples too: an example that would be rejected teaches to be rejected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shopcart_assets.platform.actions import Action, from_fields
from shopcart_assets.reasoning.clean import defect_of, plain
from shopcart_assets.reasoning.journeys import Step

_OWN = "think_aloud.yaml"


class ExamplesError(ValueError):
    """A file of examples that cannot be used; the line says where and what is wrong with it."""


@dataclass(frozen=True)
class Said:
    """A step and what the shopper said of it."""

    step: Step
    rationale: str


@dataclass(frozen=True)
class Examples:
    """`text`: the file as it is, for its hash. `is_made_up`: whether nobody ever said this."""

    journeys: tuple[tuple[Said, ...], ...]
    is_made_up: bool
    text: str


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = ""
    context: str
    action: Mapping[str, str]
    rationale: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    is_made_up: bool = False
    journeys: list[list[_Entry]] = Field(min_length=1)


def load_examples(path: str | None) -> Examples:
    """The examples of the file, or those that come along where `path` is None. Raises ExamplesError."""
    text = _text(path)
    where = path or _OWN
    try:
        file = _File.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ExamplesError(f"{where}: not YAML") from error
    except ValidationError as error:
        first: Any = error.errors()[0]
        raise ExamplesError(f"{where}: {'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}") from error
    journeys = tuple(
        tuple(_said(entry, f"{where}: journey {number} step {step}") for step, entry in enumerate(journey, 1))
        for number, journey in enumerate(file.journeys, 1)
    )
    if not all(journeys):
        raise ExamplesError(f"{where}: a journey without steps")
    return Examples(journeys, file.is_made_up, text)


def _text(path: str | None) -> str:
    if path is None:
        return resources.files("shopcart_assets.reasoning.prompts").joinpath(_OWN).read_text(encoding="utf-8")
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExamplesError(
            f"{path} cannot be read as a file of think-aloud examples: see `examples` of the generator"
        ) from error


def _said(entry: _Entry, where: str) -> Said:
    action, rationale = _action(entry.action, where), plain(entry.rationale)
    if defect := defect_of(rationale):
        raise ExamplesError(f"{where}: its rationale would be rejected from a model ({defect})")
    return Said(Step(action, entry.title, entry.context), rationale)


def _action(fields: Mapping[str, str], where: str) -> Action:
    try:
        if unknown := fields.keys() - {"type", "name", "text"}:
            raise ValueError(f"an action has no {', '.join(sorted(unknown))}")
        return from_fields(fields.get("type", ""), fields.get("name"), fields.get("text"))
    except ValueError as error:
        raise ExamplesError(f"{where}: {error}") from error
