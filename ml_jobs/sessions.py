"""Training sessions: read by position, ordered by (seed, step). Who trains on which is `packing.py`'s part.

Pure functions of their arguments, so that a resumed run and a run with other ranks see the same data. No models.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from ml_jobs import chat
from ml_jobs.program import ConfigError


@dataclass(frozen=True)
class Example:
    """One session as the model reads it: `ids` [tokens], and the positions of `ids` that carry loss."""

    ids: list[int]
    trained: list[int]
    n_left_out: int


@dataclass(frozen=True)
class SessionFile:
    """JSON lines as in chat.Session. Only where each line begins is kept in memory: a paper-sized file is gigabytes."""

    path: Path
    tokenizer: Any
    max_tokens: int

    @cached_property
    def offsets(self) -> list[int]:
        """Where each line begins, in bytes. Raises ConfigError for a file that is missing or empty."""
        if not self.path.is_file():
            raise ConfigError(f"{self.path}: no such file of training sessions")
        offsets = [0]
        with self.path.open("rb") as file:
            offsets += [file.tell() for _ in iter(file.readline, b"")]
        if len(offsets) == 1:
            raise ConfigError(f"{self.path}: holds no sessions to train on")
        return offsets[:-1]

    def __len__(self) -> int:
        return len(self.offsets)

    def sessions(self) -> Iterator[chat.Session]:
        """All of them, one after the other. Raises ConfigError for a file that is missing or empty."""
        offsets = self.offsets
        with self.path.open("rb") as file:
            for offset in offsets:
                file.seek(offset)
                yield json.loads(file.readline())

    def example(self, number: int) -> Example:
        """The session at this line, from 0, cut to `max_tokens`. Raises TooLong where it cannot be cut so short."""
        with self.path.open("rb") as file:
            file.seek(self.offsets[number])
            session: chat.Session = json.loads(file.readline())
        rendered = chat.fit(self.tokenizer, session, self.max_tokens)
        return Example(rendered.ids, rendered.trained, rendered.n_left_out)


@dataclass(frozen=True)
class Size:
    """What must be known of a session before its step: its number, its length, and how many of its tokens carry loss."""

    number: int
    n_tokens: int
    n_trained: int
    n_left_out: int


def measure(file: SessionFile, numbers: Sequence[int]) -> list[Size | None]:
    """Sizes of these sessions; None for one that does not fit."""
    sizes: list[Size | None] = []
    for number in numbers:
        try:
            example = file.example(number)
        except chat.TooLong:
            sizes.append(None)
        else:
            sizes.append(Size(number, len(example.ids), len(example.trained), example.n_left_out))
    return sizes


def n_steps(n_sessions: int, sessions_per_step: int, max_steps: int | None) -> int:
    """Steps of the run: one epoch, its last step with what is left, or `max_steps`."""
    return -(-n_sessions // sessions_per_step) if max_steps is None else max_steps


def batch(n_sessions: int, sessions_per_step: int, step: int, seed: int, max_steps: int | None) -> list[int]:
    """Positions of the sessions of `step` (from 1): consecutive slots of one permutation an epoch.

    >>> sorted(batch(5, 2, 1, 7, None) + batch(5, 2, 2, 7, None) + batch(5, 2, 3, 7, None))
    [0, 1, 2, 3, 4]
    """
    first = (step - 1) * sessions_per_step
    last = first + sessions_per_step if max_steps is not None else min(first + sessions_per_step, n_sessions)
    orders = {
        epoch: _order(n_sessions, seed, epoch) for epoch in range(first // n_sessions, (last - 1) // n_sessions + 1)
    }
    return [orders[slot // n_sessions][slot % n_sessions] for slot in range(first, last)]


def _order(n_sessions: int, seed: int, epoch: int) -> list[int]:
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    order: list[int] = torch.randperm(n_sessions, generator=generator).tolist()
    return order
