"""Where the row-wise work of a day is done: processes of this machine, or a Ray cluster (`ray_engine`). Results come in order.

An engine knows functions and batches. What is in a batch, and how large it is, is its stage's business.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Literal, Protocol, TypeVar

from shopcart_assets.platform.pool import BATCHES_PER_WORKER, end_with_parent, in_order

Batch = TypeVar("Batch")
Result = TypeVar("Result")
EngineName = Literal["local", "ray"]


class EngineError(RuntimeError):
    """The engine cannot be used, or lost what it worked on; the message says what to do. Nothing was written."""


class Engine(Protocol):
    """Runs a pure function over batches. The results do not depend on the engine."""

    def map(self, function: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """`function(batch)` for each batch, in order. `function` must be importable, batches and results must pickle.

        Only a few batches a worker are drawn before their results are asked for, so that memory is bounded by the batch. An error
        of the function ends the iteration. Raises EngineError.
        """
        ...


class Here:
    """In this process, one batch after the other."""

    def map(self, function: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """See Engine."""
        return map(function, batches)


class LocalEngine:
    """In processes of this machine, `n_workers` (default: one a core). They stay for the next day's batches."""

    def __init__(self, n_workers: int | None = None) -> None:
        self._n_workers = n_workers or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """See Engine. A single batch is not worth a process, so it is worked on here."""
        stream = iter(batches)
        first = list(islice(stream, 2))
        if len(first) < 2 or self._n_workers == 1:
            yield from map(function, chain(first, stream))
            return
        try:
            yield from in_order(self._started(), function, chain(first, stream), BATCHES_PER_WORKER * self._n_workers)
        except BrokenProcessPool:
            self._pool = None
            raise EngineError(
                "a worker process was killed, most likely for want of memory: free some, or give the run fewer cores "
                "(taskset), and run it again; nothing was written"
            ) from None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # A fork would copy this process's threads (Polars, Dagster) in the middle of what they do; a server has none.
            context = multiprocessing.get_context("forkserver")
            self._pool = ProcessPoolExecutor(self._n_workers, mp_context=context, initializer=end_with_parent)
        return self._pool


def open_engine(name: EngineName, address: str = "auto") -> Engine:
    """The engine of this name; `address` is a Ray cluster's, `auto` that of this machine.

    Raises EngineError where Ray is not installed; whether a cluster is there is seen on first use.
    """
    if name == "local":
        return LocalEngine()
    from shopcart_assets.platform.ray_engine import RayEngine

    return RayEngine(address)
