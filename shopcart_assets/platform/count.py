"""How far work is, said by the work itself: libraries count, and know nothing of who looks on. What a person sees is in `progress`.

A library takes a `count`, by default `uncounted`; it calls it when it knows how much there is to do, and what it gets when some is done.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

T = TypeVar("T")

Advance = Callable[[int], None]
"""Some more are done: so many. May be called from any thread."""
Count = Callable[[int, str], Advance]
"""So many of a unit (plural) are to be done from now on; a unit that begins with BYTES is one of bytes."""
BYTES = "bytes"
Open = Callable[[Path], BinaryIO]
"""Opens a file for reading. Raises OSError."""


def uncounted(n_all: int, unit: str) -> Advance:
    """Nobody looks on."""
    return unheard


def unheard(n_done: int) -> None:
    """An Advance that nobody hears."""


@contextmanager
def counting(n_all: int, unit: str, count: Count) -> Iterator[Advance]:
    """Work that is done when the block ends, whatever was not needed of it. To be counted by one thread."""
    advance, n_left = count(n_all, unit), n_all

    def step(n_done: int) -> None:
        nonlocal n_left
        n_left -= n_done
        advance(n_done)

    try:
        yield step
    finally:
        advance(n_left)


def each(items: Iterable[T], n_all: int, unit: str, count: Count) -> Iterator[T]:
    """The items, one after the other, each counted when the next is asked for. A loop that is left early is done, too."""
    with counting(n_all, unit, count) as step:
        for item in items:
            yield item
            step(1)


def plainly(file: Path) -> BinaryIO:
    """Opens a file of which nothing is counted."""
    return file.open("rb")


@contextmanager
def opener(files: Sequence[Path], unit: str, count: Count) -> Iterator[Open]:
    """Opens any of the files; their bytes, as they are stored, are counted when they are read. Raises OSError where one is gone."""
    with counting(sum(file.stat().st_size for file in files), unit, count) as step:
        yield lambda file: io.BufferedReader(_CountedFile(file, step))


class _CountedFile(io.FileIO):
    def __init__(self, file: Path, advance: Advance) -> None:
        super().__init__(file)
        self._advance = advance

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # type: ignore[override]
        n_bytes = super().readinto(buffer)
        self._advance(n_bytes or 0)
        return n_bytes

    def readall(self) -> bytes:
        rest = super().readall()
        self._advance(len(rest))
        return rest
