"""The tables of the reasoning stage. How a rationale is asked for, read and judged is in `synthesize`."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import dagster as dg

from shopcart_assets.platform.assets import Platform, generator_days, markdown, table_assets
from shopcart_assets.platform.llm import Ledger, open_llm
from shopcart_assets.platform.warehouse import Written
from shopcart_assets.privacy.pseudonyms import without_numbers
from shopcart_assets.reasoning.summary import facts, sample, verdicts
from shopcart_assets.reasoning.synthesize import Synthesis, merge, synthesize

_TABLES = ("requests", "responses", "rationales", "quarantine")


def _synthesize(
    platform: Platform, day: str, name: str, *, log: Callable[[str], None], done: list[Synthesis]
) -> Iterator[Written]:
    generator = platform.profile.generator(name)
    made = synthesize(
        platform.warehouse.read("context.actions", day=day),
        platform.warehouse.read("context.contexts", day=day),
        open_llm(generator, platform.settings, log),
        Ledger(platform.warehouse.lake),
        generator,
    )
    done.append(made)
    yield from (
        platform.warehouse.write(f"reasoning.{table}", getattr(made, table), day=day, generator=name)
        for table in _TABLES
    )


@table_assets(
    [f"reasoning.{table}" for table in _TABLES],
    deps=["context.actions", "context.contexts"],
    partitions=generator_days,
    pool="rationales",
)
def rationales(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Asks the generator why each action was taken; answers in the ledger are never asked for again."""
    done: list[Synthesis] = []
    requests, responses, kept, rejected = platform.each_generator_day(
        context, partial(_synthesize, log=context.log.info, done=done)
    )
    made = merge(done)
    shown = {"sample": markdown(without_numbers(sample(made.rationales)))}
    numbers = {**facts(made.responses), **verdicts(made.rationales, made.quarantine)}
    yield from (requests, responses, rejected)
    yield dg.MaterializeResult(asset_key=kept.asset_key, metadata={**(kept.metadata or {}), **numbers, **shown})
