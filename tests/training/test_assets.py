"""The stage in Dagster: what the trainer reports becomes metadata, tables and checks; silence is a failure."""

import json
import signal
import sys
import threading
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.training.definitions import ASSETS, CHECKS
from shopcart_assets.training.launch import LocalLauncher
from tests.processes import eventually, is_running
from tests.training.test_runs import RESULT, metrics

NAME, DAY = "tiny-random-action_only-s0", "2026-10-01"

# Stands for ml_jobs.train: leaves its files behind and reports, as that does.
TRAINER = f"""
import json, sys
from pathlib import Path
from dagster_pipes import open_dagster_pipes
output = Path(json.load(open(sys.argv[1]))["output_dir"])
with open_dagster_pipes() as pipes:
    output.mkdir(parents=True)
    (output / "metrics.jsonl").write_text({"".join(json.dumps(row) + chr(10) for row in metrics(2.0, 1.0))!r})
    (output / "result.json").write_text({json.dumps(RESULT)!r})
    pipes.report_asset_materialization(metadata={{"last_loss_nats": 1.0}})
"""


@pytest.fixture
def conversations(platform: Platform) -> None:
    page = [
        {"role": "user", "content": "<a name='mug'>Mug</a>"},
        {"role": "assistant", "content": '{"type": "terminate"}'},
    ]
    told = {"system": "You shop.", "steps": [{"step": 1, "is_case": False, "turns": page}]}
    frame = pl.DataFrame(
        [
            {
                "session_id": f"s{number}",
                "user_id": f"u{number}",
                "split": "train",
                "steps": json.dumps(told),
                "n_steps": 1,
                "conversation_tokens": 9,
            }
            for number in range(6)
        ]
    )
    assert set(frame.columns) == set(TABLES["dataset.conversations_action_only"].schema())
    platform.warehouse.write("dataset.conversations_action_only", frame, day=DAY)


def materialize(platform: Platform, *, raise_on_error: bool = True) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("experiments", [NAME])
        return dg.materialize(
            [*ASSETS, *CHECKS],
            resources={"platform": platform},
            partition_key=NAME,
            instance=instance,
            raise_on_error=raise_on_error,
        )


def stand_in(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(
        LocalLauncher, "command", lambda self, config, world_size: [sys.executable, "-c", program, str(config)]
    )


@pytest.mark.usefixtures("conversations")
def test_a_run_becomes_tables_metadata_and_passing_checks(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, TRAINER)
    result = materialize(platform)
    assert platform.warehouse.read("training.checkpoints", experiment=NAME)["path"].to_list() == ["/models/x"]
    assert platform.warehouse.read("training.steps", experiment=NAME)["loss_nats"].to_list() == [2.0, 1.0]
    evaluations = result.get_asset_check_evaluations()
    assert len(evaluations) == len(CHECKS)
    assert [one.check_name for one in evaluations if not one.passed] == []
    (seen,) = result.get_asset_observation_events()
    assert (seen.partition, seen.asset_observation_data.asset_observation.metadata["loss_nats"].value) == (NAME, 1.0)
    first, second = result.get_asset_materialization_events()
    assert first.materialization.metadata["last_loss_nats"].value == 1.0
    assert "data:image/svg+xml;base64," in str(second.materialization.metadata["loss"].value)


@pytest.mark.usefixtures("conversations")
@pytest.mark.parametrize("program", ["pass", "import sys; sys.exit(1)"])
def test_a_run_that_reports_nothing_or_fails_is_no_checkpoint(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    stand_in(monkeypatch, program)
    assert not materialize(platform, raise_on_error=False).success
    assert not platform.warehouse.exists("training.checkpoints", experiment=NAME)


@pytest.mark.usefixtures("conversations")
def test_the_steps_of_a_run_that_fails_can_be_read(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, TRAINER + "sys.exit(1)")
    assert not materialize(platform, raise_on_error=False).success
    assert not platform.warehouse.exists("training.checkpoints", experiment=NAME)
    assert platform.warehouse.read("training.steps", experiment=NAME)["loss_nats"].to_list() == [2.0, 1.0]


@pytest.mark.usefixtures("conversations", "interruptible")
def test_a_cancelled_run_ends_what_it_started(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    stand_in(
        monkeypatch,
        f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(600)",
    )
    main = threading.main_thread().ident
    assert main is not None

    def cancel() -> None:
        try:
            eventually(lambda: pid.exists() and pid.read_text() != "")
        finally:
            signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(dg.DagsterExecutionInterruptedError):
        materialize(platform)
    thread.join()
    assert not is_running(int(pid.read_text()))
    assert not platform.warehouse.exists("training.checkpoints", experiment=NAME)


@pytest.mark.slow
@pytest.mark.usefixtures("conversations")
def test_the_tiny_model_is_trained_on_two_ranks(platform: Platform) -> None:
    assert materialize(platform).success
    (row,) = platform.warehouse.read("training.checkpoints", experiment=NAME).to_dicts()
    assert (row["n_steps"], row["world_size"], row["n_sessions"], row["n_sessions_held_out"]) == (4, 2, 5, 1)
    assert row["held_out_loss_nats"] > 0
    assert (Path(row["path"]) / "model.safetensors").exists()
