"""An evaluation that nobody asks for: `shopcart ui` runs, and a checkpoint, a line of policies.yaml and a model on a list appear.

    python -m tests.evaluation.unattended FOLDER

plays it once, kills the workers of two policies in the middle of their predictions, and prints what came of it. Everything that
it makes is under FOLDER.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, chdir, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import yaml

from shopcart_assets import automation
from shopcart_assets.automation import Step
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.jobs import read_rows
from shopcart_assets.platform.settings import Settings, load_settings
from shopcart_assets.traffic import drops
from tests.daemon import Ui, kill, workers
from tests.evaluation.served import leaves
from tests.platform.llm import fake_batches, fake_server
from tests.platform.llm.fake_state import bills

CHECKPOINT, BATCHED, SAMPLED, LISTED = "made-elsewhere", "batched", "sampled", "new-model"
NEW = (CHECKPOINT, BATCHED, SAMPLED, LISTED)
N_SAMPLES = 4
_MOST_SECONDS = 900.0


@dataclass
class Outcome:
    """What came of it. `n_cases`: of each policy of the leaderboard. `paid`, `asked`: how many requests were billed, or sent, so often.

    `n_answers` of the killed local model are there, `n_answers_before` were when it was killed, and `n_answers_after` were computed then.
    """

    n_cases: dict[str, int]
    n_test_cases: int
    paid: dict[int, int]
    asked: dict[int, int]
    n_answers: int
    n_answers_before: int
    n_answers_after: int
    runs: dict[str, int]
    seconds_to_prepare: float
    seconds: float


class Scene:
    """A home with test cases and evaluated built-in policies, two fake servers, and a UI."""

    def __init__(self, folder: Path, batches: fake_batches.FakeBatches, lists: fake_server.FakeServer) -> None:
        self.folder, self.batches, self.lists = folder, batches, lists
        environment = {
            "SHOPCART_STATE": str(folder / "state"),
            "SHOPCART_LAKE": str(folder / "lake"),
            "SHOPCART_PROFILE": "tiny",
            "DAGSTER_HOME": str(folder / "home"),
        }
        os.environ |= environment
        self.ui = Ui(folder, environment | {"SHOPCART_SERVER_KEY": "key"})
        self.answers = folder / "state" / "work" / "generate" / SAMPLED

    @property
    def settings(self) -> Settings:
        """As the files say now."""
        return load_settings(folder=self.folder)

    def prepare(self) -> None:
        """The sample shop up to its test cases, what needs no model evaluated, and the model that the checkpoint will be."""
        from ml_jobs import models

        models.resolve("tiny-random", self.settings.state / "models")
        prices = [{"model": name, "input_usd": 1.0, "output_usd": 5.0} for name in (LISTED, "some-model")]
        self._write("shopcart.yaml", {"watch_minutes": 1, "prices": prices})
        self._write("policies.yaml", {"watch": [self.watch()]})
        self.lists.models = [["old-model"]]
        self.lists.otherwise = fake_server.message('{"action": {"type": "terminate"}}', LISTED)
        with chdir(self.folder), automation.dagster_instance(self.settings) as instance:
            profile, state = self.settings.profile, self.settings.state
            automation.run(Step("the sample shop", "sample_shop"), instance)
            days = drops.days(drops.sample_folder(state, profile.name))
            built_in = [one.name for one in profile.policies if one.model is None]
            evaluate = Step("the built-in policies", "evaluate", built_in[0], built_in[-1])
            automation.run_all([*automation.ingest_steps(days), evaluate], instance, lambda _: None)

    def watch(self) -> dict[str, object]:
        """What policies.yaml watches from the beginning."""
        return {"pattern": "new-*", "base_url": self.lists.url, "server": "anthropic", "budget_usd": 50.0}

    def appear(self) -> None:
        """A checkpoint finishes, two lines are added to policies.yaml, and the watched server lists one more model."""
        asked = {"base_url": self.batches.url, "server": "anthropic", "route": "batch", "budget_usd": 50.0}
        lines = [
            {"name": BATCHED, "model": "some-model", **asked},
            {"name": SAMPLED, "kind": "local", "model": "tiny-random", "n_samples": N_SAMPLES, "temperature": 1.0},
        ]
        self._write("policies.yaml", {"policies": lines, "watch": [self.watch()]})
        self.lists.models = [["old-model", LISTED]]
        settings = self.settings
        (model,) = (file.parent for file in (settings.state / "models").rglob("config.json"))
        row = dict.fromkeys(table("training.checkpoints").schema())
        told = {
            "base_model": "elsewhere",
            "arm": "action_only",
            "seed": 0,
            "config_sha256": "0" * 64,
            "path": str(model),
        }
        frame = pl.DataFrame([row | told], table("training.checkpoints").schema())
        settings.warehouse().write("training.checkpoints", frame, experiment=CHECKPOINT)

    def _write(self, name: str, content: object) -> None:
        """In place at once: the daemon reads it at any moment."""
        aside = self.folder / f"{name}.new"
        aside.write_text(yaml.safe_dump(content))
        aside.replace(self.folder / name)

    def n_answers(self) -> int:
        """Answers of the local model that are on the disk."""
        return len(read_rows(self.answers / "answers"))

    def leaderboard(self) -> dict[str, int]:
        """n_cases by policy, by SQL."""
        file = self.folder / "lake" / "warehouse.duckdb"
        with suppress(duckdb.Error), duckdb.connect(str(file), read_only=True) as connection:
            return dict(connection.execute("select policy, n_cases from evaluation.leaderboard").fetchall())
        return {}


def kill_worker_of(instance: dg.DagsterInstance, policy: str) -> bool:
    """Kills the process that evaluates the policy, if there is one."""
    of_policy = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED], tags={"dagster/partition": policy})
    return any(kill(pid) for run in instance.get_runs(of_policy) for pid in workers(instance, run.run_id))


def run(folder: Path) -> Outcome:
    """The whole scene."""
    folder.mkdir(parents=True, exist_ok=True)
    began, n_before = time.monotonic(), 0
    with ExitStack() as stack:
        batches = stack.enter_context(
            fake_batches.serve(folder / "server", answer=leaves, accept_seconds=1.5, end_after_seconds=3)
        )
        scene = Scene(folder, batches, stack.enter_context(fake_server.serve()))
        scene.prepare()
        n_test_cases = scene.settings.warehouse().read("dataset.cases").height
        prepared = time.monotonic()
        stack.enter_context(scene.ui.running())
        instance = stack.enter_context(dg.DagsterInstance.get())
        scene.appear()
        to_kill: dict[str, Callable[[], int]] = {
            BATCHED: lambda: len(batches.state.page(None, 1)[0]),
            SAMPLED: scene.n_answers,
        }
        while time.monotonic() - prepared < _MOST_SECONDS:
            for policy in [name for name, is_under_way in to_kill.items() if is_under_way()]:
                if kill_worker_of(instance, policy):
                    del to_kill[policy]
                    n_before = scene.n_answers() if policy == SAMPLED else n_before
            board = scene.leaderboard()
            if not to_kill and all(board.get(name) == n_test_cases for name in NEW):
                break
            time.sleep(0.02 if to_kill else 1)
        else:
            raise AssertionError(f"after {_MOST_SECONDS:.0f} s the leaderboard has {board}; not killed: {[*to_kill]}")
        runs = Counter(f"{one.job_name} {one.tags.get('dagster/partition', '')}".strip() for one in instance.get_runs())
    log = (scene.answers / "log-0.txt").read_text()
    keys = {(row["session_id"], row["step"], row["sample"]) for row in read_rows(scene.answers / "answers")}
    return Outcome(
        n_cases=board,
        n_test_cases=n_test_cases,
        paid=dict(Counter(Counter(bill.custom_id for bill in bills(folder / "server")).values())),
        asked=dict(Counter(Counter(json.dumps(body, sort_keys=True) for body in scene.lists.bodies).values())),
        n_answers=len(keys),
        n_answers_before=n_before,
        n_answers_after=int(log.rsplit("answers,", 1)[0].rsplit("/", 1)[1]),
        runs=dict(runs),
        seconds_to_prepare=prepared - began,
        seconds=time.monotonic() - prepared,
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(run(Path(sys.argv[1]))), indent=2) + "\n")
