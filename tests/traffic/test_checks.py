"""Each check finds what it is there to find."""

import datetime as dt

import polars as pl
import pytest

from shopcart_assets.traffic import checks

INTAKE = pl.DataFrame({"fate": ["read", "kept", "refused_not_json"], "n_events": [10, 9, 1], "day": ["2026-10-01"] * 3})
QUARANTINE = pl.DataFrame({"reason": ["not_json"], "day": ["2026-10-01"]})
AT = pl.Datetime("us", "UTC")
MOMENT = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)


def _read(**days: int) -> pl.DataFrame:
    """traffic.intake of days of October 2026 (d01, d02, ...) on which so many rows were read."""
    return pl.DataFrame(
        [("read", n, f"2026-10-{day[1:]}") for day, n in days.items()], ["fate", "n_events", "day"], orient="row"
    )


def test_fates_have_to_add_up_each_day() -> None:
    assert checks._fates_add_up(INTAKE) == []
    moved = INTAKE.with_columns(day=pl.Series(["2026-10-01", "2026-10-01", "2026-10-02"]))
    assert checks._fates_add_up(moved) == [
        "2026-10-01: 10 rows read, 9 accounted for",
        "2026-10-02: 0 rows read, 1 accounted for",
    ]


def test_refused_rows_have_to_be_in_quarantine() -> None:
    assert checks._refused_rows_are_kept(QUARANTINE, INTAKE) == []
    assert checks._refused_rows_are_kept(QUARANTINE.clear(), INTAKE) == ["1 rows refused, 0 in quarantine"]


def _quarantine(**reasons: int) -> pl.DataFrame:
    rows = [reason for reason, n in reasons.items() for _ in range(n)]
    return pl.DataFrame({"reason": rows, "day": ["2026-10-01"] * len(rows)})


def test_many_quarantined_rows_are_said_by_reason_most_frequent_first() -> None:
    assert checks._few_are_quarantined(QUARANTINE.clear(), _read(d01=0)) == []
    assert checks._few_are_quarantined(_quarantine(not_json=5), _read(d01=100)) == []
    many = _quarantine(clock_skew=2, not_json=3, bad_url=2)
    assert checks._few_are_quarantined(many, _read(d01=100)) == [
        "3 of 100 delivered rows: not_json",
        "2 of 100 delivered rows: bad_url",
        "2 of 100 delivered rows: clock_skew",
    ]


def test_a_bad_day_is_not_hidden_by_good_days() -> None:
    found = checks._few_are_quarantined(_quarantine(not_json=6), _read(d01=100, d02=10_000))
    assert found == ["6 of 100 delivered rows: not_json"]


WEEK = _read(d01=90, d02=100, d03=110)


@pytest.mark.parametrize("n", [50, 100, 200])
def test_a_day_of_usual_size_passes(n: int) -> None:
    assert checks._days_are_of_usual_size(_read(d04=n), WEEK) == []
    assert checks._which_days_were_compared(_read(d04=n), WEEK) == "Days compared with those before: 1."


@pytest.mark.parametrize("n", [0, 49, 201])
def test_a_day_of_unusual_size_is_told_with_the_median(n: int) -> None:
    assert checks._days_are_of_usual_size(_read(d04=n), WEEK) == [
        f"2026-10-04: {n} rows read, the median of the 3 days before is 100"
    ]


def test_a_day_with_too_few_days_before_passes_and_says_so() -> None:
    lone, two = _read(d04=1), _read(d02=100, d03=100)
    assert checks._days_are_of_usual_size(lone, two) == []
    assert checks._which_days_were_compared(lone, two) == (
        "Days compared with those before: 0; not compared, as fewer than 3 of the 7 days before are there: 1."
    )


def test_a_day_is_compared_with_the_seven_days_before_alone() -> None:
    old = _read(d01=1, d02=1, d03=1, d08=100, d09=100)
    assert checks._days_are_of_usual_size(_read(d11=100), old) == []  # two days of the seven are there
    later = _read(d12=100, d13=100, d14=100)
    assert checks._days_are_of_usual_size(_read(d11=1), later) == []


def _events(*rows: tuple[str, str, int]) -> pl.DataFrame:
    """Rows of session, type and minute."""
    return pl.DataFrame(
        [(session, kind, MOMENT + dt.timedelta(minutes=minute), "2026-10-01") for session, kind, minute in rows],
        {"session_id": pl.String, "event_type": pl.String, "timestamp": AT, "day": pl.String},
        orient="row",
    )


SESSIONS = pl.DataFrame({"session_id": ["a", "b"], "is_admitted": [True, False], "day": ["2026-10-01"] * 2})


def test_an_admitted_session_has_to_start_with_a_search() -> None:
    good = _events(("a", "click", 2), ("a", "submit", 1), ("a", "close", 3))
    assert checks._sessions_start_with_a_search(good, SESSIONS) == []
    assert checks._sessions_start_with_a_search(_events(("a", "click", 0), ("a", "submit", 1)), SESSIONS) == [
        "2026-10-01: 1 admitted sessions start with click"
    ]
    assert checks._sessions_start_with_a_search(good.clear(), SESSIONS) == [
        "2026-10-01: 1 admitted sessions start with nothing: it has no event"
    ]


def test_an_id_that_comes_back_on_another_day_starts_with_a_search_of_its_own() -> None:
    good = _events(("a", "submit", 0))
    next_day = pl.lit("2026-10-02").alias("day")
    both = pl.concat([good, _events(("a", "click", 1500)).with_columns(next_day)])
    sessions = pl.concat([SESSIONS, SESSIONS.with_columns(next_day)])
    assert checks._sessions_start_with_a_search(both, sessions) == ["2026-10-02: 1 admitted sessions start with click"]


def test_an_event_without_consent_is_found() -> None:
    consent = pl.DataFrame(
        {"user_id": ["a"], "status": ["granted"], "effective_at": [MOMENT]}, schema_overrides={"effective_at": AT}
    )
    events = pl.DataFrame({"user_id": ["a", "b"], "timestamp": [MOMENT, MOMENT]}, schema_overrides={"timestamp": AT})
    assert checks._everybody_consents(events.head(1), consent) == []
    assert checks._everybody_consents(events, consent) == ["1 events of users whose consent is unset"]


def test_a_built_day_from_before_a_withdrawal_is_told() -> None:
    days = pl.Series([["2026-10-01", "2026-10-02"], ["2026-10-02"], []], dtype=pl.List(pl.String()))
    withdrawals = pl.DataFrame({"user_id": ["a", "b", "c"], "days_to_rebuild": days})
    assert checks._days_respect_withdrawals(withdrawals.tail(1)) == []
    assert checks._days_respect_withdrawals(withdrawals) == [
        "2026-10-01: holds sessions of 1 users from before they withdrew; build it again",
        "2026-10-02: holds sessions of 2 users from before they withdrew; build it again",
    ]


def test_a_page_that_was_never_delivered_is_counted() -> None:
    events = pl.DataFrame({"page_id": ["p", "q", None]})
    assert checks._pages_are_delivered(pl.DataFrame({"page_id": ["p"]}), events) == [
        "1 of 2 pages that events name were never delivered, or are too long"
    ]
    assert checks._pages_are_delivered(pl.DataFrame({"page_id": ["p", "q"]}), events) == []
