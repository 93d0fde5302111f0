"""A day from files to tables: every row has one fate, every planted fault is counted under its reason, no one is used unasked."""

import datetime as dt
import os
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import TrafficConfig
from shopcart_assets.traffic import day as day_module
from shopcart_assets.traffic import delivered
from shopcart_assets.traffic.consent import consent_history
from shopcart_assets.traffic.day import build_day
from shopcart_assets.traffic.drops import DropError, days
from shopcart_assets.traffic.sample_shop.faults import PLANTED
from tests.traffic.conftest import EVERYBODY, MakeDrop, event, fates
from tests.traffic.planted import DAYS, places, plant, write


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


def test_consent_that_events_carry_admits_and_refuses(make_drop: MakeDrop) -> None:
    rows = [
        event(user, "2026-10-01T10:00:00Z", "submit", user_id=user) | {"consent": said}
        for user, said in (("yes", "Yes"), ("no", "No"), ("unset", "Unset"), ("bad", 7), ("null", None))
    ]
    built = _build([make_drop({"2026-10-01": rows}, consent="user_id,status,effective_at\n")], "2026-10-01")
    assert built.events["user_id"].to_list() == ["yes"]
    assert fates(built.intake) == {
        "read": 5,
        "kept": 1,
        "no_consent_denied": 1,
        "no_consent_unset": 2,
        "refused_bad_consent": 1,
    }
    assert built.quarantine["reason"].to_list() == ["bad_consent"]
    _assert_adds_up(built)


def test_a_later_withdrawal_refuses_the_session_when_its_day_is_built_again(make_drop: MakeDrop) -> None:
    search = event("1", "2026-10-01T10:00:00Z", "submit", consent="Yes")
    drop = make_drop({"2026-10-01": [search, event("2", "2026-10-01T10:01:00Z", user_id="b")]})
    assert _build([drop], "2026-10-01").sessions["refusal"].to_list() == [None, "starts_without_submit"]
    later = make_drop({"2026-10-08": [event("3", "2026-10-08T09:00:00Z", "consent_withdrawn")]}, name="later")
    drops = [drop, later]
    built = _build(drops, "2026-10-01")
    assert built.sessions["refusal"].to_list() == ["no_consent_withdrawn", "starts_without_submit"]
    assert built.events.is_empty() and fates(built.intake)["no_consent_withdrawn"] == 1
    assert fates(_build(drops, "2026-10-08").intake) == {"read": 1, "ignored_consent_withdrawn": 1}


def test_an_unset_flag_forbids_only_from_then_on(make_drop: MakeDrop) -> None:
    rows = [
        event(str(n), f"2026-10-01T{hour}:00:00Z", "submit", session_id=f"s{n}", consent=said)
        for n, (hour, said) in enumerate([(10, "Yes"), (11, "Unset"), (12, "Yes")])
    ]
    built = _build([make_drop({"2026-10-01": rows})], "2026-10-01")
    assert built.sessions["refusal"].to_list() == [None, "no_consent_unset", None]


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


BOX = {"node_id": "7", "tag": "input"}
ENTER = {"key": "Enter"}
NUMBERS = count()


def test_a_gesture_over_midnight_is_one_action_of_its_sessions_day(make_drop: MakeDrop) -> None:
    drop = make_drop(
        {
            "2026-10-01": [
                event("1", "2026-10-01T23:59:57Z", "focus", session_id="s"),
                event("2", "2026-10-01T23:59:58Z", "input", session_id="s", target=BOX, value="mu"),
            ],
            "2026-10-02": [
                event("3", "2026-10-02T00:00:01Z", "input", session_id="s", target=BOX, value="mugs"),
                event("4", "2026-10-02T00:00:02Z", "scroll", session_id="s"),
                event("5", "2026-10-02T00:00:03Z", "keydown", session_id="s", target=BOX, **ENTER),
                event("6", "2026-10-02T00:00:09Z", "click", session_id="s", target={"tag": "a", "text": "Buy now"}),
                event("7", "2026-10-02T00:00:20Z", "close", session_id="s"),
            ],
        }
    )
    first, second = _build([drop], "2026-10-01"), _build([drop], "2026-10-02")
    assert first.events.select("event_id", "event_type", "value").rows() == [
        ("5", "submit", "mugs"),
        ("6", "click", None),
    ]
    assert first.sessions.select("n_events", "end_rule").rows() == [(2, "purchase")]
    assert fates(first.intake) == {"read": 2, "ignored_focus": 1, "merged_input": 1}
    assert fates(second.intake) == {"read": 5, "ignored_scroll": 1, "other_day": 4} and second.sessions.is_empty()


