"""Follows a file of lines while another process writes it. What is done with the lines is the caller's business."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

_EVERY_SECONDS = 20.0


@contextmanager
def following(path: Path, tell: Callable[[bytes], None], every_seconds: float = _EVERY_SECONDS) -> Iterator[None]:
    """Calls `tell(content)`, on a thread, when the file has changed since the last look, and once more in the end.

    What was there before counts as seen. An error of `tell` is raised at the end, unless the body has failed itself.
    """
    is_over, seen = threading.Event(), _mark(path)
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(_follow, path, tell, every_seconds, seen, is_over)
        try:
            yield
        finally:
            is_over.set()
        told.result()


def _follow(
    path: Path, tell: Callable[[bytes], None], every_seconds: float, seen: tuple[int, int], is_over: threading.Event
) -> None:
    goes_on = True
    while goes_on:
        goes_on = not is_over.wait(every_seconds)
        if (mark := _mark(path)) != seen and mark[0]:
            seen = mark
            tell(path.read_bytes())


def _mark(path: Path) -> tuple[int, int]:
    """Changes with the file: its size and when it was last written; zeros where there is none."""
    if not path.exists():
        return 0, 0
    status = path.stat()
    return status.st_size, status.st_mtime_ns
