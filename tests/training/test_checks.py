"""Each check fails on what it is there for."""

import polars as pl

from shopcart_assets.training import checks
from tests.training.test_runs import metrics


def steps(*losses: float) -> pl.DataFrame:
    return pl.DataFrame(metrics(*losses)).with_columns(
        pl.col("grad_norm", "learning_rate", "tokens_per_second").cast(pl.Float64), experiment=pl.lit("one")
    )


def test_numbers_that_are_none() -> None:
    assert checks._is_finite(steps(2.0, 1.0)) == []
    assert checks._is_finite(steps(2.0, float("nan"))) == ["loss_nats is not finite in 1 steps"]


def test_a_loss_that_does_not_fall() -> None:
    assert checks._has_learned(steps(2.0, 1.0)) == []
    assert checks._has_learned(steps(1.0, 1.0)) == ["one: the loss did not fall"]


def test_an_experiment_has_one_checkpoint() -> None:
    one = pl.DataFrame({"experiment": ["one"]})
    assert checks._is_one(one) == []
    assert checks._is_one(pl.concat([one, one])) == ["one: 2 rows"]
    assert checks._is_one(one.clear()) == ["no row"]


def test_steps_that_are_missing() -> None:
    checkpoints = pl.DataFrame({"experiment": ["one"], "n_steps": [2]})
    assert checks._is_whole(steps(2.0, 1.0), checkpoints) == []
    assert checks._is_whole(steps(2.0), checkpoints) == ["one: 1 of 2 steps"]
    assert checks._is_whole(steps(2.0).clear(), checkpoints) == ["one: 0 of 2 steps"]
