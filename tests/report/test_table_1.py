import polars as pl
import pytest

from shopcart_assets.evaluation.figures.accuracy import KINDS
from shopcart_assets.report.published import published
from shopcart_assets.report.table_1 import grouped, measured, printed
from tests.report import invented


def test_the_papers_rows_are_as_printed() -> None:
    rows = printed(published())
    best = next(row for row in rows if row.label == "Llama-3.2-3B + reasoning")

    assert len(rows) == 23
    assert (best.accuracy.value, best.f1 and best.f1.value) == (15.77, 33.99)
    assert [group for group, _ in grouped(rows)] == ["Open-Source Models", "Proprietary Models", "Fine-tuned Models"]
    assert sum(row.kind == "fine_tuned" for row in rows) == 6, "three models, without and with reasoning"


def test_measured_rows_stand_by_kind_then_by_accuracy() -> None:
    rows = measured(invented.accuracy().sample(fraction=1.0, shuffle=True, seed=3), invented.outcomes())

    assert [group for group, _ in grouped(rows)] == list(KINDS.values())[:-1]
    for _, members in grouped(rows):
        assert [row.accuracy.value for row in members] == sorted(row.accuracy.value for row in members)
    assert rows[-1].label == invented.BEST


def test_shares_become_percent_and_what_is_undefined_stays_so() -> None:
    without_interval = invented.accuracy(low=None, high=None)
    outcomes = invented.outcomes().with_columns(pl.lit(None, pl.Float64).alias("f1"))
    row = measured(without_interval, outcomes)[-1]

    assert row.accuracy.value == pytest.approx(35.7)
    assert (row.accuracy.low, row.accuracy.high, row.f1) == (None, None, None)


def test_a_policy_without_outcomes_is_still_a_row() -> None:
    rows = measured(invented.accuracy(), invented.outcomes().clear())

    assert len(rows) == invented.accuracy().height
    assert all(row.f1 is None for row in rows)


def test_a_policy_that_nothing_declares_any_more_stands_last() -> None:
    gone = invented.accuracy().with_columns(
        kind=pl.when(pl.col("policy") == "markov_2").then(None).otherwise(pl.col("kind"))
    )
    last = measured(gone, invented.outcomes())[-1]

    assert (last.label, last.group) == ("markov_2", "Not declared any more")
