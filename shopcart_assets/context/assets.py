"""Assets of the context stage: one step that simplifies a day's pages and turns its events into actions on their names."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import dagster as dg

from shopcart_assets.context import summary
from shopcart_assets.context.day import simplify_day
from shopcart_assets.platform.assets import Facts, Platform, daily, table_assets
from shopcart_assets.platform.catalog.assets import markdown
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


def _context_facts(platform: Platform, day: str) -> dict[str, Any]:
    sizes = platform.read_days("context.contexts", [day], ("context_tokens", "n_names", "n_pruned"))
    firsts = (one["html"][0] for one in platform.warehouse.pages("context.contexts", day=day))
    example = next(firsts, "")[:EXAMPLE_CHARACTERS]
    return summary.context_facts(sizes) | {"example": markdown(without_numbers(example))}


def _recipe_facts(platform: Platform, day: str) -> dict[str, Any]:
    return dict(summary.recipe_facts(platform.read_days("context.recipe_hits", [day])))


def _quarantine_facts(platform: Platform, day: str) -> dict[str, Any]:
    return dict(summary.quarantine_facts(platform.read_days("context.quarantine", [day])))


def _action_facts(platform: Platform, day: str) -> dict[str, Any]:
    events = platform.read_days("privacy.events", [day], ("session_id", "timestamp", "event_id", "event_type"))
    return dict(summary.action_facts(platform.read_days("context.actions", [day]), events))


_FACTS: Mapping[str, Facts] = {
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
    yield from platform.each_key(context, _simplified, _FACTS)
