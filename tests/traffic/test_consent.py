"""Consent: the latest status at the time counts, a retraction counts backwards too, and a doubt counts against."""

import datetime as dt
import json
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.traffic import consent as module
from shopcart_assets.traffic.consent import changes, consent_history, consenting_users, read_consent, without_consent
from shopcart_assets.traffic.consent_events import CHANNELS, STATEMENTS, statement
from shopcart_assets.traffic.consent_vocabulary import RETRACTIONS, STATUSES
from tests.traffic.conftest import MakeDrop, event

HEADER = "user_id,status,effective_at,source\n"
HISTORY = """\
granted,granted,2026-01-01T00:00:00Z,x
denied,denied,2026-01-01T00:00:00.000000+0000,x
withdrew,granted,2026-01-01T00:00:00Z,x
withdrew,withdrawn,2026-03-01T00:00:00Z,x
returned,granted,2026-01-01T00:00:00Z,x
returned,withdrawn,2026-02-15T00:00:00Z,x
returned,GRANTED ,2026-04-01T00:00:00Z,x
expired,granted,2026-01-01T00:00:00Z,x
expired,expired,2026-03-01T00:00:00Z,x
odd,pending_review,2026-01-01T00:00:00Z,x
"""


def _drop(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "consent.csv").write_text(text)
    return folder


def _forbidden_by(history: pl.DataFrame, user_id: str, month: int) -> str | None:
    moment = dt.datetime(2026, month, 2, tzinfo=dt.UTC)
    events = pl.DataFrame(
        {"user_id": [user_id], "timestamp": [moment]}, schema_overrides={"timestamp": pl.Datetime("us", "UTC")}
    )
    status: str | None = without_consent(events, history)[0]
    return status


@pytest.mark.parametrize(
    ("user_id", "month", "status"),
    [
        ("granted", 2, None),
        ("denied", 2, "denied"),
        ("withdrew", 2, "withdrawn"),  # recorded with consent, which was withdrawn since
        ("withdrew", 5, "withdrawn"),
        ("returned", 2, "withdrawn"),  # a new consent does not bring back what came before
        ("returned", 3, "withdrawn"),
        ("returned", 5, None),
        ("expired", 2, None),  # consent that ran out stays good for what came before
        ("expired", 5, "expired"),
        ("odd", 2, "unset"),
        ("nobody", 2, "unset"),
    ],
)
def test_the_status_that_forbids_an_event(tmp_path: Path, user_id: str, month: int, status: str | None) -> None:
    assert _forbidden_by(consent_history([_drop(tmp_path, HEADER + HISTORY)]), user_id, month) == status


def test_judging_keeps_the_order_of_the_events(tmp_path: Path) -> None:
    history = consent_history([_drop(tmp_path, HEADER + HISTORY)])
    moments = [dt.datetime(2026, month, 2, tzinfo=dt.UTC) for month in (5, 2, 5)]
    events = pl.DataFrame(
        {"user_id": ["expired", "granted", "odd"], "timestamp": moments},
        schema_overrides={"timestamp": pl.Datetime("us", "UTC")},
    )
    assert without_consent(events, history).to_list() == ["expired", None, "unset"]


def test_histories_of_drops_are_one_and_the_forbidding_of_two_statuses_counts(tmp_path: Path) -> None:
    drops = [
        _drop(tmp_path / "one", HEADER + "a,granted,2026-01-01T00:00:00Z,x\nb,granted,2026-01-01T00:00:00Z,x\n"),
        _drop(tmp_path / "two", HEADER + "a,granted,2026-01-01T00:00:00Z,x\nb,denied,2026-01-01T01:00:00+01:00,x\n"),
    ]
    history = consent_history(drops)
    assert history.select("user_id", "status").rows() == [("a", "granted"), ("b", "denied")]
    assert consenting_users(history) == {"a"}


def test_no_drop_has_nobody() -> None:
    assert consent_history([]).is_empty()


DAYS = {
    "2026-10-01": [
        event("1", "2026-10-01T10:00:00Z", consent="Yes"),
        event("2", "2026-10-01T11:00:00Z", consent="Yes"),
        event("3", "2026-10-01T12:00:00Z", user_id="b", consent="No"),
        event("4", "2026-10-01T12:00:00Z", "consent_given", user_id="c"),
        event("5", "2026-10-01T12:00:00Z", user_id="d", consent="perhaps"),
    ],
    "2026-10-02": [
        event("6", "2026-10-02T10:00:00Z", consent={"analytics_storage": "Yes"}),
        event("7", "2026-10-02T11:00:00Z", consent="Unset"),
        event("8", "2026-10-02T12:00:00Z", "consent_withdrawn", user_id="c"),
    ],
}


def test_what_files_and_events_say_is_one_history_of_changes(make_drop: MakeDrop, tmp_path: Path) -> None:
    consent = HEADER + "b,granted,2026-01-01T00:00:00Z,privacy_center\nc,denied,2026-01-01T00:00:00Z,\n"
    drop = make_drop(DAYS, consent=consent)
    said = read_consent([drop], dt.timedelta(hours=24), tmp_path / "spool")
    assert said.history.select(
        "user_id", pl.col("effective_at").dt.to_string("%m-%d %H"), "status", "source"
    ).rows() == [
        ("a", "10-01 10", "granted", "event_flag"),
        ("a", "10-02 11", "unset", "event_flag"),
        ("b", "01-01 00", "granted", "privacy_center"),
        ("b", "10-01 12", "denied", "event_flag"),
        ("c", "01-01 00", "denied", "consent_file"),
        ("c", "10-01 12", "granted", "consent_event"),
        ("c", "10-02 12", "withdrawn", "consent_event"),
        ("d", "10-01 12", "unset", "event_flag"),
    ]
    assert [tuple(row) for row in said.said.rows()] == [
        ("consent_file", 2, 0),
        ("consent_event", 2, 0),
        ("event_flag", 6, 1),
    ]


