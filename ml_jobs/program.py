"""What every program here shares: `--config FILE`, typed configuration, one-line errors, progress lines, threads.

No models and no data: a program's own work is in its own module.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from shopcart_assets.platform.progress import tell

_Config = TypeVar("_Config")


class ConfigError(ValueError):
    """A configuration that cannot be used; the message says which key is wrong and why."""


def log(line: str) -> None:
    """A progress line, on stderr and at once."""
    tell(line)


def read_config(kind: type[_Config], path: Path) -> _Config:
    """The JSON file as a frozen dataclass `kind`. Raises ConfigError on a missing, unknown or ill-typed key."""
    try:
        raw = json.loads(path.read_bytes())
        config = TypeAdapter(kind).validate_python(raw)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ConfigError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if unknown := _unknown(raw, config):
        raise ConfigError(f"{path}: unknown keys {', '.join(unknown)}")
    return config


def _unknown(raw: dict[str, Any], config: Any) -> list[str]:
    """Keys of `raw` that the dataclass does not have: a typing error must not silently be a default."""
    names = {field.name for field in dataclasses.fields(config)}
    nested = [
        f"{name}.{key}"
        for name, value in raw.items()
        if name in names and dataclasses.is_dataclass(inner := getattr(config, name))
        for key in _unknown(value, inner)
    ]
    return sorted(set(raw) - names) + nested


def fingerprint(*parts: object) -> str:
    """sha256 of JSON-able values and dataclasses, keys sorted; a Path stands for its text."""
    plain = [
        dataclasses.asdict(part) if dataclasses.is_dataclass(part) and not isinstance(part, type) else part
        for part in parts
    ]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """sha256 of a file's bytes, as hex. Raises ConfigError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


def share_cores(n_processes: int, own: int = 0, *, is_capped: bool = True) -> None:
    """Gives this process its share of the machine's cores; capped, no more than OMP_NUM_THREADS allows.

    The machine has `n_processes` like it, unless somebody has shared its cores out already: `own` are this process's then.
    """
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = own or max(1, cores // n_processes)
    torch.set_num_threads(min(share, torch.get_num_threads()) if is_capped else share)


def quiet() -> None:
    """No progress bars and warnings of libraries between the program's own lines."""
    from transformers.utils import logging

    # Checkpoints of a single process are meant to be just that.
    warnings.filterwarnings("ignore", message="torch.distributed is disabled")
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def run(description: str, kind: type[_Config], work: Callable[[_Config], None], argv: list[str] | None = None) -> int:
    """The `main` of a program that takes nothing but a configuration: an exit code, and errors as one line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--config", type=Path, required=True, help=f"JSON with the fields of {kind.__name__}")
    arguments = parser.parse_args(argv)
    try:
        work(read_config(kind, arguments.config))
    except ValueError as error:
        log(f"error: {error}")
        return 1
    return 0
