"""Who took consent back, and which built days still use what they had allowed before. Erasure itself is the privacy stage's."""

from collections.abc import Sequence

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.traffic.consent_vocabulary import RETRACTIONS


def withdrawn_users(history: pl.DataFrame) -> pl.DataFrame:
    """Of the table traffic.consent the users who took consent back: user_id, withdrawn_at, status, by user.

    That is the last `withdrawn`, or `denied` after a grant; who never granted has nothing to take back. Who granted again
    since stays in it, because what was recorded before stays forbidden.
    """
    granted = pl.col("effective_at").filter(pl.col("status") == "granted").min().over("user_id")
    is_taken_back = (pl.col("status") == "withdrawn") | (pl.col("effective_at") > granted)
    return (
        history.filter(pl.col("status").is_in(RETRACTIONS) & is_taken_back)
        .sort("user_id", "effective_at")
        .unique("user_id", keep="last", maintain_order=True)
        .select("user_id", withdrawn_at="effective_at", status="status")
    )


def withdrawals(history: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """The table traffic.withdrawals, from the tables traffic.consent and traffic.sessions (all built days)."""
    users = withdrawn_users(history)
    used = (
        sessions.filter("is_admitted")
        .join(users, on="user_id")
        .filter(pl.col("started_at") <= pl.col("withdrawn_at"))
        .group_by("user_id")
        .agg(n_sessions=pl.len().cast(pl.Int64()), days_to_rebuild=pl.col("day").unique().sort())
    )
    none = pl.lit([], pl.List(pl.String()))
    return (
        users.join(used, on="user_id", how="left", maintain_order="left")
        .with_columns(pl.col("n_sessions").fill_null(0), pl.col("days_to_rebuild").fill_null(none))
        .select(table("traffic.withdrawals").schema().names())
    )


def days_to_rebuild(withdrawn: pl.DataFrame) -> Sequence[str]:
    """The built days (ISO dates, sorted) that still use sessions from before a withdrawal, of the table traffic.withdrawals."""
    return sorted(set(withdrawn["days_to_rebuild"].explode(empty_as_null=False).drop_nulls()))


def withdrawal_facts(withdrawn: pl.DataFrame) -> dict[str, int | str]:
    """For the UI: how many users took consent back, and which built days have to be built again."""
    days = days_to_rebuild(withdrawn)
    return {"n_users": withdrawn.height, "n_days_to_rebuild": len(days), "days_to_rebuild": ", ".join(days) or "none"}
