"""What traffic never takes in again: the rows and statements of erased users, up to a consent that they gave since.

Erasing is the privacy stage's; here is only what its tombstones mean for a delivery, which may still hold the person.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.dictionary.column import TIMESTAMP
from shopcart_assets.platform.tombstones import Tombstone, Tombstones

FATE = "no_consent_erased"

_SCHEMA = {"user_id": pl.String(), "erased_at": TIMESTAMP}


def erased_among(users: pl.Series, tombstones: Tombstones | None) -> pl.DataFrame:
    """user_id and erased_at of those of the users who were erased."""
    found: Mapping[str, Tombstone] = tombstones.among(users.drop_nulls().unique()) if tombstones else {}
    return pl.DataFrame([(user, stone.erased_at) for user, stone in found.items()], _SCHEMA, orient="row")


def shut_out(erased: pl.DataFrame, grants: pl.DataFrame) -> pl.DataFrame:
    """user_id and until: the first of `grants` (user_id, effective_at) that came after the erasure; null = for good."""
    is_new = pl.col("effective_at") > pl.col("erased_at")
    since = pl.col("effective_at").filter(is_new).min()
    joined = erased.join(grants.select("user_id", "effective_at"), on="user_id", how="left")
    return joined.group_by("user_id", maintain_order=True).agg(until=since)


def is_shut_out(rows: pl.DataFrame, shut: pl.DataFrame, moment: str) -> pl.Series:
    """For each row (user_id and the column `moment`) whether it is of an erased user and from before a new consent."""
    marked = rows.select("user_id", moment).join(
        shut.with_columns(is_erased=True), on="user_id", how="left", maintain_order="left"
    )
    is_before = pl.col("until").is_null() | (pl.col(moment) < pl.col("until"))
    return marked.select(pl.col("is_erased").fill_null(False) & is_before).to_series()


def not_yet_erased(frame: pl.DataFrame, tombstones: Tombstones | None, moment: str) -> pl.DataFrame:
    """The rows without those of erased users from up to their erasure; for what is kept aside, not for what is judged."""
    marked = frame.join(
        erased_among(frame["user_id"], tombstones), on="user_id", how="left", maintain_order="left", nulls_equal=False
    )
    return marked.filter((pl.col(moment) > pl.col("erased_at")).fill_null(True)).select(frame.columns)


def proofs(stones: Sequence[Tombstone]) -> pl.DataFrame:
    """What the table traffic.consent keeps of erased users: that they withdrew, and when, under a keyed pseudonym."""
    rows: list[tuple[str, dt.datetime, str, str]] = [
        (stone.key, stone.withdrawn_at or stone.erased_at, "withdrawn", "erasure") for stone in stones
    ]
    return pl.DataFrame(rows, table("traffic.consent").schema(), orient="row")


def forget_in_history(history: pl.DataFrame, user_id: str, stone: Tombstone) -> pl.DataFrame:
    """The table traffic.consent with the proof in place of what one erased user said up to the erasure."""
    is_theirs = (pl.col("user_id") == user_id) & (pl.col("effective_at") <= stone.erased_at)
    others = history.filter(~is_theirs & (pl.col("user_id") != stone.key))
    return pl.concat([others, proofs([stone])]).sort("user_id", "effective_at")
