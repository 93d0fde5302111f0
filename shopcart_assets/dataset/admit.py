"""Which sessions can be learned from and judged: every action known, every page there. Whole sessions, never parts.

Consent and how a log is cut into sessions were decided by traffic; here is only what a conversation needs.
"""

from dataclasses import dataclass

import polars as pl

from shopcart_assets.platform.actions import from_fields, is_purchase

# First match wins. A session of one action comes first: it has no test case, whatever else is wrong with it.
REASONS = ("too_short", "starts_without_search", "ends_open", "target_unresolved", "page_missing")


@dataclass(frozen=True)
class Admitted:
    """`actions`: all actions of the usable sessions, by session and step. `refused`: the others, one row each (dataset.refused)."""

    actions: pl.DataFrame
    refused: pl.DataFrame


def admit(actions: pl.DataFrame, contexts: pl.DataFrame) -> Admitted:
    """Divides the sessions of `actions` (context.actions) into usable ones and refused ones, each with its first reason.

    A session is usable (paper 3.1) when it has two actions or more, begins with a search, ends with a purchase or with
    terminate, every action is complete (its target has a name, a typed text is there), and every page from the second
    step on has a context in `contexts` (context.contexts). The first search may have none: nothing came before it.
    """
    ordered = actions.sort("session_id", "step")
    told = ordered.with_columns(
        _ends_well(ordered),
        is_complete=_is_complete(),
        has_page=pl.col("page_id").is_in(contexts["page_id"].implode()).fill_null(False) | (pl.col("step") == 1),
    )
    judged = told.group_by("session_id", maintain_order=True).agg(
        (pl.len() < 2).alias("too_short"),
        (pl.col("action_type").first() != "type_and_submit").alias("starts_without_search"),
        (~pl.col("ends_well").last()).alias("ends_open"),
        (~pl.col("is_complete").all()).alias("target_unresolved"),
        (~pl.col("has_page").all()).alias("page_missing"),
    )
    reason = pl.coalesce(pl.when(pl.col(name)).then(pl.lit(name)) for name in REASONS)
    judged = judged.select("session_id", reason=reason)
    usable = judged.filter(pl.col("reason").is_null())
    return Admitted(
        told.select(actions.columns).join(usable, on="session_id", how="semi", maintain_order="left"),
        judged.filter(pl.col("reason").is_not_null()),
    )


def outcome(action_type: str, name: str | None, text: str | None) -> str:
    """`purchase` or `terminate` for a usable session's last action.

    >>> outcome("click", "red_mug.buy_now", None), outcome("terminate", None, None)
    ('purchase', 'terminate')
    """
    return "purchase" if is_purchase(from_fields(action_type, name, text)) else "terminate"


def _is_complete() -> pl.Expr:
    return (
        pl.when(pl.col("action_type") == "terminate")
        .then(True)
        .when(pl.col("action_type") == "type_and_submit")
        .then(pl.col("name").is_not_null() & pl.col("text").is_not_null())
        .otherwise(pl.col("name").is_not_null())
    )


def _ends_well(actions: pl.DataFrame) -> pl.Series:
    """Whether each action may end a session. A click whose target is unknown may: that is then the reason that is given."""
    fields = actions.select("action_type", "name").iter_rows()
    return pl.Series("ends_well", [_may_end(action_type, name) for action_type, name in fields], pl.Boolean)


def _may_end(action_type: str, name: str | None) -> bool:
    if action_type == "click":
        return name is None or is_purchase(from_fields("click", name))
    return action_type == "terminate"
