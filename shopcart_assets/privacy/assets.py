"""The privacy stage's two steps: a day's raw events and pages scrubbed, and people who withdrew erased everywhere."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import dagster as dg

from shopcart_assets.platform.assets import Facts, Platform, daily, report, table_assets
from shopcart_assets.platform.automation import under_way
from shopcart_assets.platform.warehouse import Written
from shopcart_assets.privacy import summary
from shopcart_assets.privacy.day import Scrubbing
from shopcart_assets.privacy.erasure import receipt
from shopcart_assets.privacy.erasure.run import ErasureError, Estate, settle
from shopcart_assets.privacy.llm_pass.setting import Reading
from shopcart_assets.privacy.own_zones import own_zones
from shopcart_assets.traffic.spool import Spool


def _scrub(platform: Platform, day: str, *, reading: Reading) -> Iterable[Written]:
    warehouse, secret = platform.warehouse, platform.settings.secret.get_secret_value().encode()
    own = own_zones(platform.settings.privacy_zones)
    scrubbing = Scrubbing(secret, platform.engine, partial(Spool, platform.scratch), reading.llm_pass, own_zones=own)
    scrubbed = scrubbing.over(warehouse.read("traffic.events", day=day), warehouse.pages("traffic.pages", day=day))
    reading.add(scrubbed.llm)
    return [warehouse.write(table, rows, day=day) for table, rows in scrubbed.tables().items()]


def _facts(table: str, platform: Platform, day: str) -> Mapping[str, float | int]:
    return summary.facts(table, platform.read_days(table, [day], [summary.FACT_COLUMNS[table]]))


_FACTS: Mapping[str, Facts] = {table: partial(_facts, table) for table in summary.FACT_COLUMNS}


def _with_reading(reading: Reading, result: dg.MaterializeResult[Any]) -> dg.MaterializeResult[Any]:
    """The result, what was found with what the LLM pass did in the whole run."""
    is_found = result.asset_key == dg.AssetKey(["privacy", "findings"])
    return dg.MaterializeResult(asset_key=result.asset_key, metadata=reading.facts()) if is_found else result


@table_assets(
    ["privacy.events", "privacy.pages", "privacy.findings", "privacy.drops"],
    deps=["traffic.events", "traffic.pages"],
    partitions=daily,
    kinds={"polars", "parquet"},
)
def scrubbed(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """Events and pages without personal data, what was found, and which pages were dropped and why."""
    reading = Reading.of(platform.settings, context.log.info)
    results = platform.each_key(context, partial(_scrub, reading=reading), _FACTS)
    yield from map(partial(_with_reading, reading), results)


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
