"""Engines: the same results wherever a batch is worked on, a lost worker is told in one line, and a wrong setting too."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shopcart_assets.platform.engine import Engine, EngineError, Here, LocalEngine, open_engine
from shopcart_assets.platform.settings import SettingsError, load_settings


def _square(number: int) -> int:
    return number * number


def _process(_: int) -> int:
    return os.getpid()


def _die(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("make", [Here, lambda: LocalEngine(2), lambda: LocalEngine(1)])
def test_results_come_in_order(make: Callable[[], Engine]) -> None:
    assert list(make().map(_square, range(9))) == [n * n for n in range(9)]


def test_the_processes_stay_for_the_next_batches_and_one_batch_needs_none() -> None:
    engine = LocalEngine(2)
    first, second = set(engine.map(_process, range(6))), set(engine.map(_process, range(6)))
    assert len(first | second) <= 2 and os.getpid() not in first | second
    assert list(engine.map(_process, range(1))) == [os.getpid()]


def test_no_more_batches_are_drawn_than_the_workers_can_soon_take() -> None:
    drawn: list[int] = []

    def source() -> Iterator[int]:
        for number in range(100):
            drawn.append(number)
            yield number

    results = LocalEngine(2).map(_square, source())
    assert next(iter(results)) == 0 and len(drawn) <= 6
    results.close()  # type: ignore[attr-defined]


def test_a_killed_worker_is_told_in_one_line_and_the_engine_goes_on() -> None:
    engine = LocalEngine(2)
    with pytest.raises(EngineError, match=r"^a worker process was killed, most likely for want of memory: [^\n]+$"):
        list(engine.map(_die, range(4)))
    assert list(engine.map(_square, range(4))) == [0, 1, 4, 9]


def test_the_setting_is_checked_and_local_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings({}, tmp_path).engine == "local"
    assert load_settings({"SHOPCART_ENGINE": "ray"}, tmp_path).engine == "ray"
    with pytest.raises(SettingsError, match="SHOPCART_ENGINE='spark': choose one of local, ray"):
        load_settings({"SHOPCART_ENGINE": "spark"}, tmp_path)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EngineError, match=r"needs the ray extra: pip install 'shopcart-assets\[ray\]'"):
        open_engine("ray")
