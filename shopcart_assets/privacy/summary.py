"""Figures of the stage's tables as plain numbers, and whether its accounts add up. No value of a finding ever comes here."""

import polars as pl

FACT_COLUMNS = {"privacy.findings": "kind", "privacy.drops": "reason", "privacy.pages": "n_findings"}
"""Table -> the column that its facts are of."""


def facts(table: str, frame: pl.DataFrame) -> dict[str, int | float]:
    """Metadata of a table, of its column of FACT_COLUMNS over some days: findings by kind, drops by reason, mean findings a page."""
    if table == "privacy.findings":
        return {f"found_{kind}": count for kind, count in _counts(frame, "kind")}
    if table == "privacy.drops":
        return {f"dropped_{reason}": count for reason, count in _counts(frame, "reason")}
    if table == "privacy.pages":
        return {"findings_per_page": float(frame.select(pl.col("n_findings").mean().fill_null(0.0)).item())}
    return {}


def page_problems(pages: pl.DataFrame, drops: pl.DataFrame, events: pl.DataFrame) -> list[str]:
    """Where the account of pages is wrong: on each day kept and dropped together are the pages that events name, each once."""
    needed = events.select("day", "page_id").drop_nulls().unique()
    kept, dropped = pages.select("day", "page_id"), drops.select("day", "page_id")
    accounted = pl.concat([kept, dropped])
    missing, unasked = (
        a.join(b, on=["day", "page_id"], how="anti") for a, b in ((needed, accounted), (accounted, needed))
    )
    both = kept.join(dropped, on=["day", "page_id"])
    says = {"is neither kept nor dropped": missing, "is named by no event": unasked, "is both kept and dropped": both}
    return [f"page {page_id} {what}" for what, rows in says.items() for page_id in sorted(rows["page_id"])]


def event_problems(events: pl.DataFrame, raw_events: pl.DataFrame) -> list[str]:
    """Events that the stage lost or made up: none, since it changes events and never drops one."""
    missing, added = (a.join(b, on="event_id", how="anti") for a, b in ((raw_events, events), (events, raw_events)))
    return [f"event {event_id} was lost" for event_id in missing["event_id"]] + [
        f"event {event_id} was added" for event_id in added["event_id"]
    ]


def _counts(frame: pl.DataFrame, column: str) -> list[tuple[str, int]]:
    return frame.group_by(column).len().sort("len", column, descending=[True, False]).rows()
