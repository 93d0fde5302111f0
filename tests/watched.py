"""Who looks on: a terminal that a command's progress is drawn on, and a count that remembers what it was told."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

from shopcart_assets.platform.count import Advance, Count
from shopcart_assets.platform.progress import under_way
from tests.processes import eventually


class Screen(io.StringIO):
    """A terminal, and all that was written to it."""

    def isatty(self) -> bool:
        return True

    def wait_for(self, text: str, start: int = 0) -> None:
        eventually(lambda: text in self.getvalue()[start:], pause_seconds=0.005)


class Parts:
    """The parts that were counted, in turn: unit, how many there are, how many were done."""

    def __init__(self) -> None:
        self._parts: list[tuple[str, int, list[int]]] = []

    def __call__(self, n_all: int, unit: str) -> Advance:
        done: list[int] = []
        self._parts.append((unit, n_all, done))
        return done.append

    def whole(self) -> list[tuple[int, str]]:
        """How many of what there were. All are done; and each was told when it was done, not only at the end."""
        for unit, n_all, done in self._parts:
            assert sum(done) == n_all and (n_all < 2 or len([n for n in done if n]) > 1), (unit, n_all, done)
        return [(n_all, unit) for unit, n_all, _ in self._parts]


def look_on(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> Screen:
    """The terminal of the module's commands from now on. What is counted waits, once a part, until the time that is left is seen."""
    screen = Screen()

    @contextmanager
    def slowly(what: str) -> Iterator[Count]:
        with under_way(what, screen, quiet_seconds=0.001) as count:

            def patient(n_all: int, unit: str) -> Advance:
                advance, start, done = count(n_all, unit), len(screen.getvalue()), list[int]()

                def step(n_done: int) -> None:
                    advance(n_done)
                    is_first = not any(done) and 0 < n_done < n_all
                    done.append(n_done)
                    if is_first:
                        screen.wait_for(" left\x1b[K", start)

                return step

            yield patient

    monkeypatch.setattr(module, "under_way", slowly)
    return screen
