"""The stage's functions in the order in which its assets call them, over one lake, without Dagster."""

from dataclasses import dataclass

import polars as pl

from shopcart_assets.platform.llm import LLM, Ledger
from shopcart_assets.platform.llm.buying import Buy, online
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.ask import ask, judged
from shopcart_assets.reasoning.plan import plan
from tests.reasoning.journey import DAY, contexts


@dataclass(frozen=True)
class Synthesis:
    """The rows of the tables reasoning.* of one day."""

    requests: pl.DataFrame
    responses: pl.DataFrame
    rationales: pl.DataFrame
    quarantine: pl.DataFrame


def synthesize(
    actions: pl.DataFrame, llm: LLM, ledger: Ledger, generator: GeneratorConfig, buy: Buy | None = None
) -> Synthesis:
    requests = plan(actions, contexts(), generator)
    answered = ask(requests, actions, contexts(), generator, ledger, buy or online(lambda: llm, ledger, None))
    found = judged(requests, answered, actions, generator, ledger)
    return Synthesis(requests, answered, found.rationales, found.quarantine)


def stored(rows: pl.DataFrame, generator: GeneratorConfig) -> pl.DataFrame:
    """As the warehouse reads them."""
    return rows.with_columns(day=pl.lit(DAY), generator=pl.lit(generator.name))
