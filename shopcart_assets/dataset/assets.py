"""Assets of the dataset stage: the benchmark of a day, and its conversations by generator."""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from shopcart_assets.dataset.admit import admit
from shopcart_assets.dataset.cases import cases
from shopcart_assets.dataset.conversation import Reasons, conversations
from shopcart_assets.dataset.splits import split_sessions
from shopcart_assets.platform.assets import Platform, daily, generator_days, table_asset, table_assets
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


def _conversations_reasoning(platform: Platform, day: str, generator: str) -> Iterable[Written]:
    warehouse = platform.warehouse
    told = conversations(
        warehouse.read("context.actions", day=day),
        warehouse.read("context.contexts", day=day),
        warehouse.read("dataset.splits", day=day),
        Reasons(
            warehouse.read("reasoning.rationales", day=day, generator=generator),
            warehouse.read("reasoning.quarantine", day=day, generator=generator),
        ),
    )
    yield warehouse.write("dataset.conversations_reasoning", told, day=day, generator=generator)


@table_asset(
    "dataset.conversations_reasoning",
    deps=["context.actions", "context.contexts", "dataset.splits", "reasoning.rationales", "reasoning.quarantine"],
    partitions=generator_days,
)
def conversations_reasoning(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[Any]]:
    """Training conversations with the generator's rationales."""
    yield from platform.each_generator_day(context, _conversations_reasoning)
