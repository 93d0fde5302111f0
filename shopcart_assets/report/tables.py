"""What the report is made from: the tables that it reads, whole."""

from dataclasses import dataclass

import polars as pl

# The field of Tables for each table that the report reads.
READS = {
    "accuracy": "evaluation.accuracy",
    "outcomes": "evaluation.outcomes",
    "mix": "evaluation.mix",
    "divergence": "evaluation.divergence",
    "errors": "evaluation.errors",
    "by_step": "evaluation.accuracy_by_step",
    "comparisons": "evaluation.comparisons",
    "policies": "evaluation.policies",
    "steps": "training.steps",
    "checkpoints": "training.checkpoints",
    "published": "report.published",
    "cost": "report.cost",
    "intake": "traffic.intake",
    "sessions": "traffic.sessions",
    "refused": "dataset.refused",
    "splits": "dataset.splits",
    "optimal": "context.optimal",
}


@dataclass(frozen=True)
class Tables:
    """The tables of READS."""

    accuracy: pl.DataFrame
    outcomes: pl.DataFrame
    mix: pl.DataFrame
    divergence: pl.DataFrame
    errors: pl.DataFrame
    by_step: pl.DataFrame
    comparisons: pl.DataFrame
    policies: pl.DataFrame
    steps: pl.DataFrame
    checkpoints: pl.DataFrame
    published: pl.DataFrame
    cost: pl.DataFrame
    intake: pl.DataFrame
    sessions: pl.DataFrame
    refused: pl.DataFrame
    splits: pl.DataFrame
    optimal: pl.DataFrame
