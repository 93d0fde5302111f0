"""Likelihoods added up: by policy, by chance and by threshold, over the cases that are asked now."""

import polars as pl
import pytest

from shopcart_assets.evaluation.likelihood_sums import EVENTS, add_up, sums
from shopcart_assets.evaluation.sums import with_categories
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import cases_of, verdicts
from tests.sql.invented_likelihoods import likelihoods

CASES = with_categories(cases_of(verdicts(["a"], n_sessions=60, n_users=6)))
SCORED = likelihoods(CASES, 0).with_columns(policy=pl.lit("a"))
TOTAL = sums(SCORED, CASES)
FINAL = SCORED.join(CASES.filter("is_final"), on=("session_id", "step"))


def test_every_scored_case_counts_once_and_once_for_each_event() -> None:
    ranks, cells = TOTAL["evaluation.rank_sums"], TOTAL["evaluation.chance_cells"]
    assert ranks.select("policy", "n_cases", "n_sessions", "n_final").rows() == [("a", CASES.height, 60, 60)]
    for event in EVENTS:
        mine = cells.filter(pl.col("event") == event)
        assert mine["n_cases"].sum() == CASES.height
        assert mine["n_so"].sum() == (CASES["human_category"] == event).sum() > 0
        assert mine["chance_sum"].sum() == pytest.approx(SCORED[f"p_{event}"].sum(), abs=1e-12)
    assert {name: frame.schema for name, frame in TOTAL.items()} == {name: table(name).schema() for name in TOTAL}


def test_a_cell_holds_chances_of_like_log_odds() -> None:
    chances = [0.0, 1e-16, 0.5, 0.502, 1.0]
    some = SCORED.sort("session_id", "step").head(5).with_columns(p_terminate=pl.Series(chances))
    cells = sums(some, CASES)["evaluation.chance_cells"].filter(pl.col("event") == "terminate")
    assert cells.select("cell", "n_cases", "chance_sum").rows() == [(-1106, 2, 1e-16), (0, 2, 1.002), (1105, 1, 1.0)]
    assert cells["log_loss_nats_sum"].is_finite().all()


def test_a_threshold_knows_what_is_above_it() -> None:
    told = TOTAL["evaluation.purchase_thresholds"]
    is_bought = FINAL["human_category"] == "purchase"
    assert told["n_bought"].sum() == is_bought.sum() and (told["n_bought"] > 0).all()
    for row in told.to_dicts():
        at, above = FINAL["p_purchase"] == row["p_purchase"], FINAL["p_purchase"] > row["p_purchase"]
        assert (row["n_sessions"], row["n_bought"]) == (at.sum(), (at & is_bought).sum())
        assert (row["n_sessions_above"], row["n_bought_above"]) == (above.sum(), (above & is_bought).sum())
    assert (told["n_sessions"] > 1).any(), "no ties: this test would prove little"


def test_the_order_of_the_rows_does_not_matter() -> None:
    for seed in range(3):
        shuffled = sums(SCORED.sample(fraction=1, shuffle=True, seed=seed), CASES)
        assert all(shuffled[name].equals(TOTAL[name]) for name in TOTAL)


def test_likelihoods_of_cases_that_are_not_asked_any_more_do_not_count() -> None:
    gone = CASES["user_id"][0]
    fewer = sums(SCORED, CASES.filter(pl.col("user_id") != gone))["evaluation.rank_sums"]
    assert fewer["n_cases"][0] == (CASES["user_id"] != gone).sum() < CASES.height
    assert all(frame.is_empty() for frame in sums(SCORED, CASES.clear()).values())


def test_an_empty_lake_and_a_policy_without_likelihoods_have_no_rows(warehouse: Warehouse) -> None:
    assert [frame.height for frame in add_up(warehouse).values()] == [0, 0, 0]
    warehouse.write("evaluation.likelihoods", table("evaluation.likelihoods").empty(), policy="always_buy")
    assert {name: frame.schema for name, frame in add_up(warehouse).items()} == {
        name: table(name).schema() for name in TOTAL
    }
    assert all(frame.is_empty() for frame in add_up(warehouse).values())
