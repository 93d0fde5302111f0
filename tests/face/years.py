"""Years of partitions before a person's eyes: how long an asset's partitions and the dialog of a backfill take to be there, and pictures."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.daemon import Ui
from tests.face.person import Person, at_browser


def look(ui: Ui, driver: Path, days: Sequence[str]) -> dict[str, float]:
    """Seconds from the address until what is looked for is there, or until a backfill of all days is ready to launch; photographs: `years-*`.

    `driver` is where the browser's driver is installed. Raises AssertionError where they do not come.
    """
    with at_browser(driver, f"http://127.0.0.1:{ui.port}") as person:
        person.open("/")  # the program of the UI itself is loaded once
        person.sees("Deployment")
        return {
            "asset": _seconds(person, "asset", lambda: _asset(person)),
            "partitions": _seconds(person, "partitions", lambda: _partitions(person)),
            "backfill": _seconds(person, "backfill", lambda: _backfill(person, days)),
        }


def _seconds(person: Person, name: str, act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    seconds = round(time.monotonic() - began, 2)
    person.photograph(f"years-{name}")
    return seconds


def _asset(person: Person) -> None:
    person.open("/assets/reasoning/rationales")
    person.sees("|g")  # the newest partition, beside its row count


def _partitions(person: Person) -> None:
    person.open("/assets/reasoning/rationales?view=partitions")
    person.sees("g0", exact=True)


def _backfill(person: Person, days: Sequence[str]) -> None:
    person.open("/locations/shopcart_assets/jobs/synthesize")
    person.click("Materialize all", role="button")
    person.type(f"[{days[0]}...{days[-1]}]", css="input[placeholder^='ex: 20']")
    person.click("Select a partition or create one")
    person.click("g0", css="li")
    person.press("Escape")
    person.sees(f"{len(days):,} partitions")
