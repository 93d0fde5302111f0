"""The one asset of the reasoning stage. How a rationale is asked for and cleaned is in `synthesize`."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from shopcart_assets.platform.assets import Platform, generator_days, markdown, table_asset
from shopcart_assets.platform.llm import Ledger, open_llm
from shopcart_assets.platform.warehouse import Written
from shopcart_assets.privacy.pseudonyms import without_numbers
from shopcart_assets.reasoning.summary import facts, sample
from shopcart_assets.reasoning.synthesize import synthesize


def _synthesize(
    platform: Platform, day: str, name: str, *, log: Callable[[str], None], done: list[pl.DataFrame]
) -> Iterator[Written]:
    generator = platform.profile.generator(name)
    frame = synthesize(
        platform.warehouse.read("context.actions", day=day),
        platform.warehouse.read("context.contexts", day=day),
        open_llm(generator, platform.settings, log),
        Ledger(platform.warehouse.lake),
        generator,
    )
    done.append(frame)
    yield platform.warehouse.write("reasoning.rationales", frame, day=day, generator=name)


@table_asset(
    "reasoning.rationales",
    deps=["context.actions", "context.contexts"],
    partitions=generator_days,
    kinds={"polars", "parquet"},
    pool="rationales",
)
def rationales(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    """Asks the generator why each action was taken; answers in the ledger are never asked for again."""
    done: list[pl.DataFrame] = []
    (result,) = platform.each_generator_day(context, partial(_synthesize, log=context.log.info, done=done))
    written = pl.concat(done)
    metadata = {**(result.metadata or {}), **facts(written), "sample": markdown(without_numbers(sample(written)))}
    return dg.MaterializeResult(asset_key=result.asset_key, metadata=metadata)
