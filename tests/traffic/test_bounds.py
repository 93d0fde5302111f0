"""Bombs, giant rows and giant pages: memory stays small, one row is refused and no more, a flood is one clear line."""

import datetime as dt
import gzip
import json
import random
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import TrafficConfig
from shopcart_assets.traffic import bounds, pages
from shopcart_assets.traffic.bounds import TooLong, check_parquet, lines
from shopcart_assets.traffic.consent import consent_history
from shopcart_assets.traffic.consent_events import statement
from shopcart_assets.traffic.day import build_day
from shopcart_assets.traffic.delivered import delivered
from shopcart_assets.traffic.drops import DropError, event_files
from shopcart_assets.traffic.spool import Spool
from tests.traffic.conftest import EVERYBODY, event, fates

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DAY = "2026-10-01"
PACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".zst": zstd.compress, "": bytes}


def _packed(path: Path, content: bytes) -> Path:
    path.write_bytes(PACK[path.suffix if path.suffix in PACK else ""](content))
    return path


@pytest.mark.parametrize("suffix", PACK)
@given(rows=st.lists(st.binary(max_size=40).map(lambda one: one.replace(b"\n", b"").rstrip(b"\r"))))
def test_lines_are_what_was_written(tmp_path_factory: pytest.TempPathFactory, suffix: str, rows: list[bytes]) -> None:
    file = _packed(tmp_path_factory.mktemp("lines") / f"events{suffix}", b"".join(row + b"\r\n" for row in rows))
    assert list(lines(file)) == rows


@pytest.mark.parametrize("suffix", PACK)
def test_of_a_giant_row_its_ends_are_left_and_the_rows_around_it_are_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(bounds, "MOST_ROW_BYTES", 1_000)
    monkeypatch.setattr(bounds, "_END_BYTES", 4)
    giant = b"head" + b"x" * 5_000 + b"tail"
    longest = b"y" * 1_000
    file = _packed(tmp_path / f"events{suffix}", b"\n".join([b"first", giant, longest, longest + b"!", giant]))
    ends = TooLong(b"headail\n")
    assert list(lines(file)) == [b"first", ends, longest, TooLong(b"yyyyyy!\n"), TooLong(b"headtail")]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_one_endless_line_is_one_clear_line_and_little_memory(tmp_path: Path, suffix: str) -> None:
    file = _packed(tmp_path / f"events{suffix}", b"a" * (90 * 2**20))
    tracemalloc.start()
    with pytest.raises(DropError, match=f"events{suffix} unpacks to more than 250 times its size.*deliver it unpacked"):
        list(lines(file))
    assert tracemalloc.get_traced_memory()[1] < 4 * bounds.MOST_ROW_BYTES
    tracemalloc.stop()


@pytest.mark.parametrize("suffix", PACK)
def test_a_flood_of_short_lines_is_refused_packed_and_read_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(bounds, "_ALWAYS_BYTES", 10_000)
    file = _packed(tmp_path / f"events{suffix}", b"{}\n" * 400_000)
    if not suffix:
        assert sum(1 for _ in lines(file)) == 400_000
        return
    with pytest.raises(DropError, match="unpacks to more than 250 times its size"):
        list(lines(file))


@pytest.mark.parametrize(
    "frame",
    [pl.DataFrame({"value": ["a" * 3_000_000]}), pl.DataFrame({"value": [f"{n % 3}" for n in range(2_000_000)]})],
    ids=["a giant value", "endless rows"],
)
def test_a_bomb_of_parquet_is_refused_by_what_it_says_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frame: pl.DataFrame
) -> None:
    monkeypatch.setattr(bounds, "_ALWAYS_BYTES", 10_000)
    file = tmp_path / "events[1]*.parquet"
    frame.write_parquet(file, compression="zstd", row_group_size=10_000_000)
    with pytest.raises(DropError, match="unpacks to more than 250 times its size"):
        check_parquet(file)
    pl.DataFrame({"value": ["a short one"]}).write_parquet(file)
    check_parquet(file)


def test_rows_without_any_text_are_rows_all_the_same(tmp_path: Path) -> None:
    (tmp_path / DAY).mkdir()
    pl.DataFrame({"n": [1, 2]}).write_parquet(tmp_path / DAY / "events.parquet")
    (file,) = event_files([tmp_path], DAY)
    assert list(delivered(file)) == [(1, {"n": 1}), (2, {"n": 2})]


GIANT = "x" * bounds.MOST_ROW_BYTES


@pytest.mark.parametrize("form", ["events.jsonl", "events.jsonl.zst", "events.parquet"])
def test_a_giant_row_goes_to_the_quarantine_and_the_day_goes_on(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "drop" / DAY
    folder.mkdir(parents=True)
    rows = [
        event(f"e{n}", f"{DAY}T10:00:0{n}Z", "submit", value=value) for n, value in enumerate(["mug", GIANT, "tea"])
    ]
    if form == "events.parquet":
        pl.DataFrame(rows).with_columns(pl.col("timestamp").str.to_datetime(time_zone="UTC")).write_parquet(
            folder / form, compression="uncompressed"
        )
    else:
        # What cannot be packed is no bomb: the giant value is noise.
        noise = random.Random(1).randbytes(len(GIANT) // 2 + 1).hex()
        text = "\n".join(json.dumps(row) for row in rows).replace(GIANT, noise)
        _packed(folder / form, text.encode())
    (tmp_path / "drop" / "consent.csv").write_text(EVERYBODY)
    drops = [tmp_path / "drop"]
    built = build_day(drops, DAY, consent_history(drops), TrafficConfig(), tmp_path / "scratch")
    assert fates(built.intake) == {"read": 3, "kept": 2, "refused_too_long": 1}
    assert built.quarantine.collect().select("line", "reason", "raw").rows() == [(2, "too_long", None)]


def test_a_giant_row_grants_nothing_and_unsets_whom_its_end_names() -> None:
    ends = (
        b'{"event_id": "e", "value": "xxx'
        + b'xxx", "user_id": "a", "consent": "granted", "timestamp": "2026-10-01T10:00:00Z"}'
    )
    said = statement(TooLong(ends), DAY, dt.timedelta(hours=24))
    assert said and (said[0], said[2]) == ("a", "unset")
    assert statement(TooLong(b"no user at all"), DAY, dt.timedelta(hours=24)) is None


def test_what_a_giant_row_says_is_looked_for_in_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("MOST_ROW_BYTES", 50), ("_END_BYTES", 8), ("_BLOCK_BYTES", 10)):
        monkeypatch.setattr(bounds, name, size)
    for where in range(0, 200, 7):
        file = _packed(tmp_path / "events", b"." * where + b"ConSent" + b"." * (200 - where))
        assert [(row.is_about, len(row.ends)) for row in lines(file, (b"consent",)) if isinstance(row, TooLong)] == [
            (True, 16)
        ]
        assert not any(row.is_about for row in lines(file, (b"nothing",)) if isinstance(row, TooLong))


def test_a_giant_page_counts_as_not_delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_PAGE_BYTES", 5)
    frame = pl.DataFrame({"page_id": ["a", "b", "c"], "url": "/", "html": [b"12345", b"123456", None]})
    frame.write_parquet(tmp_path / "pages.parquet")
    spool = Spool(tmp_path / "scratch", table("traffic.pages").schema())
    pages.find_pages(frame["page_id"], [tmp_path / "pages.parquet"], spool)
    assert spool.collect()["page_id"].to_list() == ["a"]
