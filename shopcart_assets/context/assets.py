"""Assets of the context stage: one step that simplifies a day's pages and turns its events into actions on their names."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import dagster as dg

from shopcart_assets.context import summary
from shopcart_assets.context.day import simplify_day
from shopcart_assets.platform.assets import Platform, daily, markdown, table_assets
from shopcart_assets.platform.warehouse import Written
from shopcart_assets.privacy.pseudonyms import without_numbers
from shopcart_assets.traffic.spool import Spool

EXAMPLE_CHARACTERS = 2_000


def _simplified(platform: Platform, day: str) -> Iterable[Written]:
    warehouse, budget = platform.warehouse, platform.profile.context.token_budget
    pages, events = warehouse.pages("privacy.pages", day=day), warehouse.read("privacy.events", day=day)
    simplified = simplify_day(pages, events, budget, platform.engine, partial(Spool, platform.scratch))
    for table, rows in simplified.tables(events).items():
        yield warehouse.write(table, rows, day=day)


def _with_facts(
    platform: Platform, days: Sequence[str], result: dg.MaterializeResult[Any]
) -> dg.MaterializeResult[Any]:
    """The result with what a person wants to see of the days in the UI."""
    facts = _FACTS.get(".".join(result.asset_key.path if result.asset_key else ()))
    more = facts(platform, days) if facts else {}
    return dg.MaterializeResult(asset_key=result.asset_key, metadata={**(result.metadata or {}), **more})


def _context_facts(platform: Platform, days: Sequence[str]) -> dict[str, Any]:
    sizes = platform.read_days("context.contexts", days, ("context_tokens", "n_names", "n_pruned"))
    firsts = (one["html"][0] for day in days for one in platform.warehouse.pages("context.contexts", day=day))
    example = next(firsts, "")[:EXAMPLE_CHARACTERS]
    return summary.context_facts(sizes) | {"example": markdown(without_numbers(example))}


def _recipe_facts(platform: Platform, days: Sequence[str]) -> dict[str, Any]:
    return dict(summary.recipe_facts(platform.read_days("context.recipe_hits", days)))


def _quarantine_facts(platform: Platform, days: Sequence[str]) -> dict[str, Any]:
    return dict(summary.quarantine_facts(platform.read_days("context.quarantine", days)))


def _action_facts(platform: Platform, days: Sequence[str]) -> dict[str, Any]:
    events = platform.read_days("privacy.events", days, ("session_id", "timestamp", "event_id", "event_type"))
    return dict(summary.action_facts(platform.read_days("context.actions", days), events))


_FACTS: dict[str, Callable[[Platform, Sequence[str]], dict[str, Any]]] = {
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
