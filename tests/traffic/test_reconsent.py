"""Whose consent changed, and on which days these people are."""

import datetime as dt
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.traffic import reconsent

MOMENT = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
DAYS = ["2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04"]


def _history(**status: str) -> pl.DataFrame:
    rows = [{"user_id": user, "status": one, "effective_at": MOMENT} for user, one in status.items()]
    return pl.DataFrame(rows, schema=table("traffic.consent").schema())


def _filled(name: str, rows: list[dict[str, str]]) -> pl.DataFrame:
    schema = table(name).schema()
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def test_users_whose_history_differs() -> None:
    before, after = _history(a="granted", b="granted", c="denied"), _history(a="granted", b="withdrawn", d="granted")
    assert reconsent.changed_users(before, after).to_list() == ["b", "c", "d"]
    assert reconsent.changed_users(after, after.reverse()).to_list() == []


def test_days_on_which_a_user_has_a_session_or_a_quarantined_row(warehouse: Warehouse) -> None:
    for day, users, raw in (
        (DAYS[0], ["a", "é-1"], None),
        (DAYS[1], ["a"], '{"user_id": "\\u00e9-1", "torn'),
        (DAYS[2], ["a"], "torn"),
    ):
        warehouse.write("traffic.sessions", _filled("traffic.sessions", [{"user_id": user} for user in users]), day=day)
        warehouse.write("traffic.quarantine", _filled("traffic.quarantine", [{"raw": raw}] if raw else []), day=day)
    assert reconsent.days_of(pl.Series(["é-1"]), DAYS, warehouse) == DAYS[:2]
    assert reconsent.days_of(pl.Series([], dtype=pl.String), DAYS, warehouse) == []


def test_a_consent_table_is_kept_until_the_next_one(tmp_path: Path) -> None:
    first, second = _history(a="granted"), _history(a="denied")
    assert reconsent.recall(tmp_path, "1").is_empty()
    reconsent.keep(tmp_path / "kept", "1", first)
    reconsent.keep(tmp_path / "kept", "2", second)
    assert reconsent.recall(tmp_path / "kept", "1").equals(first)
    reconsent.forget_all_but(tmp_path / "kept", "2")
    assert reconsent.recall(tmp_path / "kept", "1").is_empty()
    assert reconsent.recall(tmp_path / "kept", "2").equals(second)


def test_a_kept_table_of_an_earlier_version_counts_everybody_as_changed(tmp_path: Path) -> None:
    reconsent.keep(tmp_path, "1", _history(a="granted").drop("status"))
    assert reconsent.recall(tmp_path, "1").is_empty()
