"""The step in Dagster: tables written, checks run and blocking, figures shown, no value anywhere."""

import datetime as dt

import dagster as dg
import polars as pl

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.definitions import ASSETS, CHECKS

DAY = "2026-10-01"
URL = "https://shop.example/s?k=mugs"


def _raw_day(platform: Platform) -> None:
    noon = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
    event = {
        "event_id": "e1",
        "user_id": "ann",
        "session_id": "s",
        "timestamp": noon,
        "event_type": "submit",
        "url": URL,
        "page_id": "p",
        "value": "a@example.com",
    }
    pages = [{"page_id": "p", "url": URL, "html": b"<p>Hello, Rose Lee</p>"}]
    platform.warehouse.write("traffic.events", pl.DataFrame([event], schema=table("traffic.events").schema()), day=DAY)
    platform.warehouse.write("traffic.pages", pl.DataFrame(pages, schema=table("traffic.pages").schema()), day=DAY)


def _run(platform: Platform) -> dg.ExecuteInProcessResult:
    return dg.materialize([*ASSETS, *CHECKS], resources={"platform": platform}, partition_key=DAY)


def test_a_day_is_scrubbed_checked_and_described(platform: Platform) -> None:
    _raw_day(platform)
    result = _run(platform)
    assert result.success
    checks = result.get_asset_check_evaluations()
    assert len(checks) == len(CHECKS) and all(check.passed for check in checks)
    shown = {one.asset_key.path[1]: one.metadata for one in result.asset_materializations_for_node("scrubbed")}
    assert shown["findings"]["found_name"].value == 1 and shown["findings"]["found_email"].value == 1
    assert "Rose" not in str(shown) and "example.com" not in str(shown)


def test_every_check_is_blocking() -> None:
    assert all(spec.blocking for check in CHECKS for spec in check.check_specs)
