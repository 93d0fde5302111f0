"""Raw partitions go when their time is over, with nothing else, and what reads them says so or does without."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.traffic.automation import nightly_sweep, sweep_raw
from shopcart_assets.traffic.rejudge import is_judged_otherwise
from shopcart_assets.traffic.retention import expired, sweep

TODAY = dt.date(2026, 10, 31)
OLD, LAST, NEW = "2026-10-20", "2026-10-21", "2026-10-30"
RAW = ("traffic.events", "traffic.pages", "traffic.quarantine")
KEPT = ("traffic.sessions", "traffic.intake", "privacy.events", "privacy.pages")


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    for name in (*RAW, *KEPT):
        for day in (OLD, LAST, NEW):
            warehouse.write(name, TABLES[name].empty(), day=day)
    return warehouse


def _days(warehouse: Warehouse, name: str) -> list[str]:
    return [one["day"] for one in warehouse.partitions(name)]


def test_what_is_older_goes_and_everything_else_stays(filled: Warehouse) -> None:
    assert expired(filled, TODAY, None) == [] and expired(filled, TODAY, 11) == []
    gone = [(name, OLD) for name in RAW]
    assert expired(filled, TODAY, 10) == gone and sweep(filled, TODAY, 10) == gone and sweep(filled, TODAY, 10) == []
    assert {tuple(_days(filled, name)) for name in RAW} == {(LAST, NEW)}
    assert {tuple(_days(filled, name)) for name in KEPT} == {(OLD, LAST, NEW)}
    sweep(filled, TODAY, 1)
    sweep(filled, dt.date(2030, 1, 1), 1)
    assert filled.views.query("select count(*) as n from traffic.events")["n"].to_list() == [0]
    assert not is_judged_otherwise(filled, OLD, TABLES["traffic.consent"].empty())


def test_the_job_keeps_to_the_setting_and_sweeps_what_killed_processes_left(
    platform: Platform, filled: Warehouse
) -> None:
    scrap = Path(filled.lake.url) / "traffic" / "events" / f"day={NEW}" / f".part.parquet.{'0' * 32}"
    scrap.write_bytes(b"raw")
    today = dt.datetime.now(dt.UTC).date()
    ages = {n: (today - dt.timedelta(days=n)).isoformat() for n in (89, 92)}
    for day in ages.values():
        filled.write("traffic.events", TABLES["traffic.events"].empty(), day=day)
    assert sweep_raw.execute_in_process(resources={"platform": platform}).success
    assert ages[89] in _days(filled, "traffic.events") and ages[92] not in _days(filled, "traffic.events")
    assert not scrap.exists()


def test_the_time_to_live_is_a_setting_and_the_schedule_is_off(tmp_path: Path) -> None:
    assert load_settings({}, tmp_path).raw_retention_days == 90
    (tmp_path / "shopcart.yaml").write_text("raw_retention_days: null\n")
    assert load_settings({}, tmp_path).raw_retention_days is None
    assert nightly_sweep.default_status == dg.DefaultScheduleStatus.STOPPED
