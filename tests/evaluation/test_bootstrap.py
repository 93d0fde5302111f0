"""Intervals of F1 from users drawn with replacement: those of an independent bootstrap, and reproducible."""

import numpy as np
import polars as pl
import pytest

from shopcart_assets.evaluation.bootstrap import f1_intervals
from shopcart_assets.evaluation.sums import user_scores
from tests.evaluation.invented import verdicts

SCORES = user_scores(verdicts(["a", "b"], n_sessions=400, n_users=40))


def test_it_is_near_an_independent_bootstrap() -> None:
    rng = np.random.default_rng(11)
    rows = {row["policy"]: row for row in f1_intervals(SCORES).to_dicts()}
    for policy, row in rows.items():
        mine = SCORES.filter(pl.col("policy") == policy)
        tp, fp = mine["n_bought_purchase"].to_numpy(), mine["n_left_purchase"].to_numpy()
        fn = mine.select(pl.selectors.starts_with("n_bought_")).sum_horizontal().to_numpy() - tp
        drawn = rng.integers(0, len(tp), (5_000, len(tp)))
        f1 = 2 * tp[drawn].sum(1) / (2 * tp[drawn].sum(1) + fp[drawn].sum(1) + fn[drawn].sum(1))
        assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(f1, (0.025, 0.975))), abs=0.015)
        assert (row["metric"], row["draws"], row["seed"]) == ("f1", 2_000, 0)


def test_equal_rows_give_equal_intervals_in_any_order() -> None:
    shuffled = SCORES.sample(fraction=1.0, shuffle=True, seed=1)
    assert f1_intervals(shuffled, draws=50).equals(f1_intervals(SCORES, draws=50))
    assert not f1_intervals(SCORES, draws=50, seed=1).equals(f1_intervals(SCORES, draws=50))


def test_where_nobody_buys_and_nobody_is_said_to_there_is_no_interval() -> None:
    nobody = SCORES.with_columns(pl.selectors.starts_with("n_bought_") * 0, n_left_purchase=0)
    assert f1_intervals(nobody, draws=20)["low"].null_count() == 2
