"""How far a loop is, for who waits at a terminal: count, rate and time left. And the lines of a command that runs for minutes."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO, TypeVar

import click

T = TypeVar("T")

_QUIET_SECONDS = 2.0
"""What is done sooner needs no progress."""
_EVERY_SECONDS = 0.2


def counted(
    items: Sequence[T],
    unit: str,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """The items, one after the other, with a line about them that is written over itself and wiped out in the end.

    Only on a terminal (`stream`, by default standard error), and only where the answer does not go to the same one.
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
                stream.write(f"\r{line(n_done, len(items), unit, now - began)}\x1b[K")
                stream.flush()
            yield item
    finally:
        if told > began:
            stream.write("\r\x1b[K")
            stream.flush()


def line(n_done: int, n_all: int, unit: str, seconds: float) -> str:
    """Count, rate and time left.

    >>> line(30, 120, "pages", 10.0)
    '30/120 pages, 3.0 a second, 30 s left'
    """
    rate = n_done / seconds
    return f"{n_done:,}/{n_all:,} {unit}, {rate:.1f} a second, {(n_all - n_done) / rate:.0f} s left"


def stopwatch() -> Callable[[str], None]:
    """Prints lines with the seconds since now, on standard output: what a command did, also where nobody watches."""
    began = time.monotonic()
    return lambda text: click.echo(f"{time.monotonic() - began:6.0f} s  {text}")
