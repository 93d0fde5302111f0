"""The registry of drops, and what is said about a folder that is none."""

from pathlib import Path

import pytest

from shopcart_assets.traffic.drops import (
    DropError,
    consent_file,
    days,
    event_files,
    page_files,
    register,
    registered,
    require_day,
)
from tests.traffic.conftest import MakeDrop, event

ROW = event("e1", "2026-10-01T10:00:00Z")


def test_a_drop_is_registered_once_and_stays_so(make_drop: MakeDrop, tmp_path: Path) -> None:
    first, second = make_drop({"2026-10-01": [ROW]}), make_drop({"2026-10-02": [ROW]}, name="second")
    for drop in (first, second, tmp_path / "second" / ".." / "drop"):
        register(tmp_path / "state", drop)
    assert registered(tmp_path / "state") == [first, second]
    assert registered(tmp_path / "elsewhere") == []


def test_days_are_folders_with_events(make_drop: MakeDrop) -> None:
    drop = make_drop({"2026-10-02": [ROW], "2026-10-01": [ROW]})
    for name in ("2026-10-03", "notes", "2026-13-01", "20261004"):
        (drop / name).mkdir()
    assert days(drop) == ["2026-10-01", "2026-10-02"]


def test_what_is_no_drop_is_said_in_one_line(make_drop: MakeDrop, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    no_consent = make_drop({"2026-10-01": [ROW]})
    (no_consent / "consent.csv").unlink()
    for folder, message in (
        (tmp_path / "missing", "is not a folder"),
        (tmp_path / "file", "is not a folder"),
        (tmp_path / "empty", "is not a drop"),
        (no_consent, "has no consent.csv or consent.parquet and no event with a `consent`"),
    ):
        with pytest.raises(DropError, match=message) as problem:
            register(tmp_path / "state", folder)
        assert "\n" not in str(problem.value)
    assert registered(tmp_path / "state") == []


def test_a_drop_whose_events_carry_consent_needs_no_consent_file(make_drop: MakeDrop, tmp_path: Path) -> None:
    for number, said in enumerate(
        (event("e2", "2026-10-02T10:00:00Z", consent="No"), event("e2", "2026-10-02T10:00:00Z", "consent_given"))
    ):
        drop = make_drop({"2026-10-01": [ROW], "2026-10-02": [said]}, name=f"drop-{number}")
        (drop / "consent.csv").unlink()
        register(tmp_path / "state", drop)
        assert consent_file(drop) is None and drop in registered(tmp_path / "state")


def test_a_folder_without_the_right_to_read_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "iterdir", forbidden)
    with pytest.raises(DropError, match="cannot be read"):
        days(tmp_path)


def test_a_registered_drop_that_is_gone_is_named(make_drop: MakeDrop, tmp_path: Path) -> None:
    drop = make_drop({"2026-10-01": [ROW]})
    register(tmp_path / "state", drop)
    drop.rename(tmp_path / "moved")
    with pytest.raises(DropError, match="was registered but is gone"):
        registered(tmp_path / "state")


def test_a_day_that_no_drop_has_says_what_to_run(make_drop: MakeDrop) -> None:
    drop = make_drop({"2026-10-01": [ROW]})
    require_day([drop], "2026-10-01")
    with pytest.raises(DropError, match="no registered drop has 2026-10-05: run `shopcart ingest DROP`"):
        require_day([drop], "2026-10-05")


def test_files_of_a_day_come_from_all_drops_and_pages_from_near_to_far(make_drop: MakeDrop) -> None:
    drops = [make_drop({f"2026-10-0{day}": [ROW] for day in (1, 2, 3, 4, 5)}, name=name) for name in ("one", "two")]
    assert [file.name for file in event_files(drops, "2026-10-03")] == [
        "one/2026-10-03/events.jsonl",
        "two/2026-10-03/events.jsonl",
    ]
    for drop in drops:
        for day in days(drop):
            (drop / day / "pages.parquet").touch()
    found = [(file.parts[-3], file.parts[-2][-1]) for file in page_files(drops, "2026-10-03")]
    assert found == [(drop, day) for day in "3421" for drop in ("one", "two")]


def test_files_of_drops_whose_folders_have_the_same_name_are_told_apart(make_drop: MakeDrop) -> None:
    first, second = make_drop({"2026-10-01": [ROW]}), make_drop({"2026-10-01": [ROW]}, name="elsewhere/drop")
    names = [file.name for file in event_files((first, second), "2026-10-01")]
    assert names == [f"{first}/2026-10-01/events.jsonl", f"{second}/2026-10-01/events.jsonl"]
    assert event_files((first,), "2026-10-01")[0].name == "drop/2026-10-01/events.jsonl"
