"""Which data, models and code the report was made from, so that another report can be held against it. Tables in, rows out."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

import polars as pl

from shopcart_assets.report.tables import READS, Tables

_SHOWN_DIGITS = 16


@dataclass(frozen=True)
class TableVersion:
    """A table that the report read: equal digests, equal rows in an equal order."""

    table: str
    n_rows: int
    sha256: str


@dataclass(frozen=True)
class ModelVersion:
    """What stands behind a policy; empty where it has none. `checkpoint`: hash of the configuration and the data of its training."""

    policy: str
    model: str
    arm: str
    generator: str
    seed: str
    checkpoint: str


def code() -> str:
    """The version of this package."""
    return version("shopcart-assets")


def days(sessions: pl.DataFrame) -> str:
    """The days of traffic.sessions in words.

    >>> days(pl.DataFrame({"day": ["2026-09-02", "2026-09-01", "2026-09-02"]}))
    '2 days of traffic, 2026-09-01 to 2026-09-02'
    """
    found = sorted(sessions["day"].drop_nulls().unique().to_list())
    if not found:
        return "no traffic"
    return (
        f"{len(found):,} days of traffic, {found[0]} to {found[-1]}"
        if len(found) > 1
        else f"one day of traffic, {found[0]}"
    )


def tables_read(tables: Tables) -> list[TableVersion]:
    """Each table that the report was made from, by name."""
    named = {table: getattr(tables, name) for name, table in READS.items()}
    return [TableVersion(table, named[table].height, digest(named[table])) for table in sorted(named)]


def digest(frame: pl.DataFrame) -> str:
    """First digits of the sha256 of the rows, as JSON lines.

    >>> digest(pl.DataFrame({"a": [1]})) == digest(pl.DataFrame({"a": [2]}))
    False
    """
    return hashlib.sha256(frame.write_ndjson().encode()).hexdigest()[:_SHOWN_DIGITS]


def models(tables: Tables, order: Sequence[str]) -> list[ModelVersion]:
    """The policies in this order, with what evaluation.policies and training.checkpoints say of them."""
    trained = {row["experiment"]: row["config_sha256"] for row in tables.checkpoints.iter_rows(named=True)}
    known = {row["policy"]: row for row in tables.policies.iter_rows(named=True)}
    found = []
    for policy in order:
        row = known.get(policy, {})
        checkpoint = str(trained.get(row.get("model")) or "")[:_SHOWN_DIGITS] if row.get("kind") == "fine_tuned" else ""
        model, arm, generator, seed = (_said(row.get(name)) for name in ("base_model", "arm", "generator", "seed"))
        found.append(ModelVersion(policy, model, arm, generator, seed, checkpoint))
    return found


def _said(value: object) -> str:
    return "" if value is None else str(value)
