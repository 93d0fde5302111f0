"""The tables of the reasoning stage: what is to be asked, what it will cost, what was answered, and what holds of that.

How a rationale is planned, bought, read and judged is in the stage's library. One run a day and generator, so that each shows its
own figures, and runs of one generator wait for one another (dagster.yaml).
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import dagster as dg

from shopcart_assets.platform.assets import Platform, generator_days, report, table_asset, table_assets
from shopcart_assets.platform.automation import patient
from shopcart_assets.platform.catalog.assets import markdown
from shopcart_assets.platform.llm import Ledger
from shopcart_assets.platform.llm.outcomes import facts
from shopcart_assets.privacy.pseudonyms import without_numbers
from shopcart_assets.reasoning import buying, preflight, summary
from shopcart_assets.reasoning.ask import ask, judged
from shopcart_assets.reasoning.human import spoken
from shopcart_assets.reasoning.lookahead import measure
from shopcart_assets.reasoning.plan import plan

POOL = "generators"


@table_asset("reasoning.requests", deps=["context.actions", "context.contexts"], partitions=generator_days, policy=None)
def requests(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    """Plans what a generator is asked: nothing is sent, and a step's request reads nothing after it (mode per_action)."""
    key = platform.generator_day(context)
    actions, contexts = (platform.of_day(f"context.{name}", key) for name in ("actions", "contexts"))
    frame = plan(actions, contexts, platform.profile.generator(key["generator"]))
    return report(platform.warehouse.write("reasoning.requests", frame, **key), **summary.planned(frame))


@table_asset("reasoning.cost_preflight", deps=["reasoning.requests"], partitions=generator_days, policy=None)
def cost_preflight(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    """What the requests will cost by each way of asking, and which way is chosen; what is in the ledger costs nothing."""
    key = platform.generator_day(context)
    generator = platform.profile.generator(key["generator"])
    planned = platform.warehouse.read("reasoning.requests", **key)
    frame = buying.forecast(planned, platform.warehouse, platform.settings, generator)
    left_usd = buying.budget_of(platform.warehouse, platform.settings, generator).left_usd()
    written = platform.warehouse.write("reasoning.cost_preflight", frame, **key)
    return report(written, **preflight.facts(frame, left_usd))


@table_asset(
    "reasoning.responses",
    deps=["reasoning.requests", "reasoning.cost_preflight", "context.actions", "context.contexts"],
    partitions=generator_days,
    policy=None,
    pool=POOL,
)
def responses(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[Any]:
    """Asks what the ledger has no answer to. A batch is sent and left alone: the sensor `answered_batches` runs this again."""
    key = platform.generator_day(context)
    generator, ledger = platform.profile.generator(key["generator"]), Ledger(platform.warehouse.lake)
    planned, costs = (platform.warehouse.read(f"reasoning.{name}", **key) for name in ("requests", "cost_preflight"))
    route = buying.chosen_route(costs)
    buy = buying.buyer(platform.warehouse, platform.settings, generator, route, context.log.info)
    actions, contexts = (platform.of_day(f"context.{name}", key) for name in ("actions", "contexts"))
    with patient(context):
        frame = ask(planned, actions, contexts, generator, ledger, buy)
    return report(platform.warehouse.write("reasoning.responses", frame, **key), **facts(frame))


@table_assets(
    ["reasoning.rationales", "reasoning.quarantine"],
    deps=["reasoning.requests", "reasoning.responses", "context.actions", "context.contexts", "privacy.events"],
    partitions=generator_days,
    policy=None,
)
def rationales(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Reads the answers again from the ledger: a better reader costs nothing. Of `human`: what people said in their events."""
    key = platform.generator_day(context)
    generator, ledger = platform.profile.generator(key["generator"]), Ledger(platform.warehouse.lake)
    planned, answered = (platform.warehouse.read(f"reasoning.{name}", **key) for name in ("requests", "responses"))
    actions, events = platform.of_day("context.actions", key), partial(platform.of_day, "privacy.events", key)
    is_human = generator.kind == "human"
    found = spoken(actions, events()) if is_human else judged(planned, answered, actions, generator, ledger)
    kept = platform.warehouse.write("reasoning.rationales", found.rationales, **key)
    ahead = measure(found.rationales, actions, platform.of_day("context.contexts", key)).facts()
    figures = summary.verdicts(found.rationales, found.quarantine, actions.height, generator) | ahead
    yield report(kept, **figures, sample=markdown(without_numbers(summary.sample(found.rationales))))
    yield report(platform.warehouse.write("reasoning.quarantine", found.quarantine, **key))
