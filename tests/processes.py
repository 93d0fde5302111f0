"""Processes that tests start and end, and what they wait for."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def eventually(is_so: Callable[[], bool], seconds: float = 60, pause_seconds: float = 0.1) -> None:
    """Waits for something, looking after each pause; a machine that is shared is given time."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"did not come true within {seconds:g} s"
        time.sleep(pause_seconds)


def processes(*variables: str) -> list[int]:
    """Processes that were started with these variables in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if all(variable.encode() in environment for variable in variables):
            found.append(int(path.parent.name))
    return found


def is_running(process: int) -> bool:
    """Whether it is there and does something: a process that has ended may stay listed until its parent has heard of it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(process: int) -> None:
    """Without a word."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
