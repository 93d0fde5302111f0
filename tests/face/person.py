"""A person at a browser: opens, clicks, types, sees, reads; a photograph is taken where something went wrong."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("person.mjs")


def album() -> Path:
    """Where photographs are kept for people to look at: `$SHOPCART_SCREENSHOTS`, else `screenshots` below pytest's cache."""
    folder = Path(os.environ.get("SHOPCART_SCREENSHOTS") or Path(__file__).parents[2] / ".pytest_cache" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Person:
    """One tab. Every act waits up to `seconds` for what it is about; an AssertionError says what was not there, and names a picture."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self._process, self._address = process, address

    def open(self, path: str) -> None:
        """A path of the UI, or any other address."""
        self._tell("open", url=path if "://" in path else f"{self._address}{path}")

    def click(self, text: str | None = None, seconds: float = 60, **how: Any) -> None:
        """What carries this text; `role` or `css` says which kind of thing, `nth` which one, `exact` that it says no more."""
        self._tell("click", text=text, ms=seconds * 1000, **how)

    def type(self, value: str, seconds: float = 60, **where: Any) -> None:
        """Into the field, in place of what it holds."""
        self._tell("type", value=value, ms=seconds * 1000, **where)

    def press(self, key: str) -> None:
        """A key of the keyboard, such as Enter."""
        self._tell("press", key=key)

    def sees(self, text: str | None = None, seconds: float = 60, **how: Any) -> None:
        """Waits until it is there."""
        self._tell("see", text=text, ms=seconds * 1000, **how)

    def reads(self) -> str:
        """All that the page shows, frames too."""
        return str(self._tell("read"))

    def where(self) -> str:
        """The address."""
        return str(self._tell("where"))

    def rests(self) -> None:
        """Looks at an empty page: a run's own page, drawn without a graphics card, takes the cores that the run wants."""
        self._tell("open", url="about:blank")

    def photograph(self, name: str) -> Path:
        """Keeps what the window shows; see `album`."""
        path = album() / f"{name}.png"
        self._tell("photograph", path=str(path))
        return path

    def _tell(self, act: str, **told: Any) -> Any:
        given = {key: value for key, value in told.items() if value is not None}
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps({"do": act, **given}), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline() or '{"error": "the browser is gone"}')
        if "error" in answer:
            seen = self.photograph("what-went-wrong") if act not in ("photograph", "open") else None
            raise AssertionError(f"{act} {given}: {answer['error']}\nseen: {seen}")
        return answer["ok"]


@contextmanager
def at_browser(driver: Path, address: str) -> Iterator[Person]:
    """A person before the UI at `address`; `driver` is the folder where the browser's driver is installed."""
    command = ["node", str(SCRIPT)]
    with subprocess.Popen(command, cwd=driver, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Person(process, address)
        finally:
            process.kill()
