"""How far a command is, for who waits at a terminal: a line on standard error that is written over itself and wiped in the end.

Piped, redirected or in a log it is silent. What a command did, and what came of it, are lines of its own.
"""

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import TextIO, TypeVar

import click

from shopcart_assets.platform.count import BYTES, Advance, Count, each, uncounted

T = TypeVar("T")

_QUIET_SECONDS = 2.0
"""What is done sooner needs no progress."""
_EVERY_SECONDS = 0.5
_WIPE = "\r\x1b[K"

_shown = threading.Lock()


def counted(
    items: Sequence[T], unit: str, stream: TextIO | None = None, quiet_seconds: float = _QUIET_SECONDS
) -> Iterator[T]:
    """The items, one after the other, with a line about them.

    Only on a terminal (`stream`, by default standard error), and only where the answers between them do not go to the same one.
    """
    if _is_terminal(sys.stdout):
        yield from items
        return
    with under_way(unit, stream, quiet_seconds) as count:
        yield from each(items, len(items), unit, count)


def line(n_done: int, n_all: int, unit: str, seconds: float) -> str:
    """Count, rate and time left, `n_done` of them having taken so many seconds.

    >>> line(30, 120, "pages", 10.0), line(2, 23, "runs", 60.0)
    ('30/120 pages, 3.0 a second, 30 s left', '2/23 runs, 30.0 s each, 11 min left')
    >>> line(30_000_000, 120_000_000, "bytes read", 10.0), line(0, 23, "runs", 60.0)
    ('30.0/120.0 MB read, 3.0 MB/s, 30 s left', '0/23 runs, 60 s so far')
    """
    is_bytes = unit.startswith(BYTES)
    if is_bytes:
        so_far = f"{n_done / 1e6:,.1f}/{n_all / 1e6:,.1f} MB{unit.removeprefix(BYTES)}"
    else:
        so_far = f"{n_done:,}/{n_all:,} {unit}"
    if not n_done or not seconds:
        return f"{so_far}, {duration(seconds)} so far"
    rate = n_done / seconds
    if is_bytes:
        pace = f"{rate / 1e6:,.1f} MB/s"
    else:
        pace = f"{rate:,.{0 if rate >= 100 else 1}f} a second" if rate >= 1 else f"{1 / rate:.1f} s each"
    return f"{so_far}, {pace}, {duration((n_all - n_done) / rate)} left"


def duration(seconds: float) -> str:
    """A time in the unit that fits it.

    >>> duration(89), duration(630), duration(9000)
    ('89 s', '11 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{-(-seconds // 60):.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@contextmanager
def under_way(
    what: str,
    stream: TextIO | None = None,
    quiet_seconds: float = _QUIET_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Count]:
    """A line about what is being done, until it is done; only on a terminal (`stream`, by default standard error).

    Gives a `count` for the work to say how far it is. While nothing is counted the line says what is done, and since when. It is
    drawn by a thread, so that it goes on while one thing takes long. What is printed meanwhile goes by `tell`, or waits.
    """
    stream = stream or sys.stderr
    if not _is_terminal(stream):
        yield uncounted
        return
    began, done, drawn, counts = clock(), threading.Event(), threading.Event(), _Counts(clock)

    def show() -> None:
        wait = quiet_seconds
        while not done.wait(wait):
            text = counts.line() or f"{what}, {duration(clock() - began)}"
            # A line that is wider than the terminal could not be written over.
            _write(stream, f"\r{text[: shutil.get_terminal_size().columns - 1]}\x1b[K")
            drawn.set()
            wait = min(_EVERY_SECONDS, quiet_seconds)

    watch = threading.Thread(target=show, daemon=True)
    watch.start()
    try:
        yield counts
    finally:
        done.set()
        watch.join()
        if drawn.is_set():
            _write(stream, _WIPE)


def asking() -> AbstractContextManager[Count]:
    """While DuckDB answers. Not counted: its `query_progress` is a share of what is scanned, and says nothing of the time left.

    Measured with DuckDB 2.0: an aggregate was done at 23 %, and a join stood at 0.1 % for all of its 12 seconds.
    """
    return under_way("asking")


@dataclass
class _Part:
    """Some of the work that is of one kind."""

    n_all: int
    unit: str
    began: float
    n_done: int = 0


class _Counts:
    """What the work says of itself. Of several parts the one that was begun or went on last is told, unless it is done."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._latest: _Part | None = None

    def __call__(self, n_all: int, unit: str) -> Advance:
        part = self._latest = _Part(n_all, unit, self._clock())

        def advance(n_done: int) -> None:
            with self._lock:
                part.n_done += n_done
                self._latest = part

        return advance

    def line(self) -> str | None:
        """How far it is; None where nothing is left of what was counted: then nobody knows what still is to be done."""
        part = self._latest
        if part is None or part.n_done >= part.n_all:
            return None
        return line(part.n_done, part.n_all, part.unit, self._clock() - part.began)


def tell(text: str, stream: TextIO | None = None) -> None:
    """A line that stays, on standard error, also piped; on a terminal in place of what is written over itself."""
    stream = stream or sys.stderr
    _write(stream, f"{_WIPE if _is_terminal(stream) else ''}{text}\n")


def stopwatch(aside: bool = False) -> Callable[[str], None]:
    """Prints lines with the seconds since now: what a command did, also where nobody watches.

    On standard output; `aside`, on standard error: there a script reads the answer from standard output.
    """
    began = time.monotonic()
    return lambda text: click.echo(f"{time.monotonic() - began:6.0f} s  {text}", err=aside)


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody may look on: a stream may be closed, or not be there at all."""
    return stream is not None and not stream.closed and stream.isatty()


def _write(stream: TextIO | None, text: str) -> None:
    # A terminal that is gone, or does not know some letter, is no reason to end the work.
    with _shown, suppress(OSError, ValueError):
        if stream is not None:
            stream.write(text)
            stream.flush()
