"""Assets of the dataset stage: the benchmark of a day, and its conversations by generator."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from shopcart_assets.dataset.admit import admit
from shopcart_assets.dataset.cases import cases
from shopcart_assets.dataset.conversation import Reasons
from shopcart_assets.dataset.day import tell_day
from shopcart_assets.dataset.splits import split_sessions
from shopcart_assets.platform.assets import Platform, daily, generator_days, report, table_asset, table_assets
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import HUMAN
from shopcart_assets.platform.warehouse import Written
from shopcart_assets.traffic.spool import Spool


def _contexts(platform: Platform, day: str, page_ids: pl.Series) -> pl.DataFrame:
    """The day's contexts of these pages."""
    return platform.warehouse.read_where("context.contexts", pl.col("page_id").is_in(page_ids.implode()), day=day)


def _spool(platform: Platform) -> Spool:
    """Where a day's conversations are kept until all are there. Both tables have the same columns."""
    return Spool(platform.settings.state / "scratch", table("dataset.conversations_action_only").schema())


def _benchmark(platform: Platform, day: str) -> Iterable[Written]:
    warehouse, split = platform.warehouse, platform.profile.split
    pages = warehouse.read_but("context.contexts", ["html"], day=day)
    admitted = admit(warehouse.read("context.actions", day=day), pages)
    sides = split_sessions(admitted.actions, test_share=split.test_share, salt=split.salt)
    yield warehouse.write("dataset.refused", admitted.refused, day=day)
    yield warehouse.write("dataset.splits", sides, day=day)
    yield warehouse.write("dataset.cases", cases(admitted.actions, sides), day=day)
    told = tell_day(admitted.actions, sides, partial(_contexts, platform, day), _spool(platform))
    yield warehouse.write("dataset.conversations_action_only", told.scan(), day=day)


@table_assets(
    ["dataset.refused", "dataset.splits", "dataset.cases", "dataset.conversations_action_only"],
    deps=["context.actions", "context.contexts"],
    partitions=daily,
)
def benchmark(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Sessions admitted and split by user, test cases, and training conversations without reasoning."""
    yield from platform.each_key(context, _benchmark)


@table_asset(
    "dataset.conversations_reasoning",
    deps=["context.actions", "context.contexts", "dataset.splits", "reasoning.rationales", "reasoning.quarantine"],
    partitions=generator_days,
    policy=None,
)
def conversations_reasoning(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    """Training conversations with the generator's rationales."""
    key = platform.generator_day(context)
    kept, rejected = (platform.warehouse.read(f"reasoning.{name}", **key) for name in ("rationales", "quarantine"))
    reasons = Reasons(kept, rejected, are_sparse=key["generator"] == HUMAN.name)
    actions, splits = (platform.of_day(table, key) for table in ("context.actions", "dataset.splits"))
    told = tell_day(actions, splits, partial(_contexts, platform, key["day"]), _spool(platform), reasons)
    return report(platform.warehouse.write("dataset.conversations_reasoning", told.scan(), **key))
