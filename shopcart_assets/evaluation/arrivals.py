"""Which policies' batches have come home."""

import polars as pl

from shopcart_assets.evaluation import registry
from shopcart_assets.evaluation.api import TABLE
from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm import Ledger
from shopcart_assets.platform.llm.arrivals import Arrival
from shopcart_assets.platform.llm.arrivals import arrived as arrived_of
from shopcart_assets.platform.llm.outcomes import UNDER_WAY
from shopcart_assets.platform.profiles import NotDeclared
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse


def arrived(warehouse: Warehouse, settings: Settings) -> tuple[list[Arrival], list[str]]:
    """The arrivals, by policy and round, and a line for each policy that still has something under way.

    What a killed run had planned is under way too, where the ledger has a batch of it.
    """

    def generator_of(name: str) -> GeneratorConfig:
        policy = registry.policy(warehouse, settings.profile, name)
        if policy.server is None:  # it is declared otherwise now
            raise NotDeclared(f"policy {name} has no server any more: its answers cannot be collected")
        return policy.server.asked_for(policy.name, str(policy.model))

    open_ = warehouse.read_where(TABLE, pl.col("state").is_null() | (pl.col("state") == UNDER_WAY))
    sent = Ledger(warehouse.lake).records.under_way(open_.filter(pl.col("state").is_null())["request_key"].unique())
    is_sent = (pl.col("state") == UNDER_WAY) | pl.col("request_key").is_in(list(sent))
    return arrived_of(open_.filter(is_sent), "policy", ["round"], generator_of, warehouse.lake, settings)
