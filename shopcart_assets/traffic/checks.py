"""What must hold for a day's traffic: each row has one fate, nobody is used who did not allow it, sessions are whole.

A day that is much smaller or larger than the days before it, or has many unusable rows, is a warning.
"""

import datetime as dt
from collections.abc import Iterator
from statistics import median

import dagster as dg
import polars as pl

from shopcart_assets.platform.checks import schema_check, sentence_check
from shopcart_assets.traffic.consent import without_consent

# A few torn, doubled or late rows a day are usual; more than one in twenty is a recorder or an export that has changed.
MAX_QUARANTINED_SHARE = 0.05
N_DAYS_BEFORE = 7
MIN_DAYS_BEFORE = 3
LEAST_OF_MEDIAN, MOST_OF_MEDIAN = 0.5, 2.0


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
    """For a day with too many, one sentence a reason, most frequent first. By day: no good week hides a bad day."""
    read = _rows_read(intake)
    reasons = quarantine.group_by("day", "reason").len().with_columns(total=pl.col("len").sum().over("day"))
    counts = reasons.sort(["day", "len", "reason"], descending=[False, True, False])
    return [
        f"{n:,} of {read.get(day, 0):,} delivered rows: {reason}"
        for day, reason, n, total in counts.select("day", "reason", "len", "total").iter_rows()
        if total > MAX_QUARANTINED_SHARE * read.get(day, 0)
    ]


def _rows_read(intake: pl.DataFrame) -> dict[str, int]:
    """Rows read, by day."""
    return dict(intake.filter(pl.col("fate") == "read").sort("day").select("day", "n_events").iter_rows())


def _beside_the_days_before(intake: pl.DataFrame, before: pl.DataFrame) -> Iterator[tuple[str, int, list[int]]]:
    """Each day, its rows read, and those of the days before it that are there."""
    earlier = _rows_read(before)
    for day, n in _rows_read(intake).items():
        dates = (dt.date.fromisoformat(day) - dt.timedelta(days=ago) for ago in range(1, N_DAYS_BEFORE + 1))
        yield day, n, [earlier[date.isoformat()] for date in dates if date.isoformat() in earlier]


def _days_are_of_usual_size(intake: pl.DataFrame, before: pl.DataFrame) -> list[str]:
    return [
        f"{day}: {n:,} rows read, the median of the {len(counts)} days before is {median(counts):,.0f}"
        for day, n, counts in _beside_the_days_before(intake, before)
        if len(counts) >= MIN_DAYS_BEFORE
        and not LEAST_OF_MEDIAN * median(counts) <= n <= MOST_OF_MEDIAN * median(counts)
    ]


def _which_days_were_compared(intake: pl.DataFrame, before: pl.DataFrame) -> str:
    n_before = [len(counts) for _, _, counts in _beside_the_days_before(intake, before)]
    n_alone = sum(n < MIN_DAYS_BEFORE for n in n_before)
    if not n_alone:
        return f"Days compared with those before: {len(n_before)}."
    few = f"fewer than {MIN_DAYS_BEFORE} of the {N_DAYS_BEFORE} days before"
    return f"Days compared with those before: {len(n_before) - n_alone}; not compared, as {few} are there: {n_alone}."


def _sessions_start_with_a_search(events: pl.DataFrame, sessions: pl.DataFrame) -> list[str]:
    # An id may come back on a later day and names another session there. Within one moment the log's own order holds.
    in_order = events.sort("timestamp", maintain_order=True)
    first = in_order.group_by("day", "session_id", maintain_order=True).first()
    starts = (
        sessions.filter("is_admitted")
        .join(first.select("day", "session_id", "event_type"), on=["day", "session_id"], how="left")
        .with_columns(pl.col("event_type").fill_null("nothing: it has no event"))
    )
    wrong = (
        starts.filter(pl.col("event_type") != "submit").group_by("day", "event_type").len().sort("day", "event_type")
    )
    return [f"{day}: {n:,} admitted sessions start with {what}" for day, what, n in wrong.iter_rows()]


def _everybody_consents(events: pl.DataFrame, consent: pl.DataFrame) -> list[str]:
    forbidden = without_consent(events, consent).drop_nulls().value_counts(sort=True)
    return [f"{count} events of users whose consent is {status}" for status, count in forbidden.iter_rows()]


def _days_respect_withdrawals(withdrawals: pl.DataFrame) -> list[str]:
    stale = (
        withdrawals.explode("days_to_rebuild", empty_as_null=False)
        .group_by("days_to_rebuild")
        .len()
        .sort("days_to_rebuild")
    )
    return [
        f"{day}: holds sessions of {n:,} users from before they withdrew; build it again"
        for day, n in stale.iter_rows()
    ]


def _pages_are_delivered(pages: pl.DataFrame, events: pl.DataFrame) -> list[str]:
    named = events["page_id"].drop_nulls().unique()
    missing = len(named) - named.is_in(pages["page_id"].implode()).sum()
    return (
        [f"{missing} of {len(named)} pages that events name were never delivered, or are too long"] if missing else []
    )


CHECKS: list[dg.AssetChecksDefinition] = [
    *(
        schema_check(f"traffic.{name}")
        for name in ("consent", "withdrawals", "intake", "quarantine", "sessions", "pages", "events")
    ),
    sentence_check(
        "traffic.intake", "fates_add_up", "kept + refused + merged + ignored + other = read, each day.", _fates_add_up
    ),
    sentence_check(
        "traffic.intake",
        "days_are_of_usual_size",
        f"Rows: {LEAST_OF_MEDIAN:g} to {MOST_OF_MEDIAN:g} times the median of the {N_DAYS_BEFORE} days before.",
        _days_are_of_usual_size,
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
        n_days_before=N_DAYS_BEFORE,
        remark=_which_days_were_compared,
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
        "few_rows_are_quarantined",
        f"At most {MAX_QUARANTINED_SHARE:.0%} of each day's delivered rows could not be used.",
        _few_are_quarantined,
        also=["traffic.intake"],
        each_key=True,
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
    sentence_check(
        "traffic.events",
        "sessions_start_with_a_search",
        "Every admitted session starts with a search.",
        _sessions_start_with_a_search,
        also=["traffic.sessions"],
        each_key=True,
    ),
    sentence_check(
        "traffic.events",
        "everybody_consents",
        "No event of a person without consent, by the consent files and by what events carry.",
        _everybody_consents,
        also=["traffic.consent"],
        each_key=True,
    ),
    sentence_check(
        "traffic.withdrawals",
        "days_respect_withdrawals",
        "No built day holds a session that its person has withdrawn since.",
        _days_respect_withdrawals,
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
    sentence_check(
        "traffic.pages",
        "pages_are_delivered",
        "The bytes of each page that an event names were delivered.",
        _pages_are_delivered,
        also=["traffic.events"],
        without=["html"],
        each_key=True,
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
]