def test_what_follows_a_purchase_is_a_session_that_is_refused_by_itself(make_drop: MakeDrop) -> None:
    rows = [
        event("1", "2026-10-01T10:00:00Z", "submit", session_id="s", value="mugs"),
        event("2", "2026-10-01T10:01:00Z", session_id="s", target={"tag": "button", "text": "Add to cart"}),
        event("3", "2026-10-01T10:02:00Z", session_id="s", target={"tag": "a", "text": "Checkout"}),
    ]
    built = _build([make_drop({"2026-10-01": rows})], "2026-10-01")
    assert built.sessions.select("session_id", "end_rule", "refusal").rows() == [
        ("s", "purchase", None),
        ("s~2", "gap", "starts_without_submit"),
    ]
    assert fates(built.intake) == {"read": 3, "kept": 2, "refused_starts_without_submit": 1}


LINES = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(0, 4_000),
        st.sampled_from("abx"),
        st.sampled_from((None, "s", "t")),
        st.sampled_from(("input", "keydown", "submit", "click", "close", "navigate", "scroll", "change")),
        st.sampled_from((None, BOX, {"tag": "button", "text": "Buy now"}, {"tag": "div"})),
        st.sampled_from((None, "mugs", "Enter")),
        st.integers(1, 30),
    ),
    max_size=25,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES)
def test_whatever_is_delivered_each_row_has_exactly_one_fate(make_drop: MakeDrop, lines: list[tuple[Any, ...]]) -> None:
    """Late and doubled events, people without consent, gestures and ends in any order, over four days."""
    folders: dict[str, list[Any]] = {f"2026-10-0{day}": [] for day in range(1, 5)}
    for day, minute, user, session_id, kind, target, value, event_id in lines:
        moment = dt.datetime(2026, 10, day, tzinfo=dt.UTC) + dt.timedelta(minutes=minute - 1_000)
        more = {"session_id": session_id, "target": target, "value": value}
        folders[f"2026-10-0{day}"].append(event(str(event_id), moment.isoformat(), kind, user, **more))
    drop = make_drop(folders, name=f"drop-{next(NUMBERS)}")
    built = {day: _build([drop], day) for day in folders}
    for day, rows in folders.items():
        assert fates(built[day].intake)["read"] == len(rows)
        _assert_adds_up(built[day])
    counts = [fates(one.intake) for one in built.values()]
    n_kept, n_other_day = (sum(one.get(fate, 0) for one in counts) for fate in ("kept", "other_day"))
    assert n_kept <= sum(one.events.height for one in built.values()) <= n_kept + n_other_day


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


@pytest.mark.parametrize(("seed", "n_files"), [(1, 1), (2, 2), (3, 2)])
def test_every_row_has_the_fate_that_was_planted(tmp_path: Path, seed: int, n_files: int) -> None:
    planted = plant(seed)
    drop = write(planted, tmp_path / "drop", seed, n_files)
    history = consent_history([drop])
    refused, missing = [], set()
    for day in DAYS:
        built = build_day([drop], day, history, TrafficConfig(), tmp_path / "scratch")
        assert fates(built.intake) == planted.expected(day), day
        quarantine, events = built.quarantine.collect(), built.events.collect()
        refused += [(day, *row) for row in quarantine.select("file", "line", "reason").iter_rows()]
        missing |= set(events["page_id"].drop_nulls()) - set(built.pages.collect()["page_id"])
    assert missing == planted.missing_pages
    expected, found = set(places(planted, drop, n_files)), set(refused)
    # Of an event that came twice on one day, either row may be the second: the order of delivery was shuffled.
    assert {one for one in expected if "duplicate" not in one[3]} == {one for one in found if "duplicate" not in one[3]}
    assert len(expected) == len(found) == len(refused)


def test_sessions_are_admitted_or_refused_by_rule(tmp_path: Path) -> None:
    drop = write(plant(4), tmp_path / "drop", 4)
    history = consent_history([drop])
    days = [build_day([drop], day, history, TrafficConfig(), tmp_path / "scratch") for day in DAYS]
    sessions = pl.concat([built.sessions for built in days])
    assert sessions.select(pl.struct("user_id", "session_id").is_unique()).to_series().all()
    refusals = set(sessions["refusal"].drop_nulls())
    assert refusals == {
        *(f"no_consent_{status}" for status in ("denied", "unset", "expired", "withdrawn")),
        "starts_without_submit",
        "mixed_users",
        "no_events",
    }
    ends = sessions.filter("is_admitted").group_by("end_rule").len()
    assert set(ends["end_rule"]) == {"closed", "gap", "purchase"}
