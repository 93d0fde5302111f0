"""A day from files to tables: every row has one fate, every planted fault is counted under its reason, no one is used unasked."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import TrafficConfig
from shopcart_assets.traffic import day as day_module
from shopcart_assets.traffic import delivered
from shopcart_assets.traffic.consent import consent_history
from shopcart_assets.traffic.day import build_day
from shopcart_assets.traffic.drops import DropError, days
from shopcart_assets.traffic.sample_shop.faults import PLANTED
from tests.traffic.conftest import EVERYBODY, MakeDrop, event, fates


@dataclass(frozen=True)
class Built:
    """A day's tables in memory."""

    events: pl.DataFrame
    pages: pl.DataFrame
    sessions: pl.DataFrame
    quarantine: pl.DataFrame
    intake: pl.DataFrame


def _build(drops: list[Path], day: str) -> Built:
    with tempfile.TemporaryDirectory() as scratch:
        built = build_day(drops, day, consent_history(drops), TrafficConfig(), Path(scratch))
        return Built(
            built.events.collect(), built.pages.collect(), built.sessions, built.quarantine.collect(), built.intake
        )


def _assert_adds_up(built: Built) -> None:
    counts = fates(built.intake)
    read = counts.pop("read")
    assert read == sum(counts.values())
    assert built.quarantine.height == sum(n for fate, n in counts.items() if fate.startswith("refused_"))
    for name in ("events", "pages", "sessions", "quarantine", "intake"):
        assert table(f"traffic.{name}").conform(getattr(built, name)).height == getattr(built, name).height


def test_each_planted_fault_is_counted_under_its_reason(sample: Path) -> None:
    first, second = (_build([sample], day) for day in days(sample))
    counts = fates(first.intake)
    assert {fate: counts.get(fate) for fate in PLANTED} == PLANTED
    assert sorted(first.quarantine["reason"]) == ["clock_skew", "duplicate_event_id", "not_json"]
    assert {"no_consent_denied", "no_consent_unset", "ignored_scroll"} <= counts.keys()
    assert second.quarantine.is_empty() and "no_consent_withdrawn" in fates(second.intake) | counts
    for built in (first, second):
        _assert_adds_up(built)


def test_no_event_of_the_sample_is_lost_over_midnight(sample: Path) -> None:
    built = [_build([sample], day) for day in days(sample)]
    assert fates(built[1].intake)["other_day"] > 0
    sessions = pl.concat([one.sessions for one in built])
    assert sessions.height == 52 and sessions["session_id"].is_unique().all()
    ends = sessions.filter(pl.col("started_at").dt.date() != pl.col("ended_at").dt.date())
    assert ends.height > 0
    steps = (
        pl.concat([one.events for one in built])
        .group_by("session_id")
        .agg(pl.col("event_id").str.slice(-2).cast(pl.Int64()).alias("step"))
    )
    assert all(step == list(range(1, len(step) + 1)) for step in steps["step"].to_list())


def test_the_missing_page_is_the_only_one_that_is_not_found(sample: Path) -> None:
    built = [_build([sample], day) for day in days(sample)]
    missing = [set(one.events["page_id"].drop_nulls()) - set(one.pages["page_id"]) for one in built]
    assert [len(pages) for pages in missing] == [1, 0]


def test_only_admitted_sessions_have_events(sample: Path) -> None:
    built = _build([sample], days(sample)[0])
    admitted = built.sessions.filter("is_admitted")
    assert (
        set(built.events["session_id"]) == set(admitted["session_id"])
        and admitted["refusal"].null_count() == admitted.height
    )
    assert set(built.events["event_type"]) == {"submit", "click", "close"}
    assert built.events["optimal"].null_count() == 0


def test_the_raw_row_of_a_user_without_consent_is_not_kept(make_drop: MakeDrop) -> None:
    consent = EVERYBODY + "d,denied,2026-01-01T00:00:00Z,test\n"
    rows = [
        event(name, "2026-10-01T10:00:00Z", "submit", user_id=user)
        for name, user in (("1", "a"), ("1", "a"), ("2", "d"), ("2", "d"))
    ]
    built = _build([make_drop({"2026-10-01": rows}, consent=consent)], "2026-10-01")
    assert fates(built.intake) == {"read": 4, "kept": 1, "no_consent_denied": 1, "refused_duplicate_event_id": 2}
    assert built.quarantine["raw"].is_null().to_list() == [False, True]


