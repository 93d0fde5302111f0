"""`shopcart show`: a training session, from the tables alone."""

import json
import subprocess
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from shopcart_assets.cli import cli
from shopcart_assets.platform.assets import Platform

NAME = "tiny-random-action_only-s0"


@pytest.fixture
def conversations(platform: Platform) -> None:
    turns = [{"role": "user", "content": "<html>"}, {"role": "assistant", "content": '{"type": "terminate"}'}]
    told = {"system": "You shop.", "steps": [{"step": 1, "is_case": False, "turns": turns}]}
    rows = [(f"s{number}", f"u{number}", "train", json.dumps(told), 1, 9) for number in range(4)]
    names = ("session_id", "user_id", "split", "steps", "n_steps", "conversation_tokens")
    frame = pl.DataFrame(rows, schema=names, orient="row")
    platform.warehouse.write("dataset.conversations_action_only", frame, day="2026-10-01")


def test_the_runs_files_are_written_as_for_training_and_shown(
    platform: Platform, conversations: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def call(command: list[str]) -> int:
        asked.append(command)
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    result = CliRunner().invoke(cli, ["show", NAME, "--session", "-s1", "--full"])
    assert result.exit_code == 0, result.output
    (command,) = asked
    config = Path(command[command.index("--config") + 1])
    assert command[1:3] == ["-m", "ml_jobs.show"] and command[-2:] == ["--session=-s1", "--full"]
    assert config.parent == platform.settings.state / "work" / "show" / NAME
    shown = json.loads(config.read_text())
    assert shown["experiment"]["name"] == NAME and Path(shown["sessions"]).parent == config.parent
    assert not (platform.settings.state / "work" / NAME).exists()


@pytest.mark.slow
def test_a_session_is_shown(platform: Platform, conversations: None, capfd: pytest.CaptureFixture[str]) -> None:
    result = CliRunner().invoke(cli, ["show", NAME])
    assert result.exit_code == 0
    assert '⟦{"type": "terminate"}<|im_end|>⟧' in capfd.readouterr().out


def test_an_unknown_experiment_is_said_so(platform: Platform) -> None:
    result = CliRunner().invoke(cli, ["show", "nothing"])
    assert result.exit_code == 1 and "no experiment 'nothing' in this profile" in str(result.exception)
