"""Files that are made once and whole, and errors of disks as a line."""

import os
import sqlite3
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest

from shopcart_assets.platform.files import disk_advice, write_once


def test_of_many_writers_the_first_ones_text_stays_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with ThreadPool(8) as pool:
        pool.map(lambda number: write_once(path, f"{number}" * 10_000, 0o600), range(8))
    text = path.read_text()
    assert len(set(text)) == 1 and len(text) == 10_000 and path.stat().st_mode & 0o777 == 0o600
    write_once(path, "later")
    assert path.read_text() == text
    assert sorted(one.name for one in path.parent.iterdir()) == [".file.lock", "file"]


def test_a_writer_that_dies_leaves_nothing_under_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(os, "fsync", die)
        write_once(tmp_path / "file", "text")
    assert not (tmp_path / "file").exists()
    write_once(tmp_path / "file", "text")
    assert (tmp_path / "file").read_text() == "text"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "x"), "no space left under DIR: free some and run again"),
        (sqlite3.OperationalError("database or disk is full"), "no space left under DIR"),
        ("underlying IO error: No space left on device (os error 28)", "no space left under DIR"),
        (PermissionError(13, "x"), "DIR cannot be written: give it room and this user the right"),
        (OSError(30, "x"), "DIR cannot be written"),
        (sqlite3.OperationalError("disk I/O error"), "DIR is full or cannot be written"),
        (FileNotFoundError(2, "x"), None),
        (ValueError("x"), None),
    ],
)
def test_what_a_disk_refuses_is_said_in_a_line(error: Exception | str, said: str | None) -> None:
    advice = disk_advice(error, "DIR")
    assert advice is None if said is None else (advice or "").startswith(said)
