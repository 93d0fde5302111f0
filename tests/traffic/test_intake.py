"""Files of every form give the same rows; damaged ones one clear line; refused rows come back as they were delivered."""

import gzip
import io
import json
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.traffic.delivered import raw_rows
from shopcart_assets.traffic.drops import DropError, event_files
from shopcart_assets.traffic.intake import Intake, read_day
from tests.traffic.conftest import MakeDrop, event

DAY = "2026-10-01"
ROWS = [event(f"e{n}", f"{DAY}T10:00:{n:02d}Z", target={"tag": "a", "text": "ü"}, session_id="s") for n in range(3)]
LINES = "\n".join(map(json.dumps, ROWS))


def _folder(tmp_path: Path) -> Path:
    (tmp_path / "drop" / DAY).mkdir(parents=True)
    return tmp_path / "drop" / DAY


def _read(tmp_path: Path) -> Intake:
    return read_day(event_files([tmp_path / "drop"], DAY), DAY, 24.0, tmp_path / "scratch")


def _rows(intake: Intake) -> pl.DataFrame:
    return intake.rows.sort("order").collect()


def _zstd(text: str) -> bytes:
    """Polars alone can write zstd here; as a table of one column without quotes it writes the lines as they are."""
    file = io.BytesIO()
    lines = pl.DataFrame({"line": text.split("\n")})
    lines.write_csv(file, compression="zstd", include_header=False, quote_style="never", separator="\x1f")
    return file.getvalue()


def test_all_forms_of_a_file_give_the_same_rows(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "events.jsonl").write_text(LINES)
    plain = _rows(_read(tmp_path)).drop("file")
    (folder / "events.jsonl").unlink()
    (folder / "events.jsonl.gz").write_bytes(gzip.compress(LINES.encode()))
    assert _rows(_read(tmp_path)).drop("file").equals(plain)
    (folder / "events.jsonl.gz").unlink()
    pl.DataFrame(ROWS).with_columns(pl.col("timestamp").str.to_datetime(time_zone="UTC")).write_parquet(
        folder / "events.parquet"
    )
    parquet = _rows(_read(tmp_path)).drop("file")
    assert parquet.equals(plain) and parquet.height == 3


def test_a_zstd_file_is_read_line_by_line_too(tmp_path: Path) -> None:
    (_folder(tmp_path) / "events.jsonl.zst").write_bytes(_zstd(LINES + "\n\nnot json"))
    intake = _read(tmp_path)
    assert _rows(intake)["line"].to_list() == [1, 2, 3] and intake.refused["line"].to_list() == [5]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("events.jsonl.gz", gzip.compress(LINES.encode(), mtime=0)[:-9]),
        ("events.jsonl.gz", b"no gzip"),
        ("events.parquet", b"no parquet"),
        ("events.jsonl.zst", _zstd(LINES)[:-9]),
    ],
)
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, name: str, content: bytes) -> None:
    (_folder(tmp_path) / name).write_bytes(content)
    with pytest.raises(DropError, match=r"is cut off or damaged \(\w+\): deliver it again$"):
        _read(tmp_path)


def test_refused_rows_keep_their_place_and_raw_text_unless_their_user_forbids(
    make_drop: MakeDrop, tmp_path: Path
) -> None:
    cut, other = json.dumps(event("e8", f"{DAY}T10:00:00Z", user_id="b"))[:60], '{"event_id": "e9", "user_id": "a", "x'
    drop = make_drop({DAY: [ROWS[0], "", cut, other, "[1]"]})
    files = event_files([drop], DAY)
    intake = read_day(files, DAY, 24.0, tmp_path / "scratch")
    assert intake.n_read == 4
    quarantine = pl.concat(raw_rows(files, intake.refused, lambda user_id: user_id != "b"))
    assert quarantine.rows() == [
        (f"drop/{DAY}/events.jsonl", 3, "not_json", None),
        (f"drop/{DAY}/events.jsonl", 4, "not_json", other),
        (f"drop/{DAY}/events.jsonl", 5, "not_an_object", "[1]"),
    ]


def test_a_file_that_was_delivered_again_is_read_again(make_drop: MakeDrop, tmp_path: Path) -> None:
    drop = make_drop({DAY: ROWS})
    assert read_day(event_files([drop], DAY), DAY, 24.0, tmp_path / "scratch").n_read == 3
    (drop / DAY / "events.jsonl").write_text(LINES.splitlines()[0])
    assert read_day(event_files([drop], DAY), DAY, 24.0, tmp_path / "scratch").n_read == 1
