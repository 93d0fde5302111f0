"""Dagster with years of partitions, as a person meets it: the asset page's queries of a real UI, and what a run costs beyond its work.

    python -m tests.many_partitions FOLDER [--days 1096] [--generators 5] [--range 30] [--files] [--pictures]

fills a history in PostgreSQL (`--files`: in SQLite) with materializations of each day and generator, starts the UI on it, asks
what its asset page asks (`--pictures`: opens it in a browser too, as tests/face does), backfills days of a tiny drop once by a range and once by one day, and prints seconds.
"""

import argparse
import datetime as dt
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import dagster as dg
import yaml
from dagster._core.definitions.partitions.utils.multi import get_tags_from_multi_partition_key
from dagster._core.events import StepMaterializationData

from shopcart_assets.automation import Step, dagster_instance
from shopcart_assets.automation import run as run_step
from shopcart_assets.platform.dagster_yaml import POSTGRES
from shopcart_assets.platform.profiles import ShopConfig
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.traffic import drops
from shopcart_assets.traffic.sample_shop.drop import write_drop
from tests import postgres
from tests.daemon import Ui
from tests.face.years import look
from tests.traffic.importers import browser

BY_GENERATOR = (["reasoning", "requests"], ["reasoning", "responses"], ["reasoning", "rationales"])
BY_DAY = (["context", "actions"], ["context", "contexts"], ["privacy", "events"], ["dataset", "splits"])

RUN = "00000000-0000-0000-0000-000000000000"

QUERIES = {
    "definition": """query($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset { hasDefinitionOrRecord
        assetMaterializations(limit: 1) { timestamp }
        definition { id pools partitionDefinition { description } partitionKeysByDimension { name } metadataEntries { label }
            dependedByKeys { path } dependencyKeys { path } } } } }""",
    "live status": """query($key: AssetKeyInput!) {
        assetNodes(assetKeys: [$key], loadMaterializations: true) { id assetKey { path } opNames staleStatus staleCauses { reason }
            partitionStats { numMaterialized numMaterializing numPartitions numFailed }
            assetMaterializations(limit: 1) { timestamp runId }
            assetChecksOrError { __typename ... on AssetChecks { checks { name } } } }
        assetsLatestInfo(assetKeys: [$key]) { id latestRun { id } unstartedRunIds inProgressRunIds } }""",
    "partition health": """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
        partitionKeysByDimension { name type partitionKeys }
        assetPartitionStatuses { __typename ... on TimePartitionStatuses { ranges { status startKey endKey } }
            ... on MultiPartitionStatuses { primaryDimensionName ranges { primaryDimStartKey primaryDimEndKey secondaryDim {
                ... on DefaultPartitionStatuses { materializedPartitions failedPartitions materializingPartitions }
                ... on TimePartitionStatuses { ranges { status startKey endKey } } } } } } } } }""",
    "recent events": """query($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset { assetEventHistory(limit: 100,
        eventTypeSelectors: [MATERIALIZATION, OBSERVATION, FAILED_TO_MATERIALIZE]) { cursor results { __typename
            ... on MaterializationEvent { timestamp runId partition
                metadataEntries { __typename label ... on IntMetadataEntry { intValue } } } } } } } }""",
    "all partition keys": """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
        partitionKeysByDimension { partitionKeys } partitionKeyConnection(limit: 100, ascending: false) { results } } } }""",
}
"""What the UI asks when an asset's page and its list of partitions are opened, without what is only shown of people and code."""


@dataclass
class Page:
    """An asset's page: seconds of each query when it is asked for the first time, and the median of five more."""

    asset: str
    n_partitions: int
    n_materialized: int
    first_seconds: dict[str, float]
    later_seconds: dict[str, float]


def years(folder: Path, n_days: int, n_generators: int) -> list[str]:
    """A shopcart.yaml whose first day is so long ago, and its generators; the days, today the last."""
    days = [(dt.datetime.now(dt.UTC).date() - dt.timedelta(n)).isoformat() for n in reversed(range(n_days))]
    generators = [{"name": f"g{number}", "model": "none"} for number in range(n_generators)]
    said = {"first_day": dt.date.fromisoformat(days[0]), "generators": generators}
    (folder / "shopcart.yaml").write_text(yaml.safe_dump(said))
    return days


def fill(instance: dg.DagsterInstance, assets: Sequence[list[str]], keys: Sequence[str]) -> None:
    """A materialization of each key of each asset."""
    for asset, start in product(assets, range(0, len(keys), 500)):
        events = [_materialized(asset, key) for key in keys[start : start + 500]]
        instance.event_log_storage.store_event_batch(events)


def _materialized(asset: list[str], key: str) -> dg.EventLogEntry:
    tags = get_tags_from_multi_partition_key(key) if isinstance(key, dg.MultiPartitionKey) else {}
    made = dg.AssetMaterialization(asset, partition=key, metadata={"dagster/row_count": 100}, tags=tags)
    told = StepMaterializationData(made)
    event = dg.DagsterEvent(dg.DagsterEventType.ASSET_MATERIALIZATION.value, "many", event_specific_data=told)
    return dg.EventLogEntry(None, "info", "", RUN, time.time(), None, "many", event)  # type: ignore[no-untyped-call]


