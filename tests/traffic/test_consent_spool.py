"""Each delivered file is read for consent once; what is delivered anew is read again; nothing old stays."""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopcart_assets.traffic import consent_events
from shopcart_assets.traffic.consent_spool import spooled
from shopcart_assets.traffic.errors import DropError
from tests.traffic.conftest import MakeDrop, event

SKEW = dt.timedelta(hours=24)
DAYS = {
    f"2026-10-0{day}": [event("e", f"2026-10-0{day}T10:00:00Z", consent=said)] for day, said in ((1, "Yes"), (2, "No"))
}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The days of the files that were read, as they are read."""
    days: list[str] = []
    original = consent_events.read_statements

    def counted(file: Path, day: str, clock_skew: dt.timedelta) -> Any:
        days.append(day)
        return original(file, day, clock_skew)

    monkeypatch.setattr(consent_events, "read_statements", counted)
    return days


def _statuses(files: list[Path]) -> list[str]:
    return [status for file in files for status in pl.read_parquet(file)["status"]]


def test_a_file_is_read_once_and_again_when_it_is_delivered_anew(
    make_drop: MakeDrop, tmp_path: Path, read: list[str]
) -> None:
    drop, spool = make_drop(DAYS), tmp_path / "spool"
    assert _statuses(spooled([drop], SKEW, spool)) == ["granted", "denied"]
    assert _statuses(spooled([drop], SKEW, spool)) == ["granted", "denied"] and read == ["2026-10-01", "2026-10-02"]
    file = drop / "2026-10-01" / "events.jsonl"
    file.write_text(file.read_text().replace("Yes", "Unset"))
    assert _statuses(spooled([drop], SKEW, spool)) == ["unset", "denied"]
    assert read[2:] == ["2026-10-01"] and len([path for path in spool.iterdir() if path.is_dir()]) == 2
    assert spooled([], SKEW, spool) == [] and [path.name for path in spool.iterdir()] == [".lock"]


def test_another_clock_skew_is_another_reading(make_drop: MakeDrop, tmp_path: Path, read: list[str]) -> None:
    drop = make_drop(DAYS)
    spooled([drop], SKEW, tmp_path / "spool")
    spooled([drop], SKEW / 2, tmp_path / "spool")
    assert len(read) == 4


def test_what_a_killed_process_left_is_not_taken_for_whole(
    make_drop: MakeDrop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop, spool = make_drop(DAYS), tmp_path / "spool"

    def killed(*_: Any) -> Any:
        yield pl.DataFrame(schema=consent_events.STATEMENTS)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(consent_events, "read_statements", killed)
        spooled([drop], SKEW, spool)
    assert _statuses(spooled([drop], SKEW, spool)) == ["granted", "denied"]
    assert not list(spool.glob("*.part"))


def test_a_damaged_file_is_said_and_nothing_of_it_is_kept(make_drop: MakeDrop, tmp_path: Path) -> None:
    drop = make_drop(DAYS)
    file = drop / "2026-10-02" / "events.jsonl"
    file.rename(file.with_suffix(".jsonl.gz"))
    with pytest.raises(DropError, match="cut off or damaged"):
        spooled([drop], SKEW, tmp_path / "spool")
