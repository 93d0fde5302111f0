"""Runs a function over many things in a pool of local processes or threads: results in order, a bounded number under way."""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import TypeVar

Batch = TypeVar("Batch")
Result = TypeVar("Result")

BATCHES_PER_WORKER = 2
"""That wait for a worker: it need not wait for the next one, and memory is bounded."""


class WorkerLost(RuntimeError):
    """A process of the pool was killed from outside."""


def map_batches(
    function: Callable[[Batch], Result], batches: Iterable[Batch], n_workers: int | None = None
) -> Iterator[Result]:
    """`function(batch)` for each batch, in order. `function` must be importable, batches and results must pickle.

    A single batch is not worth a process, so it is worked on here; so is everything where `n_workers` (default: one a core) is 1.
    At most two batches a worker wait, so that memory is bounded by the batch. An error of the function ends the iteration; so
    does the death of a worker, as WorkerLost. Workers end with this process, even where it is killed.
    """
    n_workers = n_workers or os.cpu_count() or 1
    stream = iter(batches)
    first = list(islice(stream, 2))
    if len(first) < 2 or n_workers == 1:
        yield from map(function, chain(first, stream))
        return
    # A fork would copy this process's threads (Polars, Dagster) in the middle of what they do; a server forked early has none.
    context = multiprocessing.get_context("forkserver")
    try:
        with ProcessPoolExecutor(n_workers, mp_context=context, initializer=end_with_parent) as pool:
            yield from in_order(pool, function, chain(first, stream), BATCHES_PER_WORKER * n_workers)
    except BrokenProcessPool as error:
        raise WorkerLost(
            "a worker process was killed, most likely because memory ran out: free some and run again; nothing is half written"
        ) from error


def end_with_parent() -> None:
    """A worker of a killed process would wait for its next batch for ever, and keep its memory."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


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
