"""A command of the project in a terminal of its own, as a person types it."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_ROOT = Path(__file__).parents[1]
_PATIENCE_SECONDS = 500
"""Only so that a test that went wrong ends; a machine may be busy."""


def _sit_down() -> None:
    """Makes it the terminal's own process, so that Ctrl-C reaches it, and is heeded where the tests were started in the background."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """`shopcart ...` with standard input, output and error on one terminal, and what it has shown so far."""

    def __init__(self, arguments: list[str], environ: Mapping[str, str], folder: Path) -> None:
        self.ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "shopcart_assets.cli", *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environ, "PYTHONPATH": str(_ROOT), "TERM": "dumb", "COLUMNS": "160"},
            cwd=folder,
            start_new_session=True,
            preexec_fn=_sit_down,
        )
        os.close(theirs)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def wait_for(self, text: str) -> str:
        """What was shown up to `text`, which is then forgotten."""
        while text not in self.shown:
            assert self._reads(_PATIENCE_SECONDS), f"{text!r} never came after {self.shown!r}"
        before, _, self.shown = self.shown.partition(text)
        return before

    def interrupt(self, until: str, most: int = 20) -> None:
        """Presses Ctrl-C, as people do again where nothing happens, until `until` is shown.

        Python's readline does not notice a signal that comes just before it waits for the next key.
        """
        for _ in range(most):
            self.type("\x03")
            while until not in self.shown and self._reads(5):
                pass
            if until in self.shown:
                self.wait_for(until)
                return
        raise AssertionError(f"{until!r} never came after {most} times Ctrl-C: {self.shown!r}")

    def _reads(self, seconds: float) -> bool:
        """Whether something more was shown within so many seconds."""
        ready, _, _ = select.select([self.ours], [], [], seconds)
        if ready:
            try:
                self.shown += os.read(self.ours, 65536).decode(errors="replace")
            except OSError as error:
                raise AssertionError(f"ended after {self.shown!r}") from error
        return bool(ready)
