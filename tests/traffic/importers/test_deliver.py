"""A drop that an importer writes: whole or not at all, and equal when written again."""

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.dictionary import table
from shopcart_assets.traffic import drops
from shopcart_assets.traffic.importers import deliver
from shopcart_assets.traffic.importers.deliver import DropWriter
from shopcart_assets.traffic.intake import read_day
from shopcart_assets.traffic.pages import find_pages
from shopcart_assets.traffic.spool import Spool
from tests.traffic.conftest import event


def rows(folder: Path, day: str) -> pl.DataFrame:
    """What the day's file holds; nothing of it may be refused."""
    intake = read_day(drops.event_files([folder], day), day, 24.0, folder.with_name("scratch"))
    assert intake.refused.is_empty()
    return intake.rows.sort("order").collect()


def write(folder: Path, events: list[dict[str, object]], kind: str = "test") -> deliver.Delivery:
    with DropWriter(folder, kind) as drop:
        for row in events:
            page_id = drop.page(str(row["timestamp"]), "https://shop.example/", str(row["event_id"])[:1].encode())
            drop.event(row | {"page_id": page_id})
        drop.consent("a", "granted", "2026-01-01T00:00:00Z", "test")
        drop.refuse("log.csv", 3, "no_time")
    assert drop.delivery is not None
    return drop.delivery


ROWS = [
    event("e1", "2026-10-01T10:00:00Z"),
    event("f1", "2026-10-02T00:30:00+01:00"),
    event("e2", "2026-10-02T10:00:00Z"),
]


def test_events_lie_in_their_utc_day_and_a_page_in_the_first_that_shows_it(tmp_path: Path) -> None:
    delivery = write(tmp_path / "drop", ROWS)
    assert (delivery.n_events, delivery.n_pages, delivery.days) == (3, 2, ("2026-10-01", "2026-10-02"))
    assert delivery.refused == {"no_time": 1} and delivery.n_users_with_consent == 1
    assert rows(tmp_path / "drop", "2026-10-01")["event_id"].to_list() == ["e1", "f1"]
    pages = [pl.read_parquet(file)["html"].to_list() for file in drops.page_files([tmp_path / "drop"], "2026-10-02")]
    assert pages == [[b"e", b"f"]]


def test_writing_again_touches_no_file(tmp_path: Path) -> None:
    write(tmp_path / "drop", ROWS)
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "drop").rglob("*")}
    assert write(tmp_path / "drop", ROWS).changed == ()
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "drop").rglob("*")} == before


def test_only_what_changed_is_replaced_and_a_day_that_is_gone_goes(tmp_path: Path) -> None:
    write(tmp_path / "drop", ROWS)
    assert write(tmp_path / "drop", [*ROWS[:2], event("f9", "2026-10-03T10:00:00Z")]).changed == (
        "2026-10-02/events.jsonl.gz",
        "2026-10-03/events.jsonl.gz",
    )
    assert drops.days(tmp_path / "drop") == ["2026-10-01", "2026-10-03"]
    assert not (tmp_path / "drop" / "2026-10-02").exists()


def test_an_error_changes_nothing_and_leaves_no_scratch(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), DropWriter(tmp_path / "drop", "test") as drop:
        drop.event(ROWS[0])
        raise RuntimeError("the source broke off")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_no_such_import_wrote_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "drop", ROWS, kind="other")
    with pytest.raises(drops.DropError, match="--out"):
        DropWriter(tmp_path / "drop", "test")


def test_a_source_without_events_says_what_was_refused(tmp_path: Path) -> None:
    with pytest.raises(drops.DropError, match="1 no_time"), DropWriter(tmp_path / "drop", "test") as drop:
        drop.refuse("log.csv", 1, "no_time")


def test_a_small_buffer_gives_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver, "_BUFFER_BYTES", 10)
    write(tmp_path / "drop", ROWS)
    assert rows(tmp_path / "drop", "2026-10-02")["event_id"].to_list() == ["e2"]
    assert json.loads((tmp_path / "drop" / "import.json").read_text())["refused"] == {"no_time": 1}


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=20) | st.integers() | st.none(), max_size=4))
def test_whatever_a_field_holds_is_one_line(tmp_path_factory: pytest.TempPathFactory, extra: dict[str, object]) -> None:
    folder = tmp_path_factory.mktemp("any") / "drop"
    write(folder, [event("e1", "2026-10-01T10:00:00Z") | {"recorder": extra}])
    assert json.loads(rows(folder, "2026-10-01")["extra"][0])["recorder"] == extra


def test_ready_contexts_are_said_to_be_some_and_files_are_kept_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "pictures.parquet").write_bytes(b"never read")
    with DropWriter(tmp_path / "drop", "test", page_format="context") as drop:
        page_id = drop.page("2026-10-01T10:00:00Z", None, b"<div name=a>A</div>")
        drop.event(event("e1", "2026-10-01T10:00:00Z") | {"page_id": page_id})
        drop.aside_file("pictures.parquet", tmp_path / "pictures.parquet")
    files = drops.page_files([tmp_path / "drop"], "2026-10-01")
    spool = Spool(tmp_path / "scratch", table("traffic.pages").schema())
    find_pages(pl.Series([page_id]), files, spool)
    assert spool.collect()["format"].to_list() == ["context"]
    assert (tmp_path / "drop" / "aside" / "pictures.parquet").read_bytes() == b"never read"
    assert drops.days(tmp_path / "drop") == ["2026-10-01"]


def test_a_day_that_is_gone_goes_whole_whatever_the_order_of_its_files(tmp_path: Path) -> None:
    write(tmp_path / "drop", ROWS)
    with DropWriter(tmp_path / "drop", "test") as drop:
        drop.event(ROWS[0])
    assert sorted(path.name for path in (tmp_path / "drop").iterdir()) == ["2026-10-01", "consent.csv", "import.json"]
