"""A benchmark's log has the counts that it names, in the contract, byte-equal for equal sizes."""

import hashlib
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopcart_assets.traffic import drops
from shopcart_assets.traffic.errors import DropError
from shopcart_assets.traffic.sample_shop.at_size import ensure
from shopcart_assets.traffic.sample_shop.size import Size
from tests.watched import Parts

SIZE = Size(n_sessions=72, n_days=2, n_results=3, repeat=0.5)


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "drop"
    ensure(SIZE, folder)
    return folder


def _actions(drop: Path) -> list[dict[str, Any]]:
    lines = [line for file in sorted(drop.glob("*/events.jsonl")) for line in file.read_text().splitlines()]
    return [event for event in map(json.loads, lines) if "optimal" in event]


def _pages(drop: Path) -> pl.DataFrame:
    files = sorted(drop.glob("*/pages.parquet"))
    return pl.concat([pl.read_parquet(file).with_columns(day=pl.lit(file.parent.name)) for file in files])


def test_counts_are_exact(drop: Path) -> None:
    sessions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in sorted(_actions(drop), key=lambda event: event["event_id"]):
        sessions[event["session_id"]].append(event)
    counts = SIZE.counts
    assert (len(sessions), sum(map(len, sessions.values()))) == (72, counts.n_actions) == (72, 522)
    assert sum(events[-1]["event_type"] == "click" for events in sessions.values()) == counts.n_purchases == 10
    assert len({event["user_id"] for events in sessions.values() for event in events}) == counts.n_users == 8


def test_facts_are_those_of_the_files(drop: Path) -> None:
    facts, pages = ensure(SIZE, drop), _pages(drop).drop_nulls("html")
    viewed = [event["page_id"] for event in _actions(drop) if event["page_id"]]
    assert facts.n_views == len(viewed) and facts.n_pages == pages["page_id"].n_unique() == len(set(viewed))
    assert facts.page_bytes == pages.unique("page_id")["html"].bin.size().sum()
    assert [hashlib.sha256(html).hexdigest() for html in pages["html"]] == pages["page_id"].to_list()
    assert pages.select("day", "page_id").is_unique().all()
    assert pages["page_id"].is_duplicated().any()  # seen on both days
    assert "72 sessions, 522 actions" in facts.lines()[0]


def test_more_pages_come_again_where_more_are_public(drop: Path, tmp_path: Path) -> None:
    personal = ensure(replace(SIZE, n_sessions=20, n_days=1, repeat=0), tmp_path / "personal")
    public = ensure(replace(SIZE, n_sessions=20, n_days=1, repeat=1), tmp_path / "public")
    assert personal.share_seen_again < public.share_seen_again
    assert not any(b"@mail.example" in html for html in _pages(tmp_path / "public")["html"].drop_nulls())


def test_equal_sizes_give_equal_bytes(drop: Path, tmp_path: Path) -> None:
    parts = Parts()
    ensure(SIZE, tmp_path / "again", parts)
    assert parts.whole() == [(72, "sessions")]
    files = sorted(file.relative_to(drop) for file in drop.rglob("*") if file.is_file())
    assert len(files) == 7 and drops.days(drop) == ["2026-09-01", "2026-09-02"]
    assert [(tmp_path / "again" / file).read_bytes() for file in files] == [
        (drop / file).read_bytes() for file in files
    ]


def test_pages_are_filled_and_still_name_the_targets(tmp_path: Path) -> None:
    facts = ensure(replace(SIZE, n_sessions=3, n_days=1, page_kb=90), tmp_path / "drop")
    assert 90_000 <= facts.page_bytes / facts.n_pages < 102_000
    known = set(_pages(tmp_path / "drop")["page_id"])
    for event in _actions(tmp_path / "drop"):
        assert {event["page_id"], event["optimal"]["page_id"]} <= {*known, None}


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(DropError, match="was not written by this command"):
        ensure(SIZE, tmp_path / "mine")


def test_another_size_replaces_the_log(tmp_path: Path) -> None:
    ensure(replace(SIZE, n_sessions=3, n_days=1), tmp_path / "drop")
    assert ensure(replace(SIZE, n_sessions=2, n_days=1), tmp_path / "drop").counts.n_sessions == 2
    assert {path.name for path in tmp_path.iterdir()} == {"drop"}
