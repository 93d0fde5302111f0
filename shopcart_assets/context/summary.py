"""What a person wants to see of a day's contexts in the UI: sizes, what pruning took, how targets were found. Numbers only."""

from collections.abc import Sequence

import polars as pl

from shopcart_assets.platform.actions import PURCHASE_NAMES

_NOT_TARGETS = ("none", "no_page")
_SESSION = ("day", "session_id")
_IS_PURCHASE = (pl.col("action_type") == "click") & pl.col("name").str.split(".").list.last().is_in(PURCHASE_NAMES)


def context_facts(contexts: pl.DataFrame) -> dict[str, float | int]:
    """Sizes in tokens, and the share of pages that were pruned; empty where there are no pages."""
    if contexts.is_empty():
        return {}
    tokens = contexts["context_tokens"]
    return {
        "context_tokens_p50": float(tokens.quantile(0.5, "nearest") or 0),
        "context_tokens_p95": float(tokens.quantile(0.95, "nearest") or 0),
        "share_of_pages_pruned": float((contexts["n_pruned"] > 0).cast(pl.Float64).sum() / contexts.height),
        "n_names_p50": float(contexts["n_names"].quantile(0.5, "nearest") or 0),
    }


def resolution_shares(actions: pl.DataFrame) -> dict[str, float]:
    """Of the actions that have a target on a recorded page: the share resolved in each way."""
    targets = actions.filter(~pl.col("resolved_by").is_in(_NOT_TARGETS))
    counts = targets.group_by("resolved_by").len().sort("resolved_by")
    return {f"share_resolved_by_{way}": n / targets.height for way, n in counts.iter_rows()}


def share_resolved(actions: pl.DataFrame) -> float:
    """The share of actions with a target on a recorded page whose name is known; 1 where there are none."""
    return 1.0 - resolution_shares(actions).get("share_resolved_by_unresolved", 0.0)


def resolution_problems(actions: pl.DataFrame, least: float) -> Sequence[str]:
    """One sentence where less than `least` of the targets have a name."""
    share = share_resolved(actions)
    return [] if share >= least else [f"{share:.2%} of the targets have a name, fewer than {least:.0%}"]


def unknown_names(actions: pl.DataFrame, names: pl.DataFrame) -> Sequence[str]:
    """One sentence for each page whose actions have names that are not on it."""
    on_pages = actions.filter(pl.col("name").is_not_null() & (pl.col("resolved_by") != "no_page"))
    missing = on_pages.join(names, on=["day", "page_id", "name"], how="anti")
    counts = missing.group_by("page_id").len().sort("page_id")
    return [f"page {page_id}: {n} actions with a name that the page does not have" for page_id, n in counts.iter_rows()]


def recipe_facts(hits: pl.DataFrame) -> dict[str, int]:
    """Pages by recipe, and how many selectors never hit."""
    tried = hits.group_by("day", "recipe").agg(pl.col("n_pages").max())
    pages = tried.group_by("recipe").agg(pl.col("n_pages").sum()).sort("recipe")
    silent = hits.group_by("recipe", "page_kind", "selector").agg(pl.col("n_hits").sum()).filter(pl.col("n_hits") == 0)
    return {f"n_pages_{recipe}": n for recipe, n in pages.iter_rows()} | {"n_selectors_without_hit": silent.height}


def rotten_selectors(hits: pl.DataFrame) -> Sequence[str]:
    """One sentence for each day and selector that must hit and does not: the site's markup changed, the recipe has to follow."""
    rotten = hits.filter(pl.col("must_hit") & (pl.col("n_hits") == 0)).sort("day", "recipe", "page_kind", "selector")
    return [
        f"{row['day']}: {row['selector']} of recipe {row['recipe']} {row['version']} hits nothing on {row['n_pages']} "
        f"{row['page_kind']} pages".replace("  ", " ")
        for row in rotten.to_dicts()
    ]


def unaccounted_pages(contexts: pl.DataFrame, quarantine: pl.DataFrame, pages: pl.DataFrame) -> Sequence[str]:
    """One sentence for each scrubbed page that has neither a context nor a reason, or both."""
    keys = ["day", "page_id"]
    fates = pl.concat([contexts.select(keys), quarantine.select(keys)]).group_by(keys).len()
    wrong = pages.join(fates, on=keys, how="left").filter(pl.col("len").fill_null(0) != 1)["page_id"].sort()
    return [f"page {page_id} has neither a context nor a reason, or both" for page_id in wrong]


