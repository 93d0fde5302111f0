"""A home in which everything is still to be done, its UI, and a person before it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import yaml
from dagster._core.storage.dagster_run import FINISHED_STATUSES

from shopcart_assets.platform.automation import under_way
from shopcart_assets.platform.profiles import tiny
from shopcart_assets.traffic.sample_shop.drop import write_drop
from tests.daemon import Ui
from tests.face.person import Person, at_browser
from tests.platform.llm import fake_server

ROOT = Path(__file__).parents[2]
GENERATOR, EXPERIMENT, POLICY, TORN = "served", "endless", "latecomer", "2026-10-07"
WEEK = [f"2026-10-0{n}" for n in range(1, 8)]


@dataclass
class Scene:
    """`person` sits before the UI of the home `folder`, whose configuration files are written by `declare`."""

    folder: Path
    environment: dict[str, str]
    person: Person
    ui: Ui

    @property
    def state(self) -> Path:
        """Where everything of this home lies."""
        return self.folder / ".shopcart"

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows, as any DuckDB client reads them."""
        with duckdb.connect(str(self.state / "lake" / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def has_partition(self, definition: str, key: str) -> bool:
        """Whether the UI knows this dynamic partition by now."""
        with dg.DagsterInstance.from_config(str(self.state / "dagster")) as instance:
            return instance.has_dynamic_partition(definition, key)

    def backfills(self) -> list[str]:
        """How each backfill is that was asked for."""
        with dg.DagsterInstance.from_config(str(self.state / "dagster")) as instance:
            return [one.status.value for one in instance.get_backfills()]

    def is_idle(self) -> bool:
        """Whether no run is under way: an erasure waits for none."""
        with dg.DagsterInstance.from_config(str(self.state / "dagster")) as instance:
            return not under_way(instance)

    def has_finished(self, job: str, n_runs: int = 1, partition: str | None = None) -> bool:
        """Whether so many runs of the job, for the partition, have ended, well or not."""
        tags = {"dagster/partition": partition} if partition else {}
        finished = dg.RunsFilter(job_name=job, tags=tags, statuses=list(FINISHED_STATUSES))
        with dg.DagsterInstance.from_config(str(self.state / "dagster")) as instance:
            return instance.get_runs_count(finished) >= n_runs

    def shopcart(self, *command: str) -> str:
        """The command line in this home; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "shopcart_assets.cli", *command],
            cwd=self.folder,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def declare(self, name: str, content: object) -> None:
        """In place at once: the daemon reads it at any moment."""
        aside = self.folder / f".{name}.new"
        aside.write_text(yaml.safe_dump(content))
        aside.replace(self.folder / name)


def a_week(folder: Path) -> Path:
    """A drop of seven days (simulated), the last of which was delivered torn: a third of its lines are cut off."""
    first = pl.Series([WEEK[0]]).str.to_date()[0]
    drop = write_drop(replace(tiny().shop, first_day=first, n_days=7, seed=11), folder / "week")
    for told in drop.glob("*/events.jsonl"):  # the demo's shop counts its sessions from zero too
        told.write_text(told.read_text("utf-8").replace('"session_id": "s', '"session_id": "w'), "utf-8")
    events = drop / TORN / "events.jsonl"
    lines = events.read_text("utf-8").splitlines()
    torn = [json.dumps(line)[: len(line) // 2] if number % 3 == 0 else line for number, line in enumerate(lines)]
    events.write_text("\n".join(torn) + "\n", "utf-8")
    return drop


@contextmanager
def playing(folder: Path, driver: Path) -> Iterator[Scene]:
    """The UI runs over an empty home of the profile `tiny`, with a generator behind a server (fake) beside the local one."""
    environment = {
        "SHOPCART_STATE": str(folder / ".shopcart"),
        "SHOPCART_SERVER_KEY": "key",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }
    with fake_server.serve() as server:
        served = {"name": GENERATOR, "model": "fake-1", "base_url": server.url, "server": "anthropic"}
        declared = {
            "profile": "tiny",
            "generators": [served | {"output": "sentence", "page_tokens": 28, "budget_usd": 5.0}],
            "prices": [{"model": "fake-1", "input_usd": 1.0, "output_usd": 5.0}],
        }
        (folder / "shopcart.yaml").write_text(yaml.safe_dump(declared))
        ui = Ui(folder, environment)
        with ui.running(), at_browser(driver, f"http://127.0.0.1:{ui.port}") as person:
            yield Scene(folder, environment, person, ui)
