"""Who took consent back, since when, and which built days still use what they had allowed."""

import datetime as dt

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.traffic.withdrawals import days_to_rebuild, withdrawal_facts, withdrawals, withdrawn_users

START = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
AT = pl.Datetime("us", "UTC")


def _history(*rows: tuple[str, int, str]) -> pl.DataFrame:
    """Rows of user, day and status."""
    return pl.DataFrame(
        [(user, START + dt.timedelta(days=day), status, "x") for user, day, status in rows],
        table("traffic.consent").schema(),
        orient="row",
    )


HISTORY = _history(
    ("denied_after", 0, "granted"),
    ("denied_after", 3, "denied"),
    ("expired", 0, "granted"),
    ("expired", 3, "expired"),
    ("never", 0, "denied"),
    ("never", 3, "granted"),
    ("returned", 0, "granted"),
    ("returned", 2, "withdrawn"),
    ("returned", 4, "granted"),
    ("twice", 0, "withdrawn"),
    ("twice", 1, "granted"),
    ("twice", 5, "withdrawn"),
    ("unknown_before", 2, "withdrawn"),
)


def _sessions(*rows: tuple[str, int, bool]) -> pl.DataFrame:
    """Rows of user, day and whether admitted."""
    return pl.DataFrame(
        [
            (user, START + dt.timedelta(days=day), is_admitted, f"2026-10-{day + 1:02}")
            for user, day, is_admitted in rows
        ],
        {"user_id": pl.String(), "started_at": AT, "is_admitted": pl.Boolean(), "day": pl.String()},
        orient="row",
    )


def test_users_who_took_consent_back_and_since_when() -> None:
    found = withdrawn_users(HISTORY)
    assert found.select("user_id", pl.col("withdrawn_at").dt.day(), "status").rows() == [
        ("denied_after", 4, "denied"),
        ("returned", 3, "withdrawn"),
        ("twice", 6, "withdrawn"),
        ("unknown_before", 3, "withdrawn"),
    ]


def test_built_days_with_sessions_from_before_a_withdrawal() -> None:
    sessions = _sessions(
        ("returned", 0, True),
        ("returned", 1, True),
        ("returned", 1, True),
        ("returned", 5, True),  # allowed again by then
        ("twice", 0, False),  # refused already
        ("denied_after", 1, True),
        ("never", 0, True),
        ("expired", 1, True),
    )
    found = withdrawals(HISTORY, sessions)
    assert table("traffic.withdrawals").conform(found).select("user_id", "n_sessions", "days_to_rebuild").rows() == [
        ("denied_after", 1, ["2026-10-02"]),
        ("returned", 3, ["2026-10-01", "2026-10-02"]),
        ("twice", 0, []),
        ("unknown_before", 0, []),
    ]
    assert days_to_rebuild(found) == ["2026-10-01", "2026-10-02"]
    assert withdrawal_facts(found) == {
        "n_users": 4,
        "n_days_to_rebuild": 2,
        "days_to_rebuild": "2026-10-01, 2026-10-02",
    }


def test_nobody_withdrew() -> None:
    found = withdrawals(HISTORY.clear(), _sessions(("a", 0, True)))
    assert found.is_empty() and found.schema == table("traffic.withdrawals").schema()
    assert withdrawal_facts(found) == {"n_users": 0, "n_days_to_rebuild": 0, "days_to_rebuild": "none"}
