"""A run's files: what the trainer is given is what it accepts, and what it leaves behind becomes rows."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ml_jobs.program import read_config
from ml_jobs.trainer import RunConfig
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import tiny
from shopcart_assets.training import runs

ACTION_ONLY, REASONING = tiny().experiments
RESULT: dict[str, Any] = {
    "base_model": "tiny-random",
    "arm": "action_only",
    "generator": None,
    "seed": 0,
    "config_sha256": "f" * 64,
    "path": "/models/x",
    "n_sessions": 3,
    "n_steps": 2,
    "world_size": 2,
    "first_loss_nats": 2.0,
    "last_loss_nats": 1.0,
    "train_seconds": 3.5,
    "peak_memory_bytes": 10**9,
    "n_sessions_held_out": 1,
    "held_out_loss_nats": 1.5,
    "n_sessions_too_long": 0,
}


def conversations(**splits: str) -> pl.DataFrame:
    steps = json.dumps({"system": "You shop, käse.", "steps": [{"step": 1, "is_case": False, "turns": []}]})
    rows = [{"session_id": name, "split": split, "steps": steps} for name, split in splits.items()]
    return pl.DataFrame(rows, schema={"session_id": pl.String(), "split": pl.String(), "steps": pl.String()})


def metrics(*losses: float) -> list[dict[str, Any]]:
    schema = table("training.steps").schema()
    return [{**dict.fromkeys(schema, 1), "step": number, "loss_nats": loss} for number, loss in enumerate(losses, 1)]


def left_behind(run: runs.Run, *losses: float) -> None:
    run.output.mkdir(parents=True)
    (run.output / "result.json").write_text(json.dumps(RESULT))
    (run.output / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in metrics(*losses)))


def test_the_trainer_accepts_what_is_written_for_it(tmp_path: Path) -> None:
    run = runs.Run(REASONING, tmp_path)
    runs.write(run, conversations(b="train", a="train", c="test"))
    config = read_config(RunConfig, run.config)
    assert config.experiment == REASONING
    assert (config.sessions, config.output_dir, config.cache) == (run.sessions, run.output, tmp_path / "models")
    sessions = [json.loads(line) for line in run.sessions.read_text().splitlines()]
    assert [session["session_id"] for session in sessions] == ["a", "b"]
    assert sessions[0]["system"] == "You shop, käse."


def test_equal_conversations_give_equal_bytes_in_any_order(tmp_path: Path) -> None:
    one, two = runs.Run(ACTION_ONLY, tmp_path / "one"), runs.Run(ACTION_ONLY, tmp_path / "two")
    runs.write(one, conversations(a="train", b="train"))
    runs.write(two, conversations(b="train", a="train"))
    assert one.sessions.read_bytes() == two.sessions.read_bytes()


def test_no_training_session_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(runs.TrainingError, match="materialize the dataset's days first"):
        runs.write(runs.Run(ACTION_ONLY, tmp_path), conversations(a="test"))


def test_each_arm_has_its_table(tmp_path: Path) -> None:
    assert runs.conversations_table(ACTION_ONLY) == ("dataset.conversations_action_only", {})
    assert runs.conversations_table(REASONING) == ("dataset.conversations_reasoning", {"generator": "tiny-random"})
    with pytest.raises(runs.TrainingError, match="needs a generator"):
        runs.conversations_table(replace(REASONING, generator=None))


def test_results_and_metrics_become_rows_of_the_dictionary(tmp_path: Path) -> None:
    run = runs.Run(ACTION_ONLY, tmp_path)
    left_behind(run, 2.0, 1.0)
    (row,) = table("training.checkpoints").conform(runs.checkpoint(run)).to_dicts()
    assert row == {name: RESULT[name] for name in row}
    assert table("training.steps").conform(runs.steps(run))["loss_nats"].to_list() == [2.0, 1.0]


def test_a_run_that_has_not_finished_has_no_rows(tmp_path: Path) -> None:
    run = runs.Run(ACTION_ONLY, tmp_path)
    for read in (runs.checkpoint, runs.steps):
        with pytest.raises(runs.TrainingError, match="materialize training/checkpoints first"):
            read(run)


@pytest.mark.parametrize(
    ("losses", "learned"), [([2.0, 1.0], True), ([1.0, 2.0], False), ([1.0], False), ([3.0, *[9.0] * 8, 2.9], True)]
)
def test_has_learned(losses: list[float], learned: bool) -> None:
    assert runs.has_learned(pl.DataFrame(metrics(*losses))) is learned


@pytest.mark.parametrize("losses", [[2.0, 1.0, 0.5], [0.0], [1.0]])
def test_the_curve_is_a_picture_with_a_point_a_step(losses: list[float]) -> None:
    root = ET.fromstring(runs.loss_curve(pl.DataFrame(metrics(*losses))))
    (line,) = root.iter("{http://www.w3.org/2000/svg}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert len(points) == len(losses)
    assert all(0 <= x <= 640 and 0 <= y <= 240 for x, y in points)
    assert [y for _, y in points] == sorted(y for _, y in points)
