"""Assets of the context stage: one step that simplifies a day's pages and turns its events into actions on their names."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from shopcart_assets.context import summary
from shopcart_assets.context.actions import actions_of_day
from shopcart_assets.context.contexts import (
    contexts_frame,
    elements_frame,
    quarantine_frame,
    recipe_hits_frame,
    simplify_day,
)
from shopcart_assets.platform.assets import Platform, daily, markdown, table_assets
from shopcart_assets.platform.warehouse import Written
from shopcart_assets.privacy.pseudonyms import without_numbers

EXAMPLE_CHARACTERS = 2_000
Read = Callable[[str], pl.DataFrame]


def _simplified(platform: Platform, day: str) -> Iterable[Written]:
    warehouse = platform.warehouse
    pages, events = warehouse.read("privacy.pages", day=day), warehouse.read("privacy.events", day=day)
    seen = simplify_day(pages, events, platform.profile.context.token_budget)
    acted = actions_of_day(events, seen)
    yield warehouse.write("context.contexts", contexts_frame(seen), day=day)
    yield warehouse.write("context.elements", elements_frame(seen), day=day)
    yield warehouse.write("context.quarantine", quarantine_frame(seen), day=day)
    yield warehouse.write("context.recipe_hits", recipe_hits_frame(seen), day=day)
    yield warehouse.write("context.actions", acted.actions_frame(), day=day)
    yield warehouse.write("context.optimal", acted.optimal_frame(), day=day)


def _with_facts(
    platform: Platform, days: Sequence[str], result: dg.MaterializeResult[Any]
) -> dg.MaterializeResult[Any]:
    """The result with what a person wants to see of the days in the UI."""
    facts = _FACTS.get(".".join(result.asset_key.path if result.asset_key else ()), _no_facts)
    more = facts(lambda table: pl.concat([platform.warehouse.read(table, day=day) for day in days]))
    return dg.MaterializeResult(asset_key=result.asset_key, metadata={**(result.metadata or {}), **more})


def _no_facts(read: Read) -> dict[str, Any]:
    return {}


def _context_facts(read: Read) -> dict[str, Any]:
    contexts = read("context.contexts")
    example = "".join(contexts["html"].head(1).str.head(EXAMPLE_CHARACTERS))
    return summary.context_facts(contexts) | {"example": markdown(without_numbers(example))}


def _recipe_facts(read: Read) -> dict[str, Any]:
    return dict(summary.recipe_facts(read("context.recipe_hits")))


def _quarantine_facts(read: Read) -> dict[str, Any]:
    return dict(summary.quarantine_facts(read("context.quarantine")))


def _action_facts(read: Read) -> dict[str, Any]:
    return dict(summary.action_facts(read("context.actions"), read("privacy.events")))


_FACTS: dict[str, Callable[[Read], dict[str, Any]]] = {
    "context.contexts": _context_facts,
    "context.recipe_hits": _recipe_facts,
    "context.quarantine": _quarantine_facts,
    "context.actions": _action_facts,
}


@table_assets(
    [
        "context.contexts",
        "context.elements",
        "context.quarantine",
        "context.recipe_hits",
        "context.actions",
        "context.optimal",
    ],
    deps=["privacy.pages", "privacy.events"],
    partitions=daily,
    kinds={"polars", "parquet"},
)
def simplified(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Small named pages, and the events on them as actions whose targets are those names."""
    results = platform.each_key(context, _simplified)
    yield from map(partial(_with_facts, platform, context.partition_keys), results)
