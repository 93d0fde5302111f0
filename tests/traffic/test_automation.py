"""The sensor on real files and a real instance: what it asks for, and that it asks for it once."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from shopcart_assets.platform.assets import Platform, daily
from shopcart_assets.traffic.assets import consent, delivery
from shopcart_assets.traffic.automation import BECAUSE, arrived_days
from shopcart_assets.traffic.drops import register
from shopcart_assets.traffic.watch import MARKER
from tests.traffic.conftest import MakeDrop, event

D1, D2, D3 = "2026-10-01", "2026-10-02", "2026-10-03"
A, B = event("e1", f"{D1}T10:00:00Z", "submit", value="tea"), event("e2", f"{D2}T10:00:00Z", "submit", "b", value="tea")


class Sensor:
    """Ticks as the daemon makes them: the cursor of one is that of the next."""

    def __init__(self, platform: Platform, instance: dg.DagsterInstance) -> None:
        self.instance, self.settings, self.cursor, self.skipped = instance, platform.settings, "", ""

    def tick(self) -> dict[str | None, str]:
        """What was asked for and why, by day; None for a run without one."""
        told = {"platform": Platform()}
        with dg.build_sensor_context(self.instance, self.cursor or None, resources=told) as context:
            result = arrived_days(context)
        if isinstance(result, dg.SkipReason):
            self.skipped = str(result.skip_message)
            return {}
        assert isinstance(result, dg.SensorResult)
        self.cursor, self.skipped = result.cursor or "", str(result.skip_reason and result.skip_reason.skip_message)
        return {request.partition_key: request.tags[BECAUSE] for request in result.run_requests or ()}


@pytest.fixture
def sensor(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sensor]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shopcart.yaml").write_text("arrival_quiet_seconds: 0\n")
    with dg.DagsterInstance.ephemeral() as instance:
        yield Sensor(platform, instance)


def test_days_are_asked_for_when_they_arrive_and_when_they_change(
    sensor: Sensor, make_drop: MakeDrop, tmp_path: Path
) -> None:
    assert sensor.tick() == {} and "no drop is registered" in sensor.skipped
    drop = make_drop({D1: [A]})
    register(tmp_path / "state", drop)
    assert sensor.tick() == {D1: "it arrived"}
    assert sensor.tick() == {} and "nothing new" in sensor.skipped
    make_drop({D2: [B]})
    assert sensor.tick() == {D1: "a neighbour arrived or changed", D2: "it arrived"}
    os.utime(drop / D2 / "events.jsonl", (1, 1))
    assert sensor.tick() == {}
    (drop / D2 / "events.jsonl").write_text("")
    assert sensor.tick() == {D1: "a neighbour arrived or changed", D2: "it changed"}
    (drop / D1).rename(tmp_path / "away")
    assert sensor.tick() == {} and f"{D1} of {drop} is gone" in sensor.skipped
    drop.rename(tmp_path / "moved")
    assert sensor.tick() == {} and "was registered but is gone" in sensor.skipped


def test_a_day_without_a_marker_waits_until_it_is_quiet(sensor: Sensor, make_drop: MakeDrop, tmp_path: Path) -> None:
    (tmp_path / "shopcart.yaml").write_text("arrival_quiet_seconds: 10000\n")
    drop = make_drop({D1: [A]})
    register(tmp_path / "state", drop)
    (drop / MARKER).touch()
    assert sensor.tick() == {} and f"{D1}: {D1} is still arriving" in sensor.skipped
    (drop / D1 / MARKER).touch()
    assert sensor.tick() == {D1: "it arrived"}


def test_a_tick_with_much_to_say_says_the_first_ten(sensor: Sensor, make_drop: MakeDrop, tmp_path: Path) -> None:
    (tmp_path / "shopcart.yaml").write_text("arrival_quiet_seconds: 10000\n")
    register(tmp_path / "state", make_drop({f"2026-10-{day}": [A] for day in range(10, 23)}))
    assert sensor.tick() == {} and sensor.skipped.count("arriving") == 10 and sensor.skipped.endswith("and 3 more")


def test_a_day_under_way_is_not_asked_for_until_its_run_has_ended(
    sensor: Sensor, make_drop: MakeDrop, tmp_path: Path
) -> None:
    register(tmp_path / "state", make_drop({D1: [A], D3: [A]}))
    tags = {"dagster/asset_partition_range_start": D1, "dagster/asset_partition_range_end": D2}
    run = sensor.instance.create_run_for_job(_nothing, tags=tags)
    assert sensor.tick() == {D3: "it arrived"}
    assert sensor.tick() == {} and f"{D1}: run {run.run_id[:8]} is under way" in sensor.skipped
    sensor.instance.report_run_canceled(run)
    assert sensor.tick() == {D1: "it arrived", None: "consent changed"}, "nobody knows which consent that run has read"


def test_a_changed_consent_asks_for_the_days_that_it_judges_otherwise(
    sensor: Sensor, make_drop: MakeDrop, tmp_path: Path
) -> None:
    drop = make_drop({D1: [A], D2: [B]})
    register(tmp_path / "state", drop)
    assert set(sensor.tick()) == {D1, D2}
    tags = {"dagster/asset_partition_range_start": D1, "dagster/asset_partition_range_end": D2}

    def run(*assets: dg.AssetsDefinition) -> None:
        assert dg.materialize(assets, tags=tags, instance=sensor.instance, resources={"platform": Platform()}).success

    run(consent)
    run(delivery)
    assert sensor.tick() == {}
    with (drop / "consent.csv").open("a") as file:
        file.write("b,withdrawn,2026-10-09T00:00:00Z,test\n")
    assert sensor.tick() == {None: "consent changed"}
    assert sensor.tick() == {}
    run(consent)
    assert sensor.tick() == {D2: "consent changed"}
    run(consent)
    assert sensor.tick() == {}, "the same table asks once"
    run(delivery)
    assert Platform().warehouse.read("traffic.sessions", day=D2)["refusal"].to_list() == ["no_consent_withdrawn"]
    assert sensor.tick() == {}


def test_the_runs_that_are_asked_for_are_runs_of_the_job(sensor: Sensor, make_drop: MakeDrop, tmp_path: Path) -> None:
    """A day's run, and the one of the consent table alone, as the daemon would launch them."""
    from shopcart_assets.definitions import defs

    assert arrived_days.job_name == "ingest_days" and arrived_days.default_status == dg.DefaultSensorStatus.STOPPED
    register(tmp_path / "state", make_drop({D1: [A]}))
    job = defs.resolve_job_def("ingest_days")
    assert D1 in daily.get_partition_keys() and D1 in job.partitions_def.get_partition_keys()  # type: ignore[union-attr]
    keys = [dg.AssetKey(["traffic", name]) for name in ("consent", "withdrawals")]
    alone = job.execute_in_process(asset_selection=keys, instance=sensor.instance)
    assert alone.success and Platform().warehouse.read("traffic.consent").height == 3


@dg.job
def _nothing() -> None:
    """A job to have runs of."""
