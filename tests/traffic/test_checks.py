"""Each check finds what it is there to find."""

import datetime as dt

import polars as pl

from shopcart_assets.traffic import checks

INTAKE = pl.DataFrame({"fate": ["read", "kept", "refused_not_json"], "n_events": [10, 9, 1], "day": ["2026-10-01"] * 3})
QUARANTINE = pl.DataFrame({"reason": ["not_json"]})


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


def test_many_quarantined_rows_are_said_by_reason() -> None:
    assert checks._few_are_quarantined(QUARANTINE, INTAKE) == []
    many = pl.DataFrame({"reason": ["not_json"] * 3})
    assert checks._few_are_quarantined(many, INTAKE) == ["3 of 10 delivered rows: not_json"]


def test_an_event_without_consent_is_found() -> None:
    at = pl.Datetime("us", "UTC")
    moment = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    consent = pl.DataFrame(
        {"user_id": ["a"], "status": ["granted"], "effective_at": [moment]}, schema_overrides={"effective_at": at}
    )
    events = pl.DataFrame({"user_id": ["a", "b"], "timestamp": [moment, moment]}, schema_overrides={"timestamp": at})
    assert checks._everybody_consents(events.head(1), consent) == []
    assert checks._everybody_consents(events, consent) == ["1 events of users whose consent is unset"]


def test_a_page_that_was_never_delivered_is_counted() -> None:
    events = pl.DataFrame({"page_id": ["p", "q", None]})
    assert checks._pages_are_delivered(pl.DataFrame({"page_id": ["p"]}), events) == [
        "1 of 2 pages that events name were never delivered"
    ]
    assert checks._pages_are_delivered(pl.DataFrame({"page_id": ["p", "q"]}), events) == []