def test_one_event_without_consent_refuses_its_whole_session(make_drop: MakeDrop) -> None:
    consent = "user_id,status,effective_at,source\na,granted,2026-01-01T00:00:00Z,t\na,expired,2026-10-01T10:00:30Z,t\n"
    rows = [event(str(n), f"2026-10-01T10:00:{n}0Z", "submit", session_id="s") for n in range(6)]
    built = _build([make_drop({"2026-10-01": rows}, consent=consent)], "2026-10-01")
    assert built.sessions["refusal"].to_list() == ["no_consent_expired"] and built.events.is_empty()
    assert fates(built.intake) == {"read": 6, "no_consent_expired": 6}


def test_an_event_that_was_delivered_again_on_the_next_day_counts_once(make_drop: MakeDrop) -> None:
    last = event("2", "2026-10-01T23:59:59Z", session_id="s")
    drop = make_drop(
        {
            "2026-10-01": [event("1", "2026-10-01T23:59:00Z", "submit", session_id="s"), last],
            "2026-10-02": [last, event("3", "2026-10-02T00:00:01Z", "close", session_id="s")],
        }
    )
    first, second = _build([drop], "2026-10-01"), _build([drop], "2026-10-02")
    assert first.events["event_id"].to_list() == ["1", "2", "3"] and second.events.is_empty()
    assert first.sessions["end_rule"].to_list() == ["closed"]
    assert fates(second.intake) == {"read": 2, "other_day": 1, "refused_duplicate_event_id": 1}


def test_a_session_that_does_not_start_with_a_search_is_refused_and_kept_aside(make_drop: MakeDrop) -> None:
    built = _build([make_drop({"2026-10-01": [event("1", "2026-10-01T10:00:00Z")]})], "2026-10-01")
    assert built.sessions.select("is_admitted", "refusal").rows() == [(False, "starts_without_submit")]
    assert fates(built.intake) == {"read": 1, "refused_starts_without_submit": 1}
    _assert_adds_up(built)


def test_a_day_without_pages_has_events_all_the_same(make_drop: MakeDrop) -> None:
    built = _build(
        [make_drop({"2026-10-01": [event("1", "2026-10-01T10:00:00Z", "submit", page_id="p")]})], "2026-10-01"
    )
    assert built.events.height == 1 and built.pages.is_empty()


def test_an_empty_day_and_a_day_that_nobody_delivered_differ(make_drop: MakeDrop) -> None:
    drop = make_drop({"2026-10-01": []})
    assert fates(_build([drop], "2026-10-01").intake) == {"read": 0}
    with pytest.raises(DropError, match="no registered drop has 2026-10-02"):
        _build([drop], "2026-10-02")


def test_the_real_pages_drop_reads_whole(shared: Path) -> None:
    drop = shared / "raw_drop"
    built = [_build([drop], day) for day in days(drop)]
    for one in built:
        _assert_adds_up(one)
    assert sum(fates(one.intake)["read"] for one in built) == sum(
        len((drop / day / "events.jsonl").read_text().splitlines()) for day in days(drop)
    )
    sessions = pl.concat([one.sessions for one in built])
    assert sessions.height == 240 and sessions["session_id"].is_unique().all()
    assert all(set(one.events["page_id"].drop_nulls()) == set(one.pages["page_id"]) for one in built)
    assert set(sessions["refusal"].drop_nulls()) == {"no_consent_denied", "no_consent_withdrawn", "no_consent_unset"}


def test_a_day_that_is_built_share_by_share_is_the_same_day(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tables(built: Built) -> list[pl.DataFrame]:
        frames = [built.events, built.pages, built.sessions, built.quarantine, built.intake]
        return [frame.sort(frame.columns[:2]) for frame in frames]

    for day in days(sample):
        whole = tables(_build([sample], day))
        with monkeypatch.context() as patch:
            patch.setattr(day_module, "_ROWS_PER_SHARE", 1)
            patch.setattr(day_module, "_IDS_PER_SHARE", 100)
            patch.setattr(delivered, "_BATCH_ROWS", 90)
            patch.setattr(os, "cpu_count", lambda: 1)
            parts = tables(_build([sample], day))
        assert all(one.equals(other) for one, other in zip(whole, parts, strict=True))
