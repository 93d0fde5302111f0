"""Runs a function over many things in a pool of local processes or threads: results in order, a bounded number under way."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

Batch = TypeVar("Batch")
Result = TypeVar("Result")

BATCHES_PER_WORKER = 2
"""That wait for a worker: it need not wait for the next one, and memory is bounded."""


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
        yield from in_order(pool, function, chain(first, stream), BATCHES_PER_WORKER * n_workers)


def map_threads(function: Callable[[Batch], Result], items: Iterable[Batch], n_threads: int) -> Iterator[Result]:
    """`function(item)` for each item, in order, for work that waits for a disk or a server. An error ends the iteration.

    At most two items a thread are taken from `items` before the first result is asked for, so that a long stream fits in memory.
    """
    with ThreadPoolExecutor(n_threads) as pool:
        yield from in_order(pool, function, iter(items), BATCHES_PER_WORKER * n_threads)


def in_order(
    pool: Executor, function: Callable[[Batch], Result], stream: Iterable[Batch], n_waiting: int
) -> Iterator[Result]:
    """`function(batch)` for each batch by the pool, in order, at most `n_waiting` + 1 batches under way."""
    waiting: deque[Future[Result]] = deque()
    try:
        for batch in stream:
            waiting.append(pool.submit(function, batch))
            if len(waiting) > n_waiting:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
