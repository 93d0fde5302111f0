"""How far a command is, for who waits at a terminal: a line on standard error that is written over itself and wiped in the end.

Piped, redirected or in a log it is silent. What a command did, and what came of it, are lines of its own.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO, TypeVar

import click

T = TypeVar("T")

_QUIET_SECONDS = 2.0
"""What is done sooner needs no progress."""
_EVERY_SECONDS = 0.2
_WIPE = "\r\x1b[K"

_shown = threading.Lock()


def counted(
    items: Sequence[T],
    unit: str,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """The items, one after the other, with a line about them.

    Only on a terminal (`stream`, by default standard error), and only where the answers between them do not go to the same one.
    """
    stream = stream or sys.stderr
    if not stream.isatty() or sys.stdout.isatty():
        yield from items
        return
    began = told = clock()
    try:
        for n_done, item in enumerate(items):
            now = clock()
            if n_done and now - began >= _QUIET_SECONDS and now - told >= _EVERY_SECONDS:
                told = now
                _write(stream, f"\r{line(n_done, len(items), unit, now - began)}\x1b[K")
            yield item
    finally:
        if told > began:
            _write(stream, _WIPE)


def line(n_done: int, n_all: int, unit: str, seconds: float) -> str:
    """Count, rate and time left, `n_done` of them having taken so many seconds.

    >>> line(30, 120, "pages", 10.0), line(2, 23, "runs", 60.0)
    ('30/120 pages, 3.0 a second, 30 s left', '2/23 runs, 30.0 s each, 11 min left')
    """
    each = seconds / n_done
    pace = f"{each:.1f} s each" if each > 1 else f"{1 / each:.1f} a second"
    return f"{n_done:,}/{n_all:,} {unit}, {pace}, {duration((n_all - n_done) * each)} left"


def duration(seconds: float) -> str:
    """A time in the unit that fits it.

    >>> duration(89), duration(630), duration(9000)
    ('89 s', '11 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{-(-seconds // 60):.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@contextmanager
def under_way(what: str, stream: TextIO | None = None, quiet_seconds: float = _QUIET_SECONDS) -> Iterator[None]:
    """Says what is being done, and since when, until it is done: for work that cannot be counted. Only on a terminal.

    What is printed meanwhile goes by `tell`, or waits.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield
        return
    began, done = time.monotonic(), threading.Event()

    def show() -> None:
        wait = quiet_seconds
        while not done.wait(wait):
            _write(stream, f"\r{what}, {duration(time.monotonic() - began)}\x1b[K")
            wait = min(1.0, quiet_seconds)

    watch = threading.Thread(target=show, daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()
        if time.monotonic() - began >= quiet_seconds:
            _write(stream, _WIPE)


def tell(text: str, stream: TextIO | None = None) -> None:
    """A line that stays, on standard error, also piped; on a terminal in place of what is written over itself."""
    stream = stream or sys.stderr
    _write(stream, f"{_WIPE if stream.isatty() else ''}{text}\n")


def stopwatch(aside: bool = False) -> Callable[[str], None]:
    """Prints lines with the seconds since now: what a command did, also where nobody watches.

    On standard output; `aside`, on standard error: there a script reads the answer from standard output.
    """
    began = time.monotonic()
    return lambda text: click.echo(f"{time.monotonic() - began:6.0f} s  {text}", err=aside)


def _write(stream: TextIO, text: str) -> None:
    with _shown:
        stream.write(text)
        stream.flush()