def quarantined_pages(quarantine: pl.DataFrame) -> Sequence[str]:
    """One sentence for each page that could not be read."""
    rows = quarantine.sort("page_id").select("page_id", "reason").iter_rows()
    return [f"page {page_id} could not be read: {reason}" for page_id, reason in rows]


def quarantine_facts(quarantine: pl.DataFrame) -> dict[str, int]:
    """Pages that could not be read, by reason."""
    counts = quarantine.group_by("reason").len().sort("reason")
    return {f"n_{reason}": n for reason, n in counts.iter_rows()}


def event_fates(actions: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """One row a session: its events, what became of them, and the terminate that was appended where nobody came back.

    A session is its day and its id, for an id may come back on a later day. Columns day, session_id, n_events, n_actions,
    n_appended, n_close_before_end, n_after_purchase: the events are the actions that were not appended and the two kinds
    that were dropped.
    """
    ordered = events.sort(*_SESSION, "timestamp", "event_id")
    is_close = pl.col("event_type") == "close"
    recorded = ordered.group_by(*_SESSION, maintain_order=True).agg(
        n_events=pl.len().cast(pl.Int64), n_closes=is_close.sum().cast(pl.Int64), ends_closed=is_close.last()
    )
    acted = actions.group_by(*_SESSION).agg(
        n_actions=pl.len().cast(pl.Int64), buys=_IS_PURCHASE.fill_null(False).any(), last=pl.col("step").max()
    )
    fates = recorded.join(acted, on=_SESSION, how="left", maintain_order="left").with_columns(
        pl.col("n_actions").fill_null(0), pl.col("buys").fill_null(False)
    )
    n_appended = (~pl.col("ends_closed") & ~pl.col("buys")).cast(pl.Int64)
    n_dropped = pl.col("n_events") - pl.col("n_actions") + n_appended
    n_early = pl.when(pl.col("buys")).then(0).otherwise(pl.col("n_closes") - pl.col("ends_closed").cast(pl.Int64))
    return fates.with_columns(n_appended=n_appended, n_close_before_end=n_early, n_after_purchase=n_dropped - n_early)


def action_facts(actions: pl.DataFrame, events: pl.DataFrame) -> dict[str, float | int]:
    """Shares of targets by how they were found, and what became of the events."""
    totals = event_fates(actions, events).select(
        pl.col("n_events", "n_appended", "n_close_before_end", "n_after_purchase").sum()
    )
    return {"share_resolved": share_resolved(actions), **resolution_shares(actions), **totals.to_dicts()[0]}


def open_ends(actions: pl.DataFrame) -> Sequence[str]:
    """One sentence a day and kind: sessions whose last action is no purchase and no terminate, or that go on after one."""
    ends = (_IS_PURCHASE | (pl.col("action_type") == "terminate")).fill_null(False)
    by_session = actions.sort("step").group_by(*_SESSION).agg(is_end=ends.last(), n_ends=ends.sum())
    goes_on = pl.col("n_ends") > pl.col("is_end").cast(pl.Int64)
    counts = (
        by_session.group_by("day").agg((~pl.col("is_end")).sum().alias("open"), goes_on.sum().alias("on")).sort("day")
    )
    said = {"open": "sessions end with neither a purchase nor a termination", "on": "sessions go on after their end"}
    return [
        f"{row['day']}: {row[kind]:,} {what}" for row in counts.to_dicts() for kind, what in said.items() if row[kind]
    ]


def unaccounted_events(actions: pl.DataFrame, events: pl.DataFrame) -> Sequence[str]:
    """One sentence for each session whose events are neither actions nor dropped for a reason, or whose steps have a gap."""
    fates = event_fates(actions, events)
    wrong = fates.filter(
        (pl.col("n_actions") == 0)
        | (pl.col("n_after_purchase") < 0)
        | (~pl.col("buys") & (pl.col("n_after_purchase") != 0))
        | (pl.col("last") != pl.col("n_actions"))
    )
    return [
        f"session {one}: its {n:,} events do not add up to its actions"
        for one, n in wrong.select("session_id", "n_events").iter_rows()
    ]
