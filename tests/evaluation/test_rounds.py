"""Which round a run is for, and what is kept of one."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.rounds import chosen, judged, last, week
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import filled

TODAY = dt.date(2026, 11, 25)


@given(st.dates(dt.date(2000, 1, 3), dt.date(2100, 1, 1)))
def test_a_week_is_a_round_and_later_weeks_are_later_rounds(day: dt.date) -> None:
    assert chosen(week(day), [], TODAY) == week(day) < week(day + dt.timedelta(days=7))


@pytest.mark.parametrize("wrong", ["", "2026-W54", "2026-W00", "2026-48", "next", "2026-W48 ", "0000-W01"])
def test_what_is_no_week_is_refused_in_a_line(wrong: str) -> None:
    with pytest.raises(EvaluationError, match=r"no round: write an ISO week such as 2026-W48"):
        chosen(wrong, [], TODAY)


def test_a_run_goes_on_with_the_last_round_unless_it_asks_for_another() -> None:
    assert chosen(None, ["2026-W09", "2026-W10"], TODAY) == "2026-W10"
    assert chosen("2026-W11", ["2026-W10"], TODAY) == "2026-W11"
    assert chosen(None, [], TODAY) == "2026-W48"


def test_a_policy_that_was_never_asked_says_what_to_do(warehouse: Warehouse) -> None:
    with pytest.raises(EvaluationError, match="never asked: materialize evaluation/responses"):
        last(warehouse, "asked")


def test_a_round_keeps_each_verdict_with_what_its_samples_cost() -> None:
    verdicts = pl.DataFrame({"session_id": ["a", "a", "b"], "step": [2, 3, 2], "is_exact": [True, False, True]})
    responses = pl.DataFrame(
        {
            "session_id": ["a", "a", "a", "b"],
            "step": [2, 2, 3, 2],
            "sample": [0, 1, 0, 0],
            "state": "answered",
            "cost_usd": [0.25, 0.5, None, 1.0],
            "model": ["m", "m2", "m", "m"],
        }
    )
    kept = judged(filled("evaluation.verdicts", verdicts), filled("evaluation.responses", responses))
    assert kept.select("session_id", "step", "is_exact", "cost_usd", "model").rows() == [
        ("a", 2, True, 0.75, "m"),
        ("a", 3, False, None, "m"),
        ("b", 2, True, 1.0, "m"),
    ]
