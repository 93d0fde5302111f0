"""A backfill of rationales as a person does it, over days and generators from the UI's GraphQL, while its runs are killed.

    python -m tests.reasoning.backfill FOLDER [--kills 20] [--seed 0] [--days 7]

starts the UI with its daemon and a fake of Anthropic's batches, launches the backfill, kills workers by SIGKILL at random moments,
and prints what came of it. Everything that it makes is under FOLDER.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.warehouse import Warehouse
from tests.daemon import Ui, kill, workers
from tests.platform.llm.fake_state import bills
from tests.reasoning.journey import actions, contexts

GENERATORS = ("first", "second")
_TABLES = ("requests", "cost_preflight", "responses", "rationales", "quarantine")
_LAUNCH = """mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
_STEPS_A_DAY = 8


@dataclass
class Outcome:
    """What came of it. `paid`: how many requests were billed so often, of `n_requests`; `left`: actions that have neither rationale nor final place."""

    n_kills: int
    n_backfills: int
    statuses: list[str]
    paid: dict[int, int]
    n_requests: int
    left: int
    n_rationales: int
    n_runs: int
    seconds: float


class Scene:
    """A home with days of actions, two generators that ask the fake, and a UI."""

    def __init__(self, folder: Path, n_days: int, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.days = [f"2026-09-{number:02d}" for number in range(1, n_days + 1)]
        self.warehouse = Warehouse(open_lake(str(folder / "lake"), folder / "up"), folder / "lake" / "warehouse.duckdb")
        self.environment = {
            "SHOPCART_STATE": str(folder / "state"),
            "SHOPCART_LAKE": str(folder / "lake"),
            "SHOPCART_PROFILE": "tiny",
            "SHOPCART_SERVER_KEY": "key",
            "DAGSTER_HOME": str(folder / "home"),
        }
        self.ui = Ui(folder, self.environment)

    def prepare(self, url: str) -> None:
        """The days' actions, and the generators in shopcart.yaml."""
        for day in self.days:
            taken = actions(f"{day}-a", f"{day}-b")
            # Days differ in what was typed, so that no day's answers serve another's.
            self.warehouse.write("context.actions", taken.with_columns(text=taken["text"] + f" {day}"), day=day)
            self.warehouse.write("context.contexts", contexts(), day=day)
        asked = {"base_url": url, "server": "anthropic", "route": "batch", "output": "sentence", "page_tokens": 28}
        declared = [asked | {"name": name, "model": f"model-{name}", "budget_usd": 5.0} for name in GENERATORS]
        prices = [{"model": f"model-{name}", "input_usd": 1.0, "output_usd": 5.0} for name in GENERATORS]
        (self.folder / "shopcart.yaml").write_text(yaml.safe_dump({"generators": declared, "prices": prices}))

    def launch(self) -> str:
        """The backfill of what has no rationale yet; its id."""
        keys = [f"{day}|{name}" for name in GENERATORS for day in self.days if self.left(day, name)]
        wanted = {"assetSelection": [{"path": ["reasoning", name]} for name in _TABLES], "partitionNames": keys}
        return str(self.ui.ask(_LAUNCH, p=wanted)["data"]["launchPartitionBackfill"]["backfillId"])

    def left(self, day: str, name: str) -> int:
        """Actions of a day that have neither a rationale nor a final place in quarantine."""
        key = {"day": day, "generator": name}
        if not all(self.warehouse.exists(f"reasoning.{table}", **key) for table in ("rationales", "quarantine")):
            return _STEPS_A_DAY
        kept, rejected = (self.warehouse.read(f"reasoning.{table}", **key) for table in ("rationales", "quarantine"))
        return _STEPS_A_DAY - kept.height - rejected.filter("is_final").height

    def all_left(self) -> int:
        """The same of all days and generators."""
        return sum(self.left(day, name) for name in GENERATORS for day in self.days)

    def kill_a_worker(self, instance: dg.DagsterInstance) -> bool:
        """Kills one run's process, if there is any, after a random part of a second."""
        time.sleep(self.random.uniform(0, 1))
        started = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        pids = [pid for run in started for pid in workers(instance, run.run_id)]
        return bool(pids) and kill(self.random.choice(pids))


@contextmanager
def _fake(folder: Path) -> Iterator[str]:
    """A fake server in a process of its own; gives its address."""
    command = [sys.executable, "-m", "tests.platform.llm.fake_batches", "--state", str(folder / "server")]
    rules = ["--end-after-seconds", "3", "--accept-seconds", "0.3", "--answer", "tests.reasoning.backfill:say"]
    with subprocess.Popen([*command, *rules], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def say(_: Any) -> str:
    """A valid rationale."""
    return "I want a closer look at it."


def run(folder: Path, n_days: int = 7, n_kills: int = 0, seed: int = 0, most_seconds: float = 1_200) -> Outcome:
    """The whole scene: launches, kills, waits, and launches again what no daemon takes up any more."""
    folder.mkdir(parents=True, exist_ok=True)
    scene, began, n_done, n_backfills = Scene(folder, n_days, seed), time.monotonic(), 0, 0
    statuses: list[str] = []
    with ExitStack() as stack:
        scene.prepare(stack.enter_context(_fake(folder)))
        stack.enter_context(scene.ui.running())
        os.environ["DAGSTER_HOME"] = scene.environment["DAGSTER_HOME"]
        instance = stack.enter_context(dg.DagsterInstance.get())
        while scene.all_left() and time.monotonic() - began < most_seconds:
            backfill = scene.launch()
            n_backfills += 1
            while scene.all_left() and time.monotonic() - began < most_seconds:
                n_done += n_done < n_kills and scene.kill_a_worker(instance)
                time.sleep(0.2 if n_done < n_kills else 2)
                if _has_ended(instance, backfill) and not _is_busy(instance) and not _is_under_way(scene):
                    break
            while not _has_ended(instance, backfill) and time.monotonic() - began < most_seconds:
                time.sleep(2)
            statuses.append(str(instance.get_backfill(backfill).status.value))  # type: ignore[union-attr]
        n_runs = instance.get_runs_count()
    billed = Counter(bill.custom_id for bill in bills(folder / "server"))
    kept = scene.warehouse.read("reasoning.rationales").height
    asked = scene.warehouse.read("reasoning.responses")["request_key"].n_unique()
    spent = time.monotonic() - began
    paid = dict(Counter(billed.values()))
    return Outcome(n_done, n_backfills, statuses, paid, asked, scene.all_left(), kept, n_runs, spent)


def _has_ended(instance: dg.DagsterInstance, backfill_id: str) -> bool:
    backfill = instance.get_backfill(backfill_id)
    return backfill is not None and backfill.status.value.startswith(("COMPLETED", "FAILED", "CANCELED"))


def _is_busy(instance: dg.DagsterInstance) -> bool:
    waiting = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    return bool(instance.get_runs_count(dg.RunsFilter(statuses=waiting)))


def _is_under_way(scene: Scene) -> bool:
    return bool((scene.warehouse.read("reasoning.responses")["state"] == "under_way").any())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for option, default in (("days", 7), ("kills", 20), ("seed", 0)):
        parser.add_argument(f"--{option}", type=int, default=default)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(asdict(run(given.folder, given.days, given.kills, given.seed)), indent=2) + "\n")
