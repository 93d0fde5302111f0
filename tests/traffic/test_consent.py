"""Consent: the latest status at the time counts, a retraction counts backwards too, and a doubt counts against."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.traffic.consent import consent_history, consenting_users, without_consent
from shopcart_assets.traffic.drops import DropError

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


def test_a_parquet_history_is_the_same(tmp_path: Path) -> None:
    from_csv = consent_history([_drop(tmp_path / "csv", HEADER + HISTORY)])
    (tmp_path / "parquet").mkdir()
    from_csv.write_parquet(tmp_path / "parquet" / "consent.parquet")
    assert consent_history([tmp_path / "parquet"]).equals(from_csv)


def test_no_drop_has_nobody() -> None:
    assert consent_history([]).is_empty()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEADER + "a,granted,2026-01-01T00:00:00Z,x\na,withdrawn,soon,x\n",
            "line 3 has an effective_at that is not an ISO 8601 time",
        ),
        (HEADER + ",withdrawn,2026-01-01T00:00:00Z,x\n", "line 2 has no user_id"),
        ("user,status\na,granted\n", "lacks the columns user_id, effective_at"),
        ("", "cannot be read as a table"),
    ],
)
def test_an_entry_that_might_be_a_withdrawal_stops_everything(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DropError, match=message):
        consent_history([_drop(tmp_path, text)])
