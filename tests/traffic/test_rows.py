"""Wild input at the edge: a typed row or a reason, never an error."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.dictionary.traffic import RAW_EVENT_COLUMNS
from shopcart_assets.traffic.rows import FIELDS, Refused, parse_fields, parse_line
from tests.traffic.conftest import event

DAY, SKEW = "2026-10-01", dt.timedelta(hours=24)
GOOD = event("e1", "2026-10-01T10:00:00Z")


def _parse(**changed: Any) -> dict[str, Any]:
    return dict(zip(FIELDS, parse_fields({**GOOD, **changed}, DAY, SKEW), strict=True))


def _reason(line: bytes | str) -> str:
    with pytest.raises(Refused) as refusal:
        parse_line(line, DAY, SKEW)
    return str(refusal.value)


def test_a_good_row_is_typed() -> None:
    row = _parse(
        target={"node_id": "e5", "text": "Kärcher", "css": None}, timestamp="2026-10-01T12:00:00+02:00", session_id=""
    )
    assert row["timestamp"] == dt.datetime(2026, 10, 1, 10, tzinfo=dt.UTC)
    assert row["session_id"] is None and json.loads(row["target"])["text"] == "Kärcher"
    assert _parse(event_type="Click")["event_type"] == "click"
    assert _parse(target='{"tag": "a"}')["target"] == '{"tag": "a"}'
    assert _parse(target={"tag": None})["target"] is None
    assert _parse(rationale="it is red")["rationale"] == "it is red" and _parse(rationale="it is red")["extra"] is None
    assert _parse(rationale="")["rationale"] is None and _parse()["rationale"] is None


@pytest.mark.parametrize(
    ("reason", "changed"),
    [
        ("missing_event_id", {"event_id": None}),
        ("missing_user_id", {"user_id": ""}),
        ("missing_event_type", {"event_type": None}),
        ("missing_timestamp", {"timestamp": None}),
        ("bad_user_id", {"user_id": 7}),
        ("bad_event_type", {"event_type": "my name is Bob"}),
        ("bad_session_id", {"session_id": 7}),
        ("bad_timestamp", {"timestamp": 1_790_000_000}),
        ("bad_timestamp", {"timestamp": "yesterday"}),
        ("bad_timestamp", {"timestamp": "0001-01-01T00:00:00+14:00"}),
        ("bad_target", {"target": ["a"]}),
        ("bad_target", {"target": "#buy"}),
        ("bad_target", {"target": {"text": "\ud83d"}}),
        ("bad_value", {"value": "\ud83d"}),
        ("bad_rationale", {"rationale": 7}),
        ("bad_rationale", {"rationale": ["I want it"]}),
        ("bad_rationale", {"rationale": "\ud83d"}),
        ("bad_page_id", {"page_id": 1}),
        ("bad_optimal", {"optimal": 1}),
        ("bad_consent", {"consent": 1}),
        ("bad_consent", {"consent": ["granted"]}),
        ("clock_skew", {"timestamp": "2019-10-01T10:00:00Z"}),
        ("clock_skew", {"timestamp": "2026-10-03T00:00:00Z"}),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(reason: str, changed: dict[str, Any]) -> None:
    assert _reason(json.dumps({**GOOD, **changed})) == reason


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("not_json", json.dumps(GOOD)[:40]),
        ("not_json", "[" * 100_000),
        ("not_json", "1" * 10_000),
        ("not_an_object", "[1]"),
        ("not_utf8", b'{"user_id": "\xff"}'),
    ],
)
def test_a_line_that_is_no_event_is_refused_with_its_reason(reason: str, line: bytes | str) -> None:
    assert _reason(line) == reason


def test_fields_that_the_contract_does_not_know_are_kept_aside() -> None:
    assert _parse()["extra"] is None and _parse(viewport=None)["extra"] is None
    row = _parse(viewport={"width": 1280}, seen_at=dt.date(2026, 10, 1), note="\ud83d")
    assert json.loads(row["extra"]) == {"note": "\ud83d", "seen_at": "2026-10-01", "viewport": {"width": 1280}}
    assert json.loads(_parse(extra="mine")["extra"]) == {"extra": "mine"}


@pytest.mark.parametrize("said", [None, "Yes", "", True, {"analytics_storage": "granted"}])
def test_consent_is_a_field_of_the_contract_and_not_kept_aside(said: Any) -> None:
    assert _parse(consent=said) == _parse()


def test_the_skew_reaches_a_day_to_both_sides() -> None:
    for timestamp in ("2026-09-30T00:00:00Z", "2026-10-02T23:59:59Z"):
        assert _parse(timestamp=timestamp)["event_id"] == "e1"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()), st.lists, max_leaves=4
)


NAMES = st.sampled_from(FIELDS) | st.text(st.characters(), max_size=8)


@given(st.dictionaries(NAMES, JSON | st.dictionaries(st.text(), JSON, max_size=2), max_size=4) | JSON)
def test_whatever_comes_is_a_row_that_a_table_can_hold_or_a_reason(value: Any) -> None:
    if isinstance(value, dict):
        value = {**GOOD, **value}
    try:
        row = parse_line(json.dumps(value), DAY, SKEW)
    except Refused as refusal:
        assert str(refusal).isidentifier()
    else:
        frame = pl.DataFrame([row], schema={column.name: column.dtype for column in RAW_EVENT_COLUMNS}, orient="row")
        assert frame.height == 1
