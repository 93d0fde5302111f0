"""The lineage with nothing but work files on this machine: tables on a real S3 server, Dagster's history in a real PostgreSQL.

Every stage runs, with one experiment and few policies: test_end_to_end has all of them.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dagster_yaml import POSTGRES
from shopcart_assets.platform.lake import Lake, open_lake
from shopcart_assets.platform.warehouse import Warehouse
from tests import postgres
from tests.object_store import SECRET, Store
from tests.test_end_to_end import Home

pytestmark = pytest.mark.slow

EXPERIMENT = "tiny-random-action_only-s0"
POLICIES = {"oracle", "always_terminate", "markov_1", EXPERIMENT}
_DEMO = f"""
import sys
from shopcart_assets import automation, cli

whole = automation.demo_steps
asked = {POLICIES | {"2026-09-01|tiny-random"}}

def fewer(*told):
    *steps, publish = whole(*told)
    return [*(one for one in steps if one.job == "ingest_days" or one.partition in asked), publish]

automation.demo_steps = fewer
sys.argv = ["shopcart", "demo"]
cli.main()
"""


class RemoteHome(Home):
    """As a home, with the lake at `url`."""

    def __init__(self, folder: Path, url: str, environment: dict[str, str]) -> None:
        super().__init__(folder)
        self.url = url
        self.environ |= {"SHOPCART_LAKE": url, **environment}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        if arguments != ("demo",):
            return super().start(*arguments)
        return subprocess.Popen(
            [sys.executable, "-c", _DEMO],
            env=self.environ,
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    @property
    def lake(self) -> Lake:
        return open_lake(self.url, self.folder / "uploads")

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.lake, self.folder / "warehouse.duckdb")

    def killed(self, prefix: str, *arguments: str) -> None:
        """A command that is killed when the lake has something under `prefix`."""
        process = self.start(*arguments)
        deadline = time.monotonic() + 1_200
        while not self.lake.keys(prefix) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
        output, _ = process.communicate()
        assert process.returncode == -signal.SIGKILL and self.lake.keys(prefix), output


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, object_store: Store) -> Iterator[RemoteHome]:
    """After a `shopcart demo` that was killed while it judged, and then completed."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        database = "" if postgres.missing() else stack.enter_context(postgres.running())
        environment = object_store.environment | ({POSTGRES: database} if database else {})
        for name, value in object_store.environment.items():
            patch.setenv(name, value)
        one = RemoteHome(tmp_path_factory.mktemp("remote"), object_store.new_lake(), environment)
        one.killed("evaluation/verdicts/", "demo")
        one.shopcart("demo")
        yield one


def test_killed_and_started_again_every_policy_is_judged_over_the_same_cases(home: RemoteHome) -> None:
    accuracy = home.warehouse.read("evaluation.accuracy")
    assert set(accuracy["policy"]) == POLICIES
    assert accuracy["n_cases"].n_unique() == 1 and accuracy["coverage"].to_list() == [1.0] * accuracy.height


def test_tables_and_history_are_elsewhere_and_no_secret_is_written_down(home: RemoteHome) -> None:
    here = [path for path in home.folder.rglob("*") if path.is_file()]
    assert home.lake.keys("context/contexts/") and not (home.folder / "lake").exists()
    secrets = [
        SECRET,
        *(part for part in [home.environ.get(POSTGRES, "").rpartition("@")[0].rpartition(":")[2]] if part),
    ]
    assert not [path for path in here if any(one.encode() in path.read_bytes() for one in secrets)]
    if POSTGRES in home.environ:
        assert not [path for path in here if path.suffix == ".db"]


def test_sql_reads_the_store(home: RemoteHome) -> None:
    asked = home.shopcart("sql", "--format", "csv", "select count(*) as n from context.actions")
    assert int(asked.split()[1]) == home.warehouse.read("context.actions").height > 0
    assert "always_terminate" in home.shopcart("sql", "select policy, macro_accuracy_pct from evaluation.leaderboard")


def test_who_is_erased_is_gone_from_the_store_and_the_history(home: RemoteHome) -> None:
    user_id = home.warehouse.read("context.actions")["user_id"][0]
    home.killed("tombstones/", "erase", user_id)
    home.shopcart("erase", user_id)
    assert home.warehouse.read("context.actions").filter(pl.col("user_id") == user_id).is_empty()
    left = home.warehouse.read("privacy.erasures").filter(pl.col("n_left") > 0, pl.col("kind") != "drop")
    assert left.is_empty(), left.to_dicts()
    assert list((home.folder / "uploads").iterdir()) == [], "what killed writers left went too"
    assert user_id not in b"".join(home.lake.open(key).read() for key in home.lake.keys("dataset/")).decode("latin-1")
