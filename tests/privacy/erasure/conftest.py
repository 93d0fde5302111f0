"""A whole lake of the sample shop, from a drop to judged policies, made once; each test has a copy of its own."""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.automation import declare
from shopcart_assets.definitions import defs
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.llm import buying
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.tombstones import Tombstones
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.erasure.run import Estate
from shopcart_assets.traffic import drops
from tests.reasoning.invented_llm import InventedLLM

DAYS = ("2026-09-01", "2026-09-02")
NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
SECRET = "a" * 64
_RANGE = {"dagster/asset_partition_range_start": DAYS[0], "dagster/asset_partition_range_end": DAYS[-1]}


def run(instance: dg.DagsterInstance, job: str, key: str | None = None) -> None:
    """One job of the lineage on this lake."""
    is_daily = job == "ingest_days"
    result = defs.resolve_job_def(job).execute_in_process(
        instance=instance,
        resources={"platform": Platform()},
        partition_key=None if is_daily else key,
        tags=_RANGE if is_daily else {},
    )
    assert result.success


def _enter(patch: pytest.MonkeyPatch, state: Path) -> None:
    for name, value in {"STATE": str(state), "LAKE": str(state / "lake"), "PROFILE": "tiny", "SECRET": SECRET}.items():
        patch.setenv(f"SHOPCART_{name}", value)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder, with the lake in it."""
    state = tmp_path_factory.mktemp("erasure") / "state"
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as instance:
        _enter(patch, state)
        patch.setattr(buying, "open_llm", lambda *_: InventedLLM())
        settings = Platform().settings
        declare(instance, settings.profile)
        run(instance, "sample_shop")
        run(instance, "ingest_days")
        for day in DAYS:
            key = dg.MultiPartitionKey({"day": day, "generator": settings.profile.generators[0].name})
            run(instance, "synthesize", key)
        for policy in ("always_terminate", "majority"):
            run(instance, "evaluate", policy)
        run(instance, "publish")
        _train(settings)
    yield state


def _train(settings: Settings) -> None:
    """The rows of finished runs, and what one of them was given."""
    schema = table("training.checkpoints").schema()
    for one in settings.profile.experiments:
        row = dict.fromkeys(schema) | {"arm": one.arm, "generator": one.generator, "config_sha256": one.name}
        settings.warehouse().write("training.checkpoints", pl.DataFrame([row], schema), experiment=one.name)


@pytest.fixture
def estate(built: Path, tmp_path: Path) -> Estate:
    """A copy of the lake and of the state folder."""
    state = tmp_path / "state"
    shutil.copytree(built, state, ignore=shutil.ignore_patterns("scratch"))
    return estate_at(state)


def estate_at(state: Path) -> Estate:
    warehouse = Warehouse(open_lake(str(state / "lake"), state / "uploads"), state / "lake" / "warehouse.duckdb")
    folder = drops.sample_folder(state, "tiny")
    return Estate(warehouse, Tombstones(warehouse.lake, SECRET.encode()), state, [folder])


Lineage = Callable[..., None]


@pytest.fixture
def lineage(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lineage]:
    """Runs a job of the lineage, for a partition where it has any, on the test's own copy."""
    with dg.DagsterInstance.ephemeral() as instance:
        _enter(monkeypatch, estate.state)
        (estate.state / "drops.json").write_text(json.dumps([str(one) for one in estate.drops]))
        declare(instance, Platform().settings.profile)
        yield partial(run, instance)


@pytest.fixture
def user_id(estate: Estate) -> str:
    """Somebody with the most training sessions."""
    train = estate.warehouse.read("dataset.splits").filter(split="train")
    return str(train["user_id"].value_counts(sort=True)["user_id"][0])
