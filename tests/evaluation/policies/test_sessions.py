"""Cases and train sessions are those of the tables: nobody's of the other side, nothing from after the question."""

import datetime as dt

import polars as pl
import pytest

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.policies import PageFacts
from shopcart_assets.evaluation.policies.sessions import answers, cases_of, training_sessions
from shopcart_assets.platform.actions import Click, Terminate, TypeAndSubmit
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import filled

NOON = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def acted() -> pl.DataFrame:
    rows = [
        ("late", 1, "type_and_submit", "q", "mug", None, NOON),
        ("late", 2, "click", "cup.view_product", None, "p1", NOON + dt.timedelta(seconds=90)),
        ("late", 3, "terminate", None, None, "p2", NOON + dt.timedelta(hours=2)),
        ("early", 1, "type_and_submit", "q", "cup", None, NOON - dt.timedelta(hours=1)),
        ("early", 2, "terminate", None, None, "p1", None),
    ]
    columns = ("session_id", "step", "action_type", "name", "text", "page_id", "timestamp")
    return filled("context.actions", pl.DataFrame(rows, columns, orient="row")).with_columns(day=pl.lit("2026-10-01"))


def test_train_sessions_come_by_time_with_their_pages(acted: pl.DataFrame) -> None:
    splits = pl.DataFrame({"session_id": ["late", "early"], "split": "train"})
    shown = PageFacts(n_products=7)
    early, late = training_sessions(acted, splits, {("2026-10-01", "p1"): shown})
    assert late.actions == (TypeAndSubmit("q", "mug"), Click("cup.view_product"), Terminate())
    assert late.minutes == (0.0, 1.5, 120.0) and early.actions[0] == TypeAndSubmit("q", "cup")
    assert late.facts == (PageFacts(), shown, PageFacts())
    [(first, did), _] = late.questions()
    assert (first.key[1], first.history, first.minutes, first.facts) == (2, late.actions[:1], (0.0,), shown)
    assert did == late.actions[1]


def test_a_case_ends_before_its_own_step(acted: pl.DataFrame) -> None:
    asked = pl.DataFrame({"session_id": ["late"], "step": [3], "day": ["2026-10-01"], "page_id": ["p2"]})
    names = pl.DataFrame(
        {"day": "2026-10-01", "page_id": ["p2"], "name": ["ka\u0308se"], "role": "link", "position": 1}
    )
    [case] = cases_of(asked, acted, names, {("2026-10-01", "p2"): PageFacts(n_pages=1)})
    assert (case.key, case.minutes, case.roles) == (("late", 3), (0.0, 1.5), {"k\u00e4se": "link"})
    assert len(case.history) == 2 and case.facts == PageFacts(n_pages=1)


def test_training_sessions_are_no_test_users(lake: Warehouse) -> None:
    splits = lake.read("dataset.splits")
    assert len(training_sessions(lake.read("context.actions"), splits)) == (splits["split"] == "train").sum()


def test_answers_come_in_the_order_of_the_cases(lake: Warehouse) -> None:
    cases = lake.read("dataset.cases")
    told = answers(lake, "random_legal", 0, cases)
    assert answers(lake, "random_legal", 0, cases.reverse()).to_list() == told.to_list()[::-1]
    assert answers(lake, "gradient_boosting", 0, cases).len() == cases.height
    with pytest.raises(EvaluationError, match="no baseline 'markov'; known: always_terminate, "):
        answers(lake, "markov", 0, cases)
