"""Runs a pure function over many batches in a pool of local processes, results in order, a bounded number of batches under way."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from typing import TypeVar

Batch = TypeVar("Batch")
Result = TypeVar("Result")

_BATCHES_PER_WORKER = 2


def map_batches(
    function: Callable[[Batch], Result], batches: Iterable[Batch], n_workers: int | None = None
) -> Iterator[Result]:
    """`function(batch)` for each batch, in order. `function` must be importable, batches and results must pickle.

    A single batch is not worth a process, so it is worked on here; so is everything where `n_workers` (default: one a core) is 1.
    At most two batches a worker wait, so that memory is bounded by the batch. An error of the function ends the iteration.
    """
    n_workers = n_workers or os.cpu_count() or 1
    stream = iter(batches)
    first = list(islice(stream, 2))
    if len(first) < 2 or n_workers == 1:
        yield from map(function, chain(first, stream))
        return
    # A fork would copy this process's threads (Polars, Dagster) in the middle of what they do; a server forked early has none.
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(n_workers, mp_context=context) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for batch in chain(first, stream):
                waiting.append(pool.submit(function, batch))
                if len(waiting) > _BATCHES_PER_WORKER * n_workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
