"""Raw drops: which are registered, which days they hold, and where their files lie. Knows the contract's file names, not its rows."""

import datetime as dt
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shopcart_assets.platform.files import exclusive as exclusive
from shopcart_assets.traffic.consent_events import carries_consent
from shopcart_assets.traffic.errors import DropError as DropError

EVENT_FILES = ("events.jsonl", "events.jsonl.gz", "events.jsonl.zst", "events.parquet")
CONSENT_FILES = ("consent.csv", "consent.parquet")
PAGES_FILE = "pages.parquet"


@dataclass(frozen=True)
class EventFile:
    """A file of events. `name` is its path inside the drop, after the drop's own name; `version` changes with its content."""

    path: Path
    name: str
    version: tuple[int, int]

    def require_unchanged(self) -> None:
        """Raises DropError where the file is not the one that `version` was taken of: what was read may be half of each."""
        require_version(self.path, self.version)


def register(state: Path, drop: Path) -> None:
    """Adds the drop to `<state>/drops.json`; nothing happens where it is there already. Raises DropError if it is not a drop."""
    drop = drop.expanduser().resolve()
    if not days(drop):
        raise DropError(
            f"{drop} is not a drop: it has no folder such as 2026-10-01 with one of {', '.join(EVENT_FILES)}"
        )
    _require_consent(drop)
    state.mkdir(parents=True, exist_ok=True)
    with exclusive(state / ".drops.lock"):
        known = _listed(state)
        if str(drop) not in known:
            scratch = state / f".drops.json.{os.getpid()}"
            scratch.write_text(json.dumps([*known, str(drop)], indent=1))
            scratch.replace(state / "drops.json")


def registered(state: Path) -> list[Path]:
    """The registered drops, oldest registration first. Raises DropError where one is not there any more."""
    drops = [Path(drop) for drop in _listed(state)]
    for drop in drops:
        if not drop.is_dir():
            raise DropError(
                f"{drop} was registered but is gone: put it back, or take its line out of {state / 'drops.json'}"
            )
    return drops


def sample_folder(state: Path, profile: str) -> Path:
    """Where the sample shop's drop of a profile lies."""
    return state / "drops" / f"sample-{profile}"


def days(drop: Path) -> list[str]:
    """The days (ISO dates, sorted) for which the drop has events. Raises DropError where it is missing or cannot be read."""
    try:
        folders = [folder for folder in drop.iterdir() if _is_day(folder.name)]
        return sorted(folder.name for folder in folders if any((folder / name).is_file() for name in EVENT_FILES))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DropError(f"{drop} is not a folder: give the folder that holds consent.csv and the days") from error
    except PermissionError as error:
        raise DropError(f"{drop} cannot be read: give this user the right to read it and its folders") from error


def consent_file(drop: Path) -> Path | None:
    """The drop's consent history; None where only its events can say who consents."""
    return next((drop / name for name in CONSENT_FILES if (drop / name).is_file()), None)


def _require_consent(drop: Path) -> None:
    """Raises DropError where neither a file nor an event says who consents: then nobody can be admitted."""
    if consent_file(drop) is None and not any(
        carries_consent(file.path, day) for day in days(drop) for file in event_files((drop,), day)
    ):
        raise DropError(
            f"{drop} has no {' or '.join(CONSENT_FILES)} and no event with a `consent`: without it nobody has consented; "
            "add the file (user_id, status, effective_at) or the field"
        )


def event_files(drops: Sequence[Path], day: str) -> tuple[EventFile, ...]:
    """All files of events that the drops have for the day; empty where none has it."""
    paths = [(drop, drop / day / name) for drop in drops for name in EVENT_FILES]
    return tuple(
        EventFile(path, f"{_label(drop, drops)}/{path.relative_to(drop).as_posix()}", version(path))
        for drop, path in paths
        if path.is_file()
    )


def version(path: Path) -> tuple[int, int]:
    """Changes with the file: when it was last written (ns), and its bytes. Raises DropError where it is gone."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise DropError(f"{path} went while it was read: run again when the delivery is whole") from None
    return status.st_mtime_ns, status.st_size


def require_version(path: Path, known: tuple[int, int]) -> None:
    """Raises DropError where the file has changed since its version was `known`."""
    if version(path) != known:
        raise DropError(f"{path} changed while it was read: run again when the delivery is whole")


def _label(drop: Path, drops: Sequence[Path]) -> str:
    """The drop's folder name, or its whole path where another registered drop's folder has the same name."""
    return drop.name if [other.name for other in drops].count(drop.name) == 1 else str(drop)


def require_day(drops: Sequence[Path], day: str) -> None:
    """Raises DropError where no drop has the day."""
    if not event_files(drops, day):
        raise DropError(
            f"no registered drop has {day}: run `shopcart ingest DROP` on one that has, or materialize traffic/sample_drop"
        )


def page_files(drops: Sequence[Path], day: str) -> list[Path]:
    """Where the pages of the day's events may lie, likeliest first: the day, the next day, then back to the first day."""
    next_day = shift(day, 1)
    found = [(drop, known) for drop in drops for known in days(drop) if known <= next_day]
    order = sorted(
        found, key=lambda one: (one[1] != day, one[1] != next_day, [-part for part in map(int, one[1].split("-"))])
    )
    return [file for drop, known in order if (file := drop / known / PAGES_FILE).is_file()]


def shift(day: str, n_days: int) -> str:
    """The day `n_days` later.

    >>> shift("2026-10-01", -2)
    '2026-09-29'
    """
    return (dt.date.fromisoformat(day) + dt.timedelta(days=n_days)).isoformat()


def _is_day(name: str) -> bool:
    try:
        return dt.date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def _listed(state: Path) -> list[str]:
    file = state / "drops.json"
    try:
        return [str(drop) for drop in json.loads(file.read_text())] if file.exists() else []
    except ValueError:
        raise DropError(f"{file} is not the list of drops: delete it and run `shopcart ingest DROP` again") from None
