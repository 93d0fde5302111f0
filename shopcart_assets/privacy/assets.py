"""The privacy stage's two steps: a day's raw events and pages scrubbed, and people who withdrew erased everywhere."""

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import dagster as dg

from shopcart_assets.platform.assets import Platform, daily, report, table_assets
from shopcart_assets.platform.automation import under_way
from shopcart_assets.platform.warehouse import Written
from shopcart_assets.privacy import summary
from shopcart_assets.privacy.day import Scrubbing
from shopcart_assets.privacy.erasure import receipt
from shopcart_assets.privacy.erasure.run import ErasureError, Estate, settle
from shopcart_assets.privacy.llm_pass.setting import Reading
from shopcart_assets.traffic.spool import Spool


def _scrub(platform: Platform, day: str, *, reading: Reading) -> Iterable[Written]:
    warehouse, secret = platform.warehouse, platform.settings.secret.get_secret_value().encode()
    scrubbing = Scrubbing(secret, platform.engine, partial(Spool, platform.scratch), reading.llm_pass)
    scrubbed = scrubbing.over(warehouse.read("traffic.events", day=day), warehouse.pages("traffic.pages", day=day))
    reading.add(scrubbed.llm)
    return [warehouse.write(table, rows, day=day) for table, rows in scrubbed.tables().items()]


def _with_facts(
    platform: Platform, days: Iterable[str], reading: Reading, result: dg.MaterializeResult[Any]
) -> dg.MaterializeResult[Any]:
    """The result with its table's own figures beside the row count, and what the LLM pass did beside what was found."""
    table = ".".join(result.asset_key.path) if result.asset_key else ""
    column = summary.FACT_COLUMNS.get(table)
    facts: dict[str, Any] = summary.facts(table, platform.read_days(table, days, [column])) if column else {}
    facts |= reading.facts() if table == "privacy.findings" else {}
    return dg.MaterializeResult(asset_key=result.asset_key, metadata={**(result.metadata or {}), **facts})


@table_assets(
    ["privacy.events", "privacy.pages", "privacy.findings", "privacy.drops"],
    deps=["traffic.events", "traffic.pages"],
    partitions=daily,
    kinds={"polars", "parquet"},
)
def scrubbed(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Events and pages without personal data, what was found, and which pages were dropped and why."""
    reading = Reading.of(platform.settings, context.log.info)
    written = platform.each_key(context, partial(_scrub, reading=reading))
    yield from map(partial(_with_facts, platform, context.partition_keys, reading), written)


def _require_quiet(context: dg.AssetExecutionContext) -> None:
    """A run that read a partition before the erasure would write back what it had read."""
    if others := under_way(context.instance, but=context.run.run_id):
        raise ErasureError(
            f"{len(others)} other runs are under way: wait for them or end them, then run the job erase again"
        )


@table_assets(["privacy.erasures", "privacy.erasure_marks"], deps=["traffic.withdrawals"], kinds={"polars", "parquet"})
def erased(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Takes who has withdrawn, and whose erasure was ordered, out of every table, and writes the receipts."""
    _require_quiet(context)
    context.log.info(f"{settle(Estate.of(platform.settings), dt.datetime.now(dt.UTC))} users erased")
    facts = (
        receipt.facts(platform.warehouse.read(receipt.ERASURES)) if platform.warehouse.exists(receipt.ERASURES) else {}
    )
    yield from (report(written, **facts) for written in receipt.made(platform.warehouse))
