"""What must hold for a day's traffic: every delivered row has one fate, and nobody is used who did not allow it."""

import dagster as dg
import polars as pl

from shopcart_assets.platform.checks import schema_check, sentence_check
from shopcart_assets.traffic.consent import without_consent

MAX_QUARANTINED_SHARE = 0.2


def _fates_add_up(intake: pl.DataFrame) -> list[str]:
    by_day = intake.group_by("day", maintain_order=True).agg(
        pl.col("n_events").filter(pl.col("fate") == "read").sum().alias("read"),
        pl.col("n_events").filter(pl.col("fate") != "read").sum().alias("fates"),
    )
    wrong = by_day.filter(pl.col("read") != pl.col("fates"))
    return [f"{day}: {read} rows read, {fates} accounted for" for day, read, fates in wrong.iter_rows()]


def _refused_rows_are_kept(quarantine: pl.DataFrame, intake: pl.DataFrame) -> list[str]:
    refused = intake.filter(pl.col("fate").str.starts_with("refused_"))["n_events"].sum()
    return [] if refused == quarantine.height else [f"{refused} rows refused, {quarantine.height} in quarantine"]


def _few_are_quarantined(quarantine: pl.DataFrame, intake: pl.DataFrame) -> list[str]:
    read = intake.filter(pl.col("fate") == "read")["n_events"].sum()
    if quarantine.height <= MAX_QUARANTINED_SHARE * int(read):
        return []
    reasons = quarantine["reason"].value_counts(sort=True)
    return [f"{count} of {read} delivered rows: {reason}" for reason, count in reasons.iter_rows()]


def _everybody_consents(events: pl.DataFrame, consent: pl.DataFrame) -> list[str]:
    forbidden = without_consent(events, consent).drop_nulls().value_counts(sort=True)
    return [f"{count} events of users whose consent is {status}" for status, count in forbidden.iter_rows()]


def _pages_are_delivered(pages: pl.DataFrame, events: pl.DataFrame) -> list[str]:
    named = events["page_id"].drop_nulls().unique()
    missing = len(named) - named.is_in(pages["page_id"].implode()).sum()
    return [f"{missing} of {len(named)} pages that events name were never delivered"] if missing else []


CHECKS: list[dg.AssetChecksDefinition] = [
    *(schema_check(f"traffic.{name}") for name in ("consent", "intake", "quarantine", "sessions", "pages", "events")),
    sentence_check(
        "traffic.intake", "fates_add_up", "kept + refused + ignored + other = read, each day.", _fates_add_up
    ),
    sentence_check(
        "traffic.quarantine",
        "refused_rows_are_kept",
        "Each refused row is in quarantine.",
        _refused_rows_are_kept,
        also=["traffic.intake"],
    ),
    sentence_check(
        "traffic.quarantine",
        "few_are_quarantined",
        f"Less than {MAX_QUARANTINED_SHARE:.0%} of the delivered rows could not be used.",
        _few_are_quarantined,
        also=["traffic.intake"],
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
    sentence_check(
        "traffic.events",
        "everybody_consents",
        "No event of a user without consent.",
        _everybody_consents,
        also=["traffic.consent"],
    ),
    sentence_check(
        "traffic.pages",
        "pages_are_delivered",
        "The bytes of each page that an event names were delivered.",
        _pages_are_delivered,
        also=["traffic.events"],
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
]
