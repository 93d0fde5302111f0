"""Progress is for a person at a terminal, and for nobody else."""

import io
import itertools
import sys
import threading
import time

import pytest

from shopcart_assets.platform.progress import counted, tell, under_way


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_hears_the_rate_after_two_seconds_and_is_left_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    screen, clock = Screen(), itertools.count()
    assert list(counted("abcde", "pages", screen, lambda: float(next(clock)))) == list("abcde")
    lines = screen.getvalue().split("\r")
    assert lines[1] == "1/5 pages, 2.0 s each, 8 s left\x1b[K" and lines[-1] == "\x1b[K"


def test_what_is_quick_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    screen = Screen()
    assert list(counted([1, 2], "pages", screen, lambda: 0.0)) == [1, 2] and screen.getvalue() == ""


@pytest.mark.parametrize(("out", "err"), [(Screen(), Screen()), (io.StringIO(), io.StringIO())])
def test_piped_or_where_the_answer_goes_to_the_same_terminal_it_is_silent(
    monkeypatch: pytest.MonkeyPatch, out: io.StringIO, err: io.StringIO
) -> None:
    monkeypatch.setattr(sys, "stdout", out)
    clock = itertools.count(step=10)
    assert list(counted([1, 2, 3], "pages", err, lambda: float(next(clock)))) == [1, 2, 3]
    assert err.getvalue() == ""


def test_a_loop_that_is_left_early_leaves_the_line_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    screen, clock = Screen(), itertools.count()
    for item in (items := counted([1, 2, 3, 4], "pages", screen, lambda: float(next(clock)))):
        if item == 3:
            items.close()  # type: ignore[attr-defined]
            break
    assert screen.getvalue().endswith("\r\x1b[K")


def test_what_cannot_be_counted_says_for_how_long_and_lines_stand_above_it() -> None:
    screen = Screen()
    with under_way("importing mugs", screen, quiet_seconds=0.01):
        while "importing mugs, 0 s" not in screen.getvalue():
            time.sleep(0.01)
        tell("12 rows", screen)
    assert "\r\x1b[K12 rows\n" in screen.getvalue() and screen.getvalue().endswith("\r\x1b[K")


def test_what_is_done_soon_or_piped_says_nothing_of_itself() -> None:
    screen, pipe = Screen(), io.StringIO()
    with under_way("importing mugs", screen), under_way("importing mugs", pipe, quiet_seconds=0.0):
        tell("12 rows", pipe)
    assert screen.getvalue() == "" and pipe.getvalue() == "12 rows\n"


def test_a_failure_leaves_the_line_clean_and_no_thread() -> None:
    screen, before = Screen(), threading.active_count()
    with pytest.raises(OSError, match="disk"), under_way("importing mugs", screen, quiet_seconds=0.01):
        time.sleep(0.05)
        raise OSError("disk")
    assert screen.getvalue().endswith("\r\x1b[K") and threading.active_count() == before
