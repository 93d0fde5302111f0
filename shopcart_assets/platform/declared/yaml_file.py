"""YAML that people write, as typed values: what is wrong with a file is one line with the file, the place and what to write.

No file's own keys: those are in the models that are handed in.
"""

from collections.abc import Hashable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator


class SettingsError(ValueError):
    """A setting that cannot be used; the message says which one and what to write instead."""


class Entry(BaseModel):
    """A mapping in a file. Unknown keys are refused, so that a typing error is not silently a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _keys_are_known(cls, raw: object) -> object:
        if isinstance(raw, cls):
            return raw
        if not isinstance(raw, dict):
            raise ValueError(f"write `key: value` lines; the keys are {', '.join(cls.model_fields)}")
        for key in raw:
            if key not in cls.model_fields:
                raise ValueError(f"there is no key {key!r}{hint(str(key), cls.model_fields)}")
        return raw


def hint(wrong: str, known: Iterable[str]) -> str:
    """What was probably meant, else what there is.

    >>> hint("seed", ["seeds", "arms"]), hint("lr", ["seeds", "arms"])
    (': did you mean seeds?', '; there are seeds, arms')
    """
    names = list(known)
    close = get_close_matches(wrong, names, n=3)
    return f": did you mean {' or '.join(close)}?" if close else f"; there are {', '.join(names) or 'none'}"


class _OnceOnly(yaml.SafeLoader):
    """A key that stands twice in a mapping is refused: the first would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands here twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_File = TypeVar("_File", bound=BaseModel)


def read(kind: type[_File], path: Path) -> _File:
    """The file as a `kind`; an empty one, or none at all, as its defaults. Raises SettingsError."""
    if not path.exists():
        return kind()
    try:
        # A subclass of yaml.SafeLoader: nothing but plain values.
        raw = yaml.load(path.read_text(encoding="utf-8"), _OnceOnly)
        return kind.model_validate({} if raw is None else raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ").replace("valid tuple", "list, a line with `- ` for each")
        raise SettingsError(f"{path}: {f'{place} {said}'.strip()}") from error
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or "unreadable"
        raise SettingsError(f"{path}: not YAML: {problem}{f' (line {mark.line + 1})' if mark else ''}") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read as YAML: {str(error).splitlines()[0]}") from error
