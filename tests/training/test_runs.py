"""A run's files: what the trainer is given is what it accepts, and what it leaves behind becomes rows."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_jobs.program import read_config
from ml_jobs.trainer import RunConfig
from shopcart_assets.dataset.conversation import EMPTY_THOUGHT, has_thoughts, prompt
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
    rows = [(name, f"user of {name}", split, steps) for name, split in splits.items()]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("session_id", "user_id", "split", "steps"), pl.String), orient="row"
    )


def written(path: Path) -> list[str]:
    return [json.loads(line)["session_id"] for line in path.read_text().splitlines()]


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
    assert config.held_out == run.held_out
    assert config.source == "dataset.conversations_reasoning generator=tiny-random"
    assert sorted([*written(run.sessions), *written(run.held_out)]) == ["a", "b"]
    assert json.loads(run.sessions.read_text().splitlines()[0])["system"] == "You shop, käse."


def test_a_single_user_is_trained_on_and_nobody_held_out(tmp_path: Path) -> None:
    run = runs.Run(ACTION_ONLY, tmp_path)
    runs.write(run, conversations(a="train", b="test"))
    assert (written(run.sessions), read_config(RunConfig, run.config).held_out) == (["a"], None)


@given(n_users=st.integers(1, 60), share=st.floats(0, 1), seed=st.integers(0, 3))
def test_held_out_users_are_a_seeded_share_and_leave_somebody(n_users: int, share: float, seed: int) -> None:
    users = pl.Series([f"u{number}" for number in range(n_users)])
    held_out = runs.held_out_users(users, share, seed)
    assert held_out == runs.held_out_users(users.reverse(), share, seed)
    assert set(held_out) < set(users)
    assert bool(held_out) == (share > 0 and n_users > 1)
    assert abs(len(held_out) - share * n_users) <= 1


def test_another_seed_holds_out_other_users() -> None:
    users = pl.Series([f"u{number}" for number in range(50)])
    assert runs.held_out_users(users, 0.2, 0) != runs.held_out_users(users, 0.2, 1)


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


def test_the_arm_think_is_written_from_the_reasoning_conversations_half_without_thoughts(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": text} for text in ("<html>", "I look.", "<|end_of_rationale|>", "{}")]
    steps = json.dumps({"system": "You say why.", "steps": [{"step": 1, "is_case": False, "turns": turns}]})
    told = conversations(**{f"s{number}": "train" for number in range(40)}).with_columns(steps=pl.lit(steps))
    run = runs.Run(replace(REASONING, arm="think"), tmp_path)
    runs.write(run, told)
    assert read_config(RunConfig, run.config).experiment.arm == "think"
    sessions = [json.loads(line) for path in (run.sessions, run.held_out) for line in path.open()]
    assert {one["system"] for one in sessions} == {prompt("think")}
    replies = {one["session_id"]: one["steps"][0]["turns"][1]["content"] for one in sessions}
    assert replies == {
        name: "<think>\nI look.\n</think>\n\n{}" if has_thoughts(name) else f"{EMPTY_THOUGHT}{{}}" for name in replies
    }
    assert len(set(replies.values())) == 2
    assert runs.conversations_table(run.experiment) == runs.conversations_table(REASONING)


def test_results_and_metrics_become_rows_of_the_dictionary(tmp_path: Path) -> None:
    run = runs.Run(ACTION_ONLY, tmp_path)
    left_behind(run, 2.0, 1.0)
    (row,) = table("training.checkpoints").conform(runs.checkpoint(run)).to_dicts()
    assert row == {name: RESULT[name] for name in row}
    assert table("training.steps").conform(runs.steps(run))["loss_nats"].to_list() == [2.0, 1.0]


def test_a_line_that_is_still_being_written_is_no_row() -> None:
    lines = "".join(json.dumps(row) + "\n" for row in metrics(2.0, 1.0)).encode()
    assert runs.read_steps(lines[:-3])["loss_nats"].to_list() == [2.0]
    assert runs.read_steps(b'{"step": 1').is_empty()


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
