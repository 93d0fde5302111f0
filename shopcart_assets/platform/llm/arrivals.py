"""Whose batches have come home. Asks the servers how their batches are; collects nothing, changes nothing."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.lake import Lake
from shopcart_assets.platform.llm import LLMError, open_batches
from shopcart_assets.platform.llm.ledger import Ledger
from shopcart_assets.platform.settings import Settings

AGAIN_SECONDS = 600
"""What could not be collected, because the server was not there for example, is asked for again after this time."""


@dataclass(frozen=True)
class Arrival:
    """A partition of which these requests can be moved on: answered, given up, or lost by a killed run."""

    partition: Mapping[str, str]
    keys: frozenset[str]

    def run_key(self, now_seconds: float) -> str:
        """The same for AGAIN_SECONDS, as long as these requests are what has come: a sensor asks for one run and not for more."""
        told = [*sorted(self.partition.items()), int(now_seconds) // AGAIN_SECONDS, *sorted(self.keys)]
        return hashlib.sha256(repr(told).encode()).hexdigest()


def arrived(
    under_way: pl.DataFrame,
    asker: str,
    by: Sequence[str],
    generator_of: Callable[[str], GeneratorConfig],
    lake: Lake,
    settings: Settings,
) -> tuple[list[Arrival], list[str]]:
    """The arrivals, by asker and partition, and a line for each asker that still has something under way.

    `under_way`: rows with a request_key and the columns of their partition, `asker` and `by`; `generator_of` an asker's name says how
    it asks.
    """
    arrivals: list[Arrival] = []
    lines: list[str] = []
    for (name,), sent in under_way.group_by(asker, maintain_order=True):
        try:
            server = open_batches(generator_of(str(name)), settings)
            ready = Ledger(lake).ready(server, sent["request_key"])
        except (LLMError, LookupError) as error:
            lines.append(f"{name}: {sent.height} requests are under way, but {error}")
            continue
        there = sent.filter(pl.col("request_key").is_in(list(ready)))
        for place, one in there.group_by(*by, maintain_order=True):
            partition = {asker: str(name), **dict(zip(by, map(str, place), strict=True))}
            arrivals.append(Arrival(partition, frozenset(one["request_key"])))
        if there.height < sent.height:
            lines.append(f"{name}: {sent.height - there.height} requests are under way")
    return arrivals, lines