def test_the_history_does_not_depend_on_how_many_users_are_put_in_order_at_once(
    make_drop: MakeDrop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = make_drop(DAYS, consent=HEADER + HISTORY)
    whole = consent_history([drop])
    monkeypatch.setattr(module, "_STATEMENTS_AT_ONCE", 2)
    assert consent_history([drop]).equals(whole)


def test_a_refusal_on_record_is_lifted_by_a_yes_on_record_only(make_drop: MakeDrop) -> None:
    consent = HEADER + "a,withdrawn,2026-09-01T00:00:00Z,x\na,expired,2026-09-02T00:00:00Z,x\na,unset,2026-09-03,x\n"
    flagged = [event(str(hour), f"2026-10-01T{hour}:00:00Z", consent="Yes") for hour in (10, 12)]
    history = consent_history([make_drop({"2026-10-01": flagged}, consent=consent)])
    assert history["status"].to_list() == ["withdrawn", "expired", "unset"]
    act = event("11", "2026-10-01T11:00:00Z", "consent", value="granted")
    history = consent_history([make_drop({"2026-10-01": [*flagged, act]}, consent=consent, name="with_act")])
    assert history.select("status", "source").rows()[3:] == [("granted", "consent_event")]
    # What only flags refused, a flag may allow again.
    toggled = [event(str(n), f"2026-10-01T1{n}:00:00Z", consent=said) for n, said in enumerate(("No", "Yes"))]
    history = consent_history([make_drop({"2026-10-01": toggled}, consent=HEADER, name="toggled")])
    assert history["status"].to_list() == ["denied", "granted"]


START = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
STATEMENT = st.tuples(
    st.sampled_from("ab"),
    st.integers(0, 12).map(lambda hour: START + dt.timedelta(hours=hour)),
    st.sampled_from(STATUSES),
    st.sampled_from("xy"),
    st.sampled_from(CHANNELS),
    st.booleans(),
)
EVENTS = pl.DataFrame(
    [(user, START + dt.timedelta(minutes=minutes)) for user in "abc" for minutes in range(-30, 800, 30)],
    {"user_id": pl.String(), "timestamp": pl.Datetime("us", "UTC")},
    orient="row",
)


def _frame(statements: list[Any]) -> pl.DataFrame:
    return pl.DataFrame(statements, schema=STATEMENTS, orient="row")


def _latest(statements: list[Any], until: dt.datetime) -> str | None:
    """The status of the latest statement; of several at that moment the one that forbids most."""
    past = [one for one in statements if one[1] <= until]
    last = [one[2] for one in past if one[1] == max(one[1] for one in past)]
    return min(last, key=STATUSES.index) if last else None


def _naive(statements: list[Any], user_id: str, moment: dt.datetime) -> str | None:
    """What forbids the use, by looking through all statements for each event."""
    own = [one for one in statements if one[0] == user_id]
    on_record = [one for one in own if one[4] != "event_flag" and one[2] in ("granted", *RETRACTIONS)]
    counting = [
        one
        for one in own
        if one[4] != "event_flag" or one[2] != "granted" or _latest(on_record, one[1]) not in RETRACTIONS
    ]
    status = _latest(counting, moment) or "unset"
    later = [one for one in counting if one[1] > moment and one[2] in RETRACTIONS]
    return status if status != "granted" else _latest(later, START + dt.timedelta(days=9))


@given(st.lists(STATEMENT, max_size=14), st.integers())
def test_the_history_says_what_a_look_through_everything_says_in_any_order(statements: list[Any], seed: int) -> None:
    history = changes(_frame(statements))
    assert without_consent(EVENTS, history).to_list() == [_naive(statements, *row) for row in EVENTS.iter_rows()]
    shuffled = Random(seed).sample(statements, len(statements))
    assert changes(_frame(shuffled)).equals(history)
    runs = history.select(pl.struct("user_id", "status").rle_id())
    assert history.is_empty() or runs.to_series().n_unique() == history.height


@given(st.lists(STATEMENT, max_size=10), STATEMENT.filter(lambda one: one[2] != "granted"))
def test_a_doubt_never_admits(statements: list[Any], doubt: Any) -> None:
    before = without_consent(EVENTS, changes(_frame(statements))).is_null()
    after = without_consent(EVENTS, changes(_frame([*statements, doubt]))).is_null()
    assert not (after & ~before).any()


@given(st.lists(st.sampled_from(["Yes", "No", "Unset", "perhaps", {"ad_storage": "granted"}, 7, None]), max_size=6))
def test_an_event_that_does_not_say_yes_is_not_used(flags: list[Any]) -> None:
    """By the flags alone: used is who said yes last, and did not say no afterwards."""
    rows = [
        event(str(n), f"2026-10-01T10:0{n}:00Z") | ({} if said is None else {"consent": said})
        for n, said in enumerate(flags)
    ]
    statements = [one for row in rows if (one := statement(json.dumps(row), "2026-10-01", dt.timedelta()))]
    moments = [START + dt.timedelta(hours=10, minutes=n) for n in range(len(rows))]
    events = pl.DataFrame(
        {"user_id": ["a"] * len(rows), "timestamp": moments},
        schema={"user_id": pl.String(), "timestamp": pl.Datetime("us", "UTC")},
    )
    expected = []
    for n in range(len(flags)):
        said = [one for one in flags[: n + 1] if one is not None]
        expected.append(bool(said) and said[-1] == "Yes" and "No" not in flags[n + 1 :])
    assert without_consent(events, changes(_frame(statements))).is_null().to_list() == expected
