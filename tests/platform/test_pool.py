"""Batches over processes: results in order, errors at once, memory bounded by what is under way."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest

from shopcart_assets.platform.jobs import is_alive
from shopcart_assets.platform.pool import WorkerLost, map_batches


def _square(number: int) -> int:
    return number * number


def _process(_: int) -> int:
    return os.getpid()


def _refuse_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def test_results_come_in_order_from_other_processes() -> None:
    assert list(map_batches(_square, range(9), n_workers=2)) == [n * n for n in range(9)]
    assert os.getpid() not in set(map_batches(_process, range(4), n_workers=2))


@pytest.mark.parametrize(("n_batches", "n_workers"), [(0, 2), (1, 2), (5, 1)])
def test_one_batch_or_one_worker_needs_no_process(n_batches: int, n_workers: int) -> None:
    assert list(map_batches(_process, range(n_batches), n_workers)) == [os.getpid()] * n_batches


def test_an_error_of_the_function_reaches_the_caller() -> None:
    with pytest.raises(ValueError, match="three"):
        list(map_batches(_refuse_three, range(6), n_workers=2))


def test_no_more_batches_are_drawn_than_the_workers_can_soon_take() -> None:
    drawn: list[int] = []

    def source() -> Iterator[int]:
        for number in range(100):
            drawn.append(number)
            yield number

    results = map_batches(_square, source(), n_workers=2)
    assert next(results) == 0 and len(drawn) <= 6
    results.close()  # type: ignore[attr-defined]


def _end_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does where memory runs out
    return number


def test_a_worker_that_is_killed_is_one_clear_line() -> None:
    with pytest.raises(WorkerLost, match="a worker process was killed, most likely because memory ran out"):
        list(map_batches(_end_at_three, range(6), n_workers=2))


def _tell_workers_and_wait(told: Connection) -> None:
    results = map_batches(_process, range(20), n_workers=2)
    told.send([next(results) for _ in range(4)])
    signal.pause()


def test_no_worker_outlives_a_process_that_is_killed() -> None:
    heard, told = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_tell_workers_and_wait, args=(told,))
    process.start()
    workers = set(heard.recv())
    process.kill()
    process.join()
    for _ in range(500):
        if not any(map(is_alive, workers)):
            break
        time.sleep(0.02)
    assert workers and not any(map(is_alive, workers))
