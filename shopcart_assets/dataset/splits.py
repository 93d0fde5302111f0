"""Train or test: a stable hash decides, so that a user (or a session) never changes sides when data is added."""

import hashlib
from typing import Literal

import polars as pl

from shopcart_assets.dataset import DatasetError
from shopcart_assets.dataset.admit import outcome


def position(key: str, salt: str) -> float:
    """Where `key` lies in [0, 1): uniform over keys, the same on every machine, other for another salt.

    >>> round(position("u1", "shopcart-1"), 6) == round(position("u1", "shopcart-1"), 6) != position("u1", "other")
    True
    """
    digest = hashlib.sha256(f"{salt}\0{key}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def split_sessions(
    actions: pl.DataFrame, *, test_share: float, salt: str, by: Literal["user_id", "session_id"] = "user_id"
) -> pl.DataFrame:
    """dataset.splits of the usable sessions whose `actions` these are.

    A user whose `position` is below `test_share` is test, with all sessions. `by="session_id"` is the paper's split
    (4.2), which can put sessions of one user on both sides.
    """
    if not 0 < test_share < 1:
        raise DatasetError(f"test_share is {test_share}: it must lie between 0 and 1, or one side would be empty")
    sessions = (
        actions.sort("session_id", "step")
        .group_by("session_id", maintain_order=True)
        .agg(
            pl.col("user_id").first(),
            pl.len().cast(pl.Int64).alias("n_steps"),
            pl.struct("action_type", "name", "text").last().alias("last"),
        )
    )
    sides = {key: "test" if position(key, salt) < test_share else "train" for key in sessions[by].unique()}
    outcomes = [outcome(last["action_type"], last["name"], last["text"]) for last in sessions["last"]]
    return sessions.select(
        "session_id",
        "user_id",
        pl.col(by).replace_strict(sides, return_dtype=pl.String).alias("split"),
        "n_steps",
        pl.Series("outcome", outcomes, pl.String),
    )


def users_on_both_sides(splits: pl.DataFrame) -> list[str]:
    """Ids of the users with train and test sessions, sorted: none where the split was by user."""
    sides = splits.group_by("user_id").agg(pl.col("split").n_unique().alias("n"))
    return sides.filter(pl.col("n") > 1)["user_id"].sort().to_list()
