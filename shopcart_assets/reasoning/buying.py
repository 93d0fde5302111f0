"""Who is asked for rationales, by which route and within which budget: what `ask` and the preflight need, from the settings.

Nothing is sent here, and no server or model is opened before something has to be sent.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import polars as pl

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm import Ledger, Route
from shopcart_assets.platform.llm.budget import LakeBudget, open_budget
from shopcart_assets.platform.llm.buying import Buy
from shopcart_assets.platform.llm.buying import buyer as buyer_of
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.reasoning.preflight import measured, preflight, worst_token_ratio


def budget_of(warehouse: Warehouse, settings: Settings, generator: GeneratorConfig) -> LakeBudget:
    """What the generator may still spend, of its own budget and of the whole lake's; tokens as its answers have been counted."""
    ratio = worst_token_ratio(generator, _past(warehouse, generator), settings.prices)
    return replace(open_budget(generator, settings), token_ratio=ratio)


def forecast(
    requests: pl.DataFrame, warehouse: Warehouse, settings: Settings, generator: GeneratorConfig
) -> pl.DataFrame:
    """reasoning.cost_preflight of a day's requests (reasoning.requests), by what this generator's answers have cost so far.

    Raises LLMRefusedError where the server cannot be asked by the generator's route, LedgerError.
    """
    ledger, keys = Ledger(warehouse.lake), requests["request_key"].unique().to_list()
    known = ledger.have(keys) | ledger.records.under_way(keys)
    return preflight(requests, generator, known=known, past=_past(warehouse, generator), prices=settings.prices)


def _past(warehouse: Warehouse, generator: GeneratorConfig) -> pl.DataFrame:
    """What all days' requests to the generator were estimated at and came to."""
    planned, answered = (
        warehouse.read(f"reasoning.{name}", generator=generator.name) for name in ("requests", "responses")
    )
    return measured(planned, answered, generator)


def chosen_route(costs: pl.DataFrame) -> Route:
    """The route that one day's reasoning.cost_preflight has chosen."""
    (route,) = costs.filter("is_chosen")["route"]
    return cast("Route", route)


def buyer(
    warehouse: Warehouse, settings: Settings, generator: GeneratorConfig, route: Route, log: Callable[[str], None]
) -> Buy:
    """Buys from the generator's server or model by this route, within its budget."""
    budget = budget_of(warehouse, settings, generator)
    return buyer_of(generator, route, settings, Ledger(warehouse.lake), budget, log)
