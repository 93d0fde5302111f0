"""What receipts say: problems of the last erasure only, and figures for the UI."""

import datetime as dt

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.erasure.receipt import facts, problems

AT = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)


def _erasures(*rows: tuple[str, int, str, str, int, int]) -> pl.DataFrame:
    """Rows of user, day of the erasure, place, kind, n_rows, n_left."""
    made = [
        (user, AT + dt.timedelta(days=day), place, kind, None, 1, *counts) for user, day, place, kind, *counts in rows
    ]
    return pl.DataFrame(made, table("privacy.erasures").schema(), orient="row")


def test_what_a_later_erasure_did_not_find_again_is_no_problem_and_a_drop_is_none() -> None:
    table_a = ("context.actions", "table")
    drop = ("a/2026-10-01/events.jsonl", "drop")
    first = [("ann", 1, *table_a, 5, 2), ("bob", 1, *table_a, 5, 1), ("bob", 1, *drop, 0, 7)]
    assert problems(_erasures(*first)) == ["context.actions: 3 rows name 2 erased users"]
    again = _erasures(*first, ("ann", 2, *table_a, 2, 0))
    assert problems(again) == ["context.actions: 1 rows name 1 erased users"]
    assert facts(again) == {"n_users": 2, "n_rows_erased": 12, "n_left": 3, "n_held_by_drops": 7}
