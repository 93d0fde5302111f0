"""Progress is for a person at a terminal, and for nobody else."""

import io
import itertools
import sys

import pytest

from shopcart_assets.platform.progress import counted


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_hears_the_rate_after_two_seconds_and_is_left_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    screen, clock = Screen(), itertools.count()
    assert list(counted("abcde", "pages", screen, lambda: float(next(clock)))) == list("abcde")
    lines = screen.getvalue().split("\r")
    assert lines[1] == "1/5 pages, 0.5 a second, 8 s left\x1b[K" and lines[-1] == "\x1b[K"


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