def page(ui: Ui, asset: list[str]) -> Page:
    """Asks what the page of an asset asks."""
    first: dict[str, float] = {}
    later: dict[str, float] = {}
    for name, query in QUERIES.items():
        asked = [_timed(lambda query=query: ui.ask(query, key={"path": asset})) for _ in range(6)]  # type: ignore[misc]
        first[name], later[name] = asked[0], round(median(asked[1:]), 3)
    told = ui.ask(QUERIES["live status"], key={"path": asset})["data"]["assetNodes"][0]["partitionStats"]
    return Page("/".join(asset), told["numPartitions"], told["numMaterialized"], first, later)


def _timed(call: Callable[[], Any]) -> float:
    began = time.monotonic()
    said = call()
    assert "errors" not in said, said["errors"]
    return round(time.monotonic() - began, 3)


@dataclass
class Backfilled:
    """A backfill by the daemon: seconds from its launch to the end of its last run, and of those the seconds in which a step ran.

    `overhead_seconds`: what was no step's, for each partition.
    """

    n_partitions: int
    n_runs: int
    seconds: float
    step_seconds: float
    launch_seconds: float
    overhead_seconds: float


_LAUNCH = """mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""


def backfill(ui: Ui, instance: dg.DagsterInstance, days: Sequence[str], most_seconds: float = 900) -> Backfilled:
    """Days of a registered drop up to the dataset stage, as a person asks for them in the UI. Raises AssertionError where a run fails."""
    wanted = {"assetSelection": [{"path": key.path} for key in _ingested()], "partitionNames": list(days)}
    began = time.time()
    answer = ui.ask(_LAUNCH, p=wanted)["data"]["launchPartitionBackfill"]
    assert "backfillId" in answer, answer
    tag = {"dagster/backfill": answer["backfillId"]}
    while time.time() - began < most_seconds:
        state = instance.get_backfill(answer["backfillId"])
        if state and state.status.value.startswith(("COMPLETED", "FAILED", "CANCELED")):
            break
        time.sleep(0.5)
    records = instance.get_run_records(dg.RunsFilter(tags=tag))
    assert records and all(one.dagster_run.status == dg.DagsterRunStatus.SUCCESS for one in records), records
    worked = sum(_step_seconds(instance, one.dagster_run.run_id) for one in records)
    ended = max(one.end_time or 0 for one in records)
    launched = sum((one.start_time or 0) - one.create_timestamp.timestamp() for one in records)
    spent = ended - began
    return Backfilled(
        len(days), len(records), *(round(one, 2) for one in (spent, worked, launched, (spent - worked) / len(days)))
    )


def _ingested() -> list[dg.AssetKey]:
    """What the job ingest_days makes for each day."""
    from shopcart_assets.definitions import defs

    layer = defs.resolve_job_def("ingest_days").asset_layer
    return sorted(key for key in layer.executable_asset_keys if layer.get(key).is_partitioned)


def _step_seconds(instance: dg.DagsterInstance, run_id: str) -> float:
    stats = instance.get_run_step_stats(run_id)
    return sum((one.end_time or 0) - (one.start_time or 0) for one in stats)


def run(
    folder: Path, n_days: int, n_generators: int, n_range: int, is_postgres: bool = True, driver: Path | None = None
) -> dict[str, Any]:
    """The whole measurement; what it makes is under `folder`. `driver` is where the browser's driver is installed, if one is to look."""
    folder.mkdir(parents=True, exist_ok=True)
    days = years(folder, n_days, n_generators)
    with ExitStack() as stack:
        database = {POSTGRES: stack.enter_context(postgres.running())} if is_postgres else {}
        environment = {"SHOPCART_STATE": str(folder / "state"), "SHOPCART_PROFILE": "tiny", **database}
        os.environ.update(environment)
        settings = load_settings(environment, folder)
        _deliver(settings.state, folder / "drop", days[-n_range - 1 :])
        instance = stack.enter_context(dagster_instance(settings))
        keys = [dg.MultiPartitionKey({"day": day, "generator": f"g{n}"}) for day in days for n in range(n_generators)]
        fill(instance, BY_GENERATOR, keys)
        fill(instance, BY_DAY, days)
        if n_range:  # days are taken in with what is known of consent, a table without days
            first = days[-n_range - 1]
            run_step(Step("consent", "ingest_days", first, first), instance, ["traffic"])
        ui = Ui(folder, environment)
        stack.enter_context(ui.running())
        pages = [page(ui, asset) for asset in (BY_GENERATOR[-1], BY_DAY[0])]
        looked = look(ui, driver, days) if driver else {}
        backfills = [backfill(ui, instance, some) for some in (days[-1:], days[-n_range - 1 : -1])] if n_range else []
    told = {"pages": [asdict(one) for one in pages], "backfills": [asdict(one) for one in backfills]}
    return told | ({"in a browser": looked} if driver else {})


def _deliver(state: Path, drop: Path, days: Sequence[str]) -> None:
    first = dt.date.fromisoformat(days[0])
    drops.register(state, write_drop(ShopConfig(4 * len(days), 6 * len(days), first, len(days), 4, seed=0), drop))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for option, default in (("days", 1096), ("generators", 5), ("range", 30)):
        parser.add_argument(f"--{option}", type=int, default=default)
    parser.add_argument("--files", action="store_true")
    parser.add_argument("--pictures", action="store_true")
    given = parser.parse_args()
    where = given.folder.absolute()
    driver = browser.install(where / "driver") if given.pictures else None
    told = run(where, given.days, given.generators, given.range, not given.files, driver)
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
