"""Which days' batches of rationales have come home."""

import polars as pl

from shopcart_assets.platform.llm.arrivals import Arrival
from shopcart_assets.platform.llm.arrivals import arrived as arrived_of
from shopcart_assets.platform.llm.outcomes import UNDER_WAY
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse


def arrived(warehouse: Warehouse, settings: Settings) -> tuple[list[Arrival], list[str]]:
    """The arrivals, by generator and day, and a line for each generator that still has something under way."""
    sent = warehouse.read_where("reasoning.responses", pl.col("state") == UNDER_WAY)
    return arrived_of(sent, "generator", ["day"], settings.profile.generator, warehouse.lake, settings)
