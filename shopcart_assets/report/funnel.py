"""What became of everything that was delivered: kept, and dropped by reason, stage by stage."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Loss:
    """One way out: how many, of what, and why."""

    reason: str
    count: int


@dataclass(frozen=True)
class Level:
    """One stage's account: `entered` = `kept` + the sum of the losses."""

    title: str
    unit: str
    entered: int
    kept: int
    losses: tuple[Loss, ...]


def funnel(intake: pl.DataFrame, sessions: pl.DataFrame, refused: pl.DataFrame, splits: pl.DataFrame) -> list[Level]:
    """The levels from traffic.intake, traffic.sessions, dataset.refused and dataset.splits; those without rows are left out."""
    return [level for level in (*_events(intake), *_sessions(sessions), *_splits(refused, splits)) if level.entered]


def _events(intake: pl.DataFrame) -> Iterator[Level]:
    fates = dict(intake.group_by("fate").agg(pl.col("n_events").sum()).iter_rows())
    read, kept = fates.pop("read", 0), fates.pop("kept", 0)
    yield Level("Delivered", "events", read, kept, _losses(fates))


def _sessions(sessions: pl.DataFrame) -> Iterator[Level]:
    reasons = sessions.filter(~pl.col("is_admitted"))["refusal"].fill_null("no reason given").value_counts()
    yield Level(
        "Cut into sessions",
        "sessions",
        sessions.height,
        int(sessions["is_admitted"].sum()),
        _losses(dict(reasons.iter_rows())),
    )


def _splits(refused: pl.DataFrame, splits: pl.DataFrame) -> Iterator[Level]:
    reasons = dict(refused["reason"].value_counts().iter_rows())
    yield Level("Fit for the benchmark", "sessions", refused.height + splits.height, splits.height, _losses(reasons))


def _losses(counts: dict[str, int]) -> tuple[Loss, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Loss(reason, count) for reason, count in ordered if count)
