"""Assets of the traffic stage: the sample shop's drop, consent, and what each day's delivery became."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg

from shopcart_assets.platform.assets import Platform, daily, file_asset, report, table_asset, table_assets
from shopcart_assets.platform.warehouse import Written
from shopcart_assets.traffic import drops, summary
from shopcart_assets.traffic.consent import read_consent
from shopcart_assets.traffic.day import build_day
from shopcart_assets.traffic.sample_shop.drop import ensure_drop
from shopcart_assets.traffic.withdrawals import withdrawal_facts, withdrawals


@file_asset("traffic.sample_drop", kinds=("jinja", "parquet"))
def sample_drop(platform: Platform) -> dg.MaterializeResult[Any]:
    """SIMULATED: a raw drop of a shop and of shoppers that do not exist, made from the profile's seed and registered."""
    folder = drops.sample_folder(platform.settings.state, platform.profile.name)
    is_new = ensure_drop(platform.profile.shop, folder)
    drops.register(platform.settings.state, folder)
    days = drops.days(folder)
    return dg.MaterializeResult(
        metadata={"is_new": is_new, "n_days": len(days), "first_day": days[0], "last_day": days[-1]}
    )


@table_asset("traffic.consent", deps=["traffic.sample_drop"])
def consent(platform: Platform) -> dg.MaterializeResult[Any]:
    """Who allowed what, and when, by the consent files and the events of all registered drops."""
    state, clock_skew = platform.settings.state, dt.timedelta(hours=platform.profile.traffic.clock_skew_hours)
    said = read_consent(drops.registered(state), clock_skew, state / "consent", platform.settings.tombstones())
    return report(platform.warehouse.write("traffic.consent", said.history), **summary.consent_facts(said))


def _day(platform: Platform, day: str) -> Iterable[Written]:
    warehouse = platform.warehouse
    registered = drops.registered(platform.settings.state)
    scratch = platform.settings.state / "scratch"
    consents, tombstones = warehouse.read("traffic.consent"), platform.settings.tombstones()
    built = build_day(registered, day, consents, platform.profile.traffic, scratch, tombstones)
    yield warehouse.write("traffic.intake", built.intake, day=day)
    yield warehouse.write("traffic.quarantine", built.quarantine.scan(), day=day)
    yield warehouse.write("traffic.sessions", built.sessions, day=day)
    yield warehouse.write("traffic.pages", built.pages.scan(), day=day)
    yield warehouse.write("traffic.events", built.events.scan(), day=day)


def _session_facts(platform: Platform, day: str) -> Mapping[str, float | int]:
    return summary.session_facts(platform.warehouse.read("traffic.sessions", day=day))


def _refusal_facts(platform: Platform, day: str) -> Mapping[str, float | int]:
    return summary.refusal_facts(platform.warehouse.read("traffic.intake", day=day))


@table_assets(
    ["traffic.intake", "traffic.quarantine", "traffic.sessions", "traffic.pages", "traffic.events"],
    deps=["traffic.consent"],
    partitions=daily,
)
def delivery(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[Any]]:
    """One day's delivery: cut into sessions, judged by consent, every row accounted for."""
    facts = {"traffic.sessions": _session_facts, "traffic.quarantine": _refusal_facts}
    yield from platform.each_key(context, _day, facts)


@table_asset("traffic.withdrawals", deps=["traffic.consent", "traffic.sessions"])
def withdrawn(platform: Platform) -> dg.MaterializeResult[Any]:
    """Who took consent back, and the built days that still use what they had allowed: erasure and rebuilding start here."""
    warehouse = platform.warehouse
    table = withdrawals(warehouse.read("traffic.consent"), warehouse.read("traffic.sessions"))
    return report(warehouse.write("traffic.withdrawals", table), **withdrawal_facts(table))
