"""How much work something is, counted and not timed: the same on every machine, loaded or not."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def calls_of(work: Callable[[], object]) -> int:
    """How many Python and C functions `work` calls; a generator's every step is a call. What libxml2 does inside is not seen."""
    n_calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal n_calls
        n_calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return n_calls


def lines_of(work: Callable[[], object]) -> int:
    """How many lines of Python `work` runs, each step of a loop or comprehension anew. Slower to count than calls."""
    n_lines = 0

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal n_lines
        n_lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return n_lines
