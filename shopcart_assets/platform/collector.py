"""The garbage collector, out of the way while one page is worked on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keeps the collector from looking through all the small objects of a page again and again. Also as a decorator.

    For work that makes many objects and hardly a cycle: those wait until a collection after it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
