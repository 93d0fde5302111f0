"""A day's conversations, some sessions at a time, so that memory is bounded by these and not by the day. What one says is `conversation`'s."""

from collections.abc import Callable, Iterator

import polars as pl

from shopcart_assets.dataset.conversation import Reasons, conversations
from shopcart_assets.traffic.spool import Spool

_ACTIONS_AT_ONCE = 4_096
"""Each may have a page of its own, of some ten kilobytes, which is told in one conversation."""


def tell_day(
    actions: pl.DataFrame,
    splits: pl.DataFrame,
    contexts_of: Callable[[pl.Series], pl.DataFrame],
    told: Spool,
    reasons: Reasons | None = None,
    actions_at_once: int = _ACTIONS_AT_ONCE,
) -> Spool:
    """Adds to `told` what `conversations` makes of the day, in the same order, and returns it.

    `contexts_of` gives the rows of context.contexts for these page ids. The day's contexts are looked through once for each
    `actions_at_once` actions. Raises DatasetError as `conversations` does.
    """
    for sessions in _some(actions, splits, actions_at_once):
        share = actions.join(sessions, on="session_id", how="semi")
        pages = share["page_id"].drop_nulls().unique().sort()
        told.add(conversations(share, contexts_of(pages), sessions, reasons))
    return told


def _some(actions: pl.DataFrame, splits: pl.DataFrame, actions_at_once: int) -> Iterator[pl.DataFrame]:
    """The split sessions by id, as many together as have about so many actions; one without any where there are none."""
    known = actions.group_by("session_id").len("n")
    ordered = splits.join(known, on="session_id", how="inner").sort("session_id")
    numbered = ordered.with_columns(share=(pl.col("n").cum_sum() - pl.col("n")) // actions_at_once)
    parts = numbered.partition_by("share", maintain_order=True) or [numbered]
    return (part.drop("n", "share") for part in parts)
