"""Assets of the dataset stage: the benchmark of a day, and its conversations by generator."""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from shopcart_assets.dataset.admit import admit
from shopcart_assets.dataset.cases import cases
from shopcart_assets.dataset.conversation import Reasons, conversations
from shopcart_assets.dataset.splits import split_sessions
from shopcart_assets.platform.assets import Platform, daily, generator_days, report, table_asset, table_assets
from shopcart_assets.platform.profiles import HUMAN
from shopcart_assets.platform.warehouse import Written


def _benchmark(platform: Platform, day: str) -> Iterable[Written]:
    warehouse, split = platform.warehouse, platform.profile.split
    contexts = warehouse.read("context.contexts", day=day)
    admitted = admit(warehouse.read("context.actions", day=day), contexts)
    sides = split_sessions(admitted.actions, test_share=split.test_share, salt=split.salt)
    yield warehouse.write("dataset.refused", admitted.refused, day=day)
    yield warehouse.write("dataset.splits", sides, day=day)
    yield warehouse.write("dataset.cases", cases(admitted.actions, sides), day=day)
    told = conversations(admitted.actions, contexts, sides)
    yield warehouse.write("dataset.conversations_action_only", told, day=day)


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
    actions, contexts = (platform.of_day(f"context.{name}", key) for name in ("actions", "contexts"))
    told = conversations(actions, contexts, platform.of_day("dataset.splits", key), reasons)
    return report(platform.warehouse.write("dataset.conversations_reasoning", told, **key))
