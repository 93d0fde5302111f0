"""Progress is for a person at a terminal, and for nobody else."""

import io
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopcart_assets.platform.count import Count, each, opener, uncounted
from shopcart_assets.platform.progress import counted, tell, under_way
from tests.processes import eventually
from tests.watched import Screen


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())


def test_a_terminal_sees_count_rate_and_time_left_and_is_left_clean() -> None:
    screen, clock = Screen(), Clock()
    with under_way("scoring", screen, 0.01, clock) as count:
        advance = count(120, "sessions")
        clock.now = 10.0
        screen.wait_for("\r0/120 sessions, 10 s so far\x1b[K")
        advance(30)
        screen.wait_for("\r30/120 sessions, 3.0 a second, 30 s left\x1b[K")
        clock.now = 15.0  # one thing takes long
        screen.wait_for("\r30/120 sessions, 2.0 a second, 45 s left\x1b[K")
        advance(90)
        screen.wait_for("\rscoring, 15 s\x1b[K")  # what is left nobody knows
    assert screen.getvalue().endswith("\r\x1b[K")


def test_of_parts_inside_one_another_the_one_that_goes_on_is_told() -> None:
    screen, clock = Screen(), Clock()
    with under_way("timing", screen, 0.01, clock) as count:
        outer = count(4, "stages")
        clock.now = 5.0
        inner = count(1_000_000, "bytes read")
        clock.now = 6.0
        inner(500_000)
        screen.wait_for("\r0.5/1.0 MB read, 0.5 MB/s, 1 s left\x1b[K")
        inner(500_000)
        screen.wait_for("\rtiming, 6 s\x1b[K")
        outer(2)
        screen.wait_for("\r2/4 stages, 3.0 s each, 6 s left\x1b[K")


def test_threads_count_together() -> None:
    screen = Screen()
    with under_way("asking", screen, 0.01, Clock()) as count:
        advance = count(40_001, "requests")
        threads = [threading.Thread(target=lambda: [advance(1) for _ in range(10_000)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        screen.wait_for("\r40,000/40,001 requests")


def _noted(seen: list[object]) -> Count:
    def count(n_all: int, unit: str) -> object:
        seen.append((n_all, unit))
        return seen.append

    return count  # type: ignore[return-value]


def test_a_loop_that_is_left_early_is_done() -> None:
    seen: list[object] = []
    for item in (items := each("abcd", 4, "pages", _noted(seen))):
        if item == "c":
            items.close()  # type: ignore[attr-defined]
            break
    assert seen == [(4, "pages"), 1, 1, 2]
    assert list(each("ab", 2, "pages", uncounted)) == ["a", "b"]


def test_bytes_of_files_are_counted_when_they_are_read(tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    files[0].write_bytes(b"a\n" * 50_000)
    files[1].write_bytes(b"b")
    seen: list[object] = []
    with opener(files, "bytes read", _noted(seen)) as opened:
        assert seen == [(100_001, "bytes read")], "nothing is read yet"
        with opened(files[0]) as file:
            assert next(file) == b"a\n" and sum(seen[1:]) < 100_000  # type: ignore[arg-type]
            assert file.read() == b"a\n" * 49_999 and sum(seen[1:]) == 100_000  # type: ignore[arg-type]
    assert sum(seen[1:]) == 100_001, "what was not needed is done"  # type: ignore[arg-type]


@pytest.mark.usefixtures("piped")
def test_items_are_counted_and_what_is_quick_says_nothing() -> None:
    screen, quick = Screen(), Screen()
    for item in counted("abc", "pages", screen, 0.01):
        screen.wait_for(f"\r{'abc'.index(item)}/3 pages, ")
    assert screen.getvalue().endswith(" left\x1b[K\r\x1b[K")
    assert list(counted([1, 2], "pages", quick)) == [1, 2] and quick.getvalue() == ""


@pytest.mark.parametrize(("out", "err"), [(Screen(), Screen()), (io.StringIO(), io.StringIO())])
def test_piped_or_where_the_answer_goes_to_the_same_terminal_it_is_silent(
    monkeypatch: pytest.MonkeyPatch, out: io.StringIO, err: io.StringIO
) -> None:
    monkeypatch.setattr(sys, "stdout", out)
    for _ in counted([1, 2, 3], "pages", err, quiet_seconds=0.0):
        time.sleep(0.01)
    assert err.getvalue() == ""


@pytest.mark.usefixtures("piped")
def test_a_loop_that_is_left_early_leaves_the_line_clean() -> None:
    screen, before = Screen(), threading.active_count()
    for item in (items := counted([1, 2, 3, 4], "pages", screen, 0.01)):
        if item == 3:
            screen.wait_for("\r2/4 pages")
            items.close()  # type: ignore[attr-defined]
            break
    assert screen.getvalue().endswith("\r\x1b[K") and threading.active_count() == before


class Gone(Screen):
    """A terminal whose window was closed."""

    n_tries = 0

    def write(self, text: str, /) -> int:
        self.n_tries += 1
        raise BrokenPipeError


def _streams(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO | None]:
    closed = Screen()
    closed.close()
    for stream in (closed, None):
        monkeypatch.setattr(sys, "stderr", stream)
        yield stream


def test_a_terminal_that_is_gone_ends_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Gone()
    with under_way("importing mugs", gone, 0.01) as count:
        count(2, "rows")(1)
        tell("12 rows", gone)
        eventually(lambda: gone.n_tries >= 3, pause_seconds=0.005)
    for stream in _streams(monkeypatch):
        with under_way("importing mugs", quiet_seconds=0.0) as count:
            tell("12 rows")
        assert count is uncounted, stream


def test_a_line_is_never_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    screen = Screen()
    with under_way("importing " + "mugs" * 20, screen, 0.01):
        screen.wait_for("\rimporting mugsmugsm\x1b[K")


def test_what_cannot_be_counted_says_for_how_long_and_lines_stand_above_it() -> None:
    screen = Screen()
    with under_way("importing mugs", screen, quiet_seconds=0.01):
        screen.wait_for("importing mugs, 0 s")
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
