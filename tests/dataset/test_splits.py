"""A user has one side, for good."""

import polars as pl
import pytest

from shopcart_assets.dataset import DatasetError
from shopcart_assets.dataset.splits import position, split_sessions, users_on_both_sides
from tests.dataset.test_admit import BUY, LEAVE, LOOK, SEARCH, actions


def crowd(n_users: int, n_sessions: int) -> pl.DataFrame:
    frames = [
        actions(**{f"s{user}-{i}": [SEARCH, LOOK, BUY if i else LEAVE] for i in range(n_sessions)}).with_columns(
            pl.lit(f"u{user}").alias("user_id")
        )
        for user in range(n_users)
    ]
    return pl.concat(frames)


def test_the_hash_is_stable_across_machines_and_versions() -> None:
    """These values are a promise: with others, train users of a published benchmark would turn into test users."""
    assert position("u1", "shopcart-1") == pytest.approx(0.26964047708657496, abs=1e-15)
    assert position("u2", "shopcart-1") == pytest.approx(0.9745810645994167, abs=1e-15)


def test_no_user_is_on_both_sides_and_the_share_is_about_right() -> None:
    splits = split_sessions(crowd(400, 2), test_share=0.3, salt="x")
    assert users_on_both_sides(splits) == []
    assert splits.height == 800
    assert 0.24 < (splits["split"] == "test").mean() < 0.36  # type: ignore[operator]


def test_a_user_keeps_its_side_when_others_arrive() -> None:
    few = split_sessions(crowd(20, 1), test_share=0.3, salt="x")
    many = split_sessions(crowd(60, 1), test_share=0.3, salt="x")
    assert many.join(few, on=["session_id", "split"]).height == 20


def test_the_papers_split_by_session_puts_users_on_both_sides() -> None:
    splits = split_sessions(crowd(20, 6), test_share=0.5, salt="x", by="session_id")
    assert users_on_both_sides(splits)


def test_a_session_says_how_it_ended() -> None:
    splits = split_sessions(crowd(1, 2), test_share=0.3, salt="x")
    assert splits.select("n_steps", "outcome").rows() == [(3, "terminate"), (3, "purchase")]


def test_a_day_without_sessions_has_no_rows() -> None:
    assert split_sessions(actions(), test_share=0.3, salt="x").is_empty()


def test_a_share_that_leaves_one_side_empty_is_refused() -> None:
    with pytest.raises(DatasetError, match="must lie between 0 and 1"):
        split_sessions(actions(), test_share=1.0, salt="x")
