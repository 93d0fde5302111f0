"""What metrics of likelihoods are made of: likelihoods added up by policy and by chance, so that views need not read every case.

The metrics themselves are views in `sql/evaluation/`; sums over verdicts are `sums`. Rows are added up in the order of sessions
and steps, whatever the order they come in.
"""

from typing import Literal

import polars as pl

from shopcart_assets.evaluation.sums import with_categories
from shopcart_assets.evaluation.verdicts import CASE
from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse

Event = Literal["terminate", "purchase"]
EVENTS: tuple[Event, ...] = ("terminate", "purchase")
CELLS_PER_NAT = 32
"""Cells of evaluation.chance_cells in one unit of log-odds."""
LEAST = 1e-15
"""How near a chance may come to 0 and to 1 where its logarithm is taken."""


_TABLES = ("evaluation.rank_sums", "evaluation.chance_cells", "evaluation.purchase_thresholds")


def add_up(warehouse: Warehouse, count: Count = uncounted) -> dict[str, pl.DataFrame]:
    """The three tables, by name: the sums of every policy whose likelihoods were read, one policy in memory at a time."""
    cases = with_categories(warehouse.read("dataset.cases"))
    scored = [one["policy"] for one in warehouse.partitions("evaluation.likelihoods")]
    told = each(scored, len(scored), "policies' likelihoods added up", count)
    all_sums = [sums(warehouse.read("evaluation.likelihoods", policy=one), cases) for one in told]
    return {name: pl.concat([table(name).empty(), *(one[name] for one in all_sums)]) for name in _TABLES}


def sums(likelihoods: pl.DataFrame, cases: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The three tables of one policy's `likelihoods`, which name it, over `cases` (as `with_categories` makes them).

    What is asked no more does not count. A policy without a scored case has no rows.
    """
    known = cases.select(*CASE, "is_final", *((pl.col("human_category") == one).alias(f"is_{one}") for one in EVENTS))
    scored = likelihoods.join(known, on=CASE, how="inner").sort(CASE)
    cells = pl.concat([_cells(scored, event) for event in EVENTS])
    frames = (_ranks(scored), cells.sort("policy", "event", "cell"), _thresholds(scored))
    return dict(zip(_TABLES, frames, strict=True))


def _ranks(scored: pl.DataFrame) -> pl.DataFrame:
    by_session = scored.group_by("policy", "session_id", maintain_order=True).agg(
        pl.len().alias("n_cases"),
        pl.col("is_final").sum().alias("n_final"),
        pl.col("human_rank").count().alias("n_ranked"),
        *((pl.col("human_rank") <= k).sum().alias(f"n_hit_{k}") for k in (1, 3, 5)),
        (1 / pl.col("human_rank")).sum().alias("reciprocal_rank_sum"),
        pl.col("human_nats").sum().alias("nats_sum"),
        pl.col("human_nats").mean().alias("session_nats_sum"),
        pl.col("n_candidates").sum(),
    )
    added = by_session.group_by("policy", maintain_order=True).agg(
        pl.len().alias("n_sessions"), pl.all().exclude("policy", "session_id").sum()
    )
    return table("evaluation.rank_sums").conform(added)


def _cells(scored: pl.DataFrame, event: Event) -> pl.DataFrame:
    """The rows of evaluation.chance_cells of one event."""
    chance, is_so = pl.col(f"p_{event}"), pl.col(f"is_{event}")
    log_odds = (chance.clip(LEAST) / (1 - chance).clip(LEAST)).log()
    given = pl.when(is_so).then(chance).otherwise(1 - chance)
    told = scored.with_columns(event=pl.lit(event), cell=(CELLS_PER_NAT * log_odds).floor().cast(pl.Int64))
    added = told.group_by("policy", "event", "cell", maintain_order=True).agg(
        pl.len().alias("n_cases"),
        is_so.sum().alias("n_so"),
        chance.sum().alias("chance_sum"),
        ((chance - is_so.cast(pl.Float64)) ** 2).sum().alias("squared_error_sum"),
        -given.clip(LEAST).log().sum().alias("log_loss_nats_sum"),
    )
    return table("evaluation.chance_cells").conform(added)


def _thresholds(scored: pl.DataFrame) -> pl.DataFrame:
    """Chances at final steps that a purchase was given, the highest first; those of other sessions are in `n_above`."""
    counted = (
        scored.filter("is_final")
        .group_by("policy", "p_purchase")
        .agg(pl.len().alias("n_sessions"), pl.col("is_purchase").sum().alias("n_bought"))
        .sort("policy", "p_purchase", descending=[False, True])
    )
    above = pl.col("n_sessions", "n_bought").cast(pl.Int64).cum_sum().over("policy") - pl.col("n_sessions", "n_bought")
    return table("evaluation.purchase_thresholds").conform(
        counted.with_columns(above.name.suffix("_above")).filter(pl.col("n_bought") > 0)
    )
