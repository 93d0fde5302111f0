"""Whole folders by marker or by quiet, contents by hash, and a bounded amount of reading."""

import os
from pathlib import Path

import pytest

from shopcart_assets.traffic import watch
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.watch import CONSENT, MARKER, Folder, Seen, look
from tests.traffic.conftest import MakeDrop, event

DAY = "2026-10-01"
ROW = event("e1", "2026-10-01T10:00:00Z")
QUIET = 60.0


def _at(path: Path, seconds: int) -> Path:
    os.utime(path, (seconds, seconds))
    return path


def _folder(seen: Seen, drop: Path, day: str = DAY) -> Folder:
    return seen[str(drop)][day]


def test_a_day_without_a_marker_is_whole_when_it_was_quiet_long_enough(make_drop: MakeDrop) -> None:
    drop = make_drop({DAY: [ROW]})
    seen, lines = look({}, [drop], 0, QUIET)
    assert _folder(seen, drop).is_arriving and not lines
    seen, lines = look(seen, [drop], QUIET - 1, QUIET)
    assert _folder(seen, drop).is_arriving and not lines
    (drop / DAY / "events.jsonl").write_text("more")
    seen, lines = look(seen, [drop], QUIET, QUIET)
    assert _folder(seen, drop).is_arriving and lines == [f"{CONSENT} of {drop} arrived"]
    (drop / DAY / "pages.parquet").write_bytes(b"")
    seen, lines = look(seen, [drop], 2 * QUIET, QUIET)
    assert _folder(seen, drop).is_arriving and not lines
    seen, _ = look(seen, [drop], 2 * QUIET + 9, QUIET)
    seen, lines = look(seen, [drop], 3 * QUIET, QUIET)
    assert lines == [f"{DAY} of {drop} arrived"] and not _folder(seen, drop).is_arriving


def test_a_marker_counts_unless_a_file_is_younger(make_drop: MakeDrop) -> None:
    drop = make_drop({DAY: [ROW]})
    events, marker = _at(drop / DAY / "events.jsonl", 1_000), drop / DAY / MARKER
    marker.touch()
    _at(marker, 999)
    assert _folder(look({}, [drop], 0, QUIET)[0], drop).is_arriving
    _at(marker, 1_000)
    seen, _ = look({}, [drop], 0, QUIET)
    assert not _folder(seen, drop).is_arriving
    events.write_text("being delivered again")
    assert _folder(look(seen, [drop], 10, QUIET)[0], drop).is_arriving


def test_content_not_time_tells_whether_a_delivery_is_new(make_drop: MakeDrop) -> None:
    drop = make_drop({DAY: [ROW]})
    events = drop / DAY / "events.jsonl"
    first, _ = look({}, [drop], 0, 0)
    _at(events, 1_000)
    equal, lines = look(first, [drop], 1, 0)
    assert lines == [f"{DAY} of {drop} was delivered again with the same content"]
    assert _folder(equal, drop).content == _folder(first, drop).content
    events.write_text(events.read_text().replace("e1", "e2"))
    _at(events, 2_000)
    changed, lines = look(equal, [drop], 2, 0)
    assert lines == [f"{DAY} of {drop} changed"]
    assert _folder(changed, drop).content != _folder(first, drop).content
    assert look(changed, [drop], 3, 0) == (changed, [])


def test_a_file_that_is_known_is_not_read_again(make_drop: MakeDrop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop = make_drop({DAY: [ROW]})
    seen, _ = look({}, [drop], 0, 0)
    monkeypatch.setattr(watch, "_hash_blocks", None)
    assert look(seen, [drop], 1, 0) == (seen, [])


def test_a_large_delivery_is_hashed_over_several_looks(make_drop: MakeDrop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "BLOCK_BYTES", 10)
    drop = make_drop({DAY: ["x" * 95], "2026-10-02": ["y"]})
    (drop / "consent.csv").write_text("")
    seen, n_looks, read = look({}, [drop], 0, 0, budget_bytes=30)[0], 1, []
    while any(folder.is_arriving for folder in seen[str(drop)].values()):
        read.append(sum(file.n_hashed for folder in seen[str(drop)].values() for file in folder.files.values()))
        seen, _ = look(seen, [drop], n_looks, 0, budget_bytes=30)
        n_looks += 1
    assert read == [30, 60, 90]
    assert _folder(seen, drop).content == _folder(look({}, [drop], 0, 0)[0], drop).content


def test_a_file_that_changes_while_it_is_hashed_is_hashed_anew(
    make_drop: MakeDrop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "BLOCK_BYTES", 10)
    drop = make_drop({DAY: ["x" * 95]})
    half, _ = look({}, [drop], 0, 0, budget_bytes=30)
    (drop / DAY / "events.jsonl").write_text("z" * 40)
    after = look(half, [drop], 1, 0)[0]
    assert _folder(after, drop).content == _folder(look({}, [drop], 0, 0)[0], drop).content


def test_a_file_taken_out_or_added_changes_the_folder(make_drop: MakeDrop) -> None:
    drop = make_drop({DAY: [ROW]})
    pages = drop / DAY / "pages.parquet"
    without, _ = look({}, [drop], 0, QUIET)
    without, _ = look(without, [drop], QUIET, QUIET)
    pages.write_bytes(b"pages")
    added, _ = look(without, [drop], 100, QUIET)
    assert _folder(added, drop).is_arriving
    added, _ = look(added, [drop], 200, QUIET)
    assert _folder(added, drop).content != _folder(without, drop).content
    pages.unlink()
    removed, _ = look(added, [drop], 300, QUIET)
    assert _folder(removed, drop).is_arriving
    removed, _ = look(removed, [drop], 400, QUIET)
    assert _folder(removed, drop).content == _folder(without, drop).content


def test_what_is_gone_is_told_once_and_remembered(make_drop: MakeDrop) -> None:
    drop = make_drop({DAY: [ROW], "2026-10-02": [ROW]})
    first, _ = look({}, [drop], 0, 0)
    (drop / DAY).rename(drop / "aside")
    gone, lines = look(first, [drop], 1, 0)
    assert len(lines) == 1 and lines[0].startswith(f"{DAY} of {drop} is gone")
    assert not _folder(gone, drop).files and _folder(gone, drop).content == _folder(first, drop).content
    assert look(gone, [drop], 2, 0)[1] == []
    (drop / "aside").rename(drop / DAY)
    back, lines = look(gone, [drop], 3, 0)
    assert lines == [f"{DAY} of {drop} was delivered again with the same content"]
    assert not look(back, [], 4, 0)[0][str(drop)][DAY].files, "a drop that is registered no more is gone too"


def test_what_went_before_it_was_whole_leaves_nothing(make_drop: MakeDrop) -> None:
    drop = make_drop({DAY: [ROW], "2026-10-02": [ROW]})
    seen, _ = look({}, [drop], 0, QUIET)
    (drop / DAY).rename(drop / "aside")
    after, lines = look(seen, [drop], 1, QUIET)
    assert DAY not in after[str(drop)] and not lines


def test_an_unreadable_file_is_one_clear_line(make_drop: MakeDrop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop = make_drop({DAY: [ROW]})

    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(DropError, match=r"events.jsonl cannot be read \(Permission denied\): give this user"):
        look({}, [drop], 0, 0)
