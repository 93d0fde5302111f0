"""Which days' batches have come home. Asks the servers how their batches are; collects nothing, changes nothing."""

from dataclasses import dataclass

import polars as pl

from shopcart_assets.platform.llm import Ledger, LLMError, open_batches
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.reasoning.answers import UNDER_WAY


@dataclass(frozen=True)
class Arrival:
    """A day and a generator of which these requests can be moved on: answered, given up, or lost by a killed run."""

    day: str
    generator: str
    keys: frozenset[str]


def arrived(warehouse: Warehouse, settings: Settings) -> tuple[list[Arrival], list[str]]:
    """The arrivals, by generator and day, and a line for each generator that still has something under way."""
    responses = warehouse.read("reasoning.responses").filter(pl.col("state") == UNDER_WAY)
    arrivals: list[Arrival] = []
    lines: list[str] = []
    for (name,), sent in responses.group_by("generator", maintain_order=True):
        try:
            server = open_batches(settings.profile.generator(str(name)), settings)
            ready = Ledger(warehouse.lake).ready(server, sent["request_key"])
        except (LLMError, LookupError) as error:
            lines.append(f"{name}: {sent.height} requests are under way, but {error}")
            continue
        there = sent.filter(pl.col("request_key").is_in(list(ready)))
        arrivals += [
            Arrival(str(day), str(name), frozenset(one["request_key"]))
            for (day,), one in there.group_by("day", maintain_order=True)
        ]
        if there.height < sent.height:
            lines.append(f"{name}: {sent.height - there.height} requests are under way")
    return arrivals, lines
