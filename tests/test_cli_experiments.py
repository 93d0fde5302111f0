"""`shopcart experiments`: the list, and the dry run of the paper's grid without data, weights, network or GPU."""

import json
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from shopcart_assets.automation import dagster_instance
from shopcart_assets.cli import cli
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.profiles import paper


def ask(*options: str) -> str:
    result = CliRunner().invoke(cli, ["experiments", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_list_has_a_users_own_and_who_is_trained_now(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments.yaml").write_text("experiments: [{base_model: tiny-random, arms: action_only, seeds: 1}]")
    with dagster_instance(platform.settings) as instance:
        tags = {"dagster/partition": "tiny-random-action_only-s1"}
        instance.create_run_for_job(dg.GraphDefinition("train").to_job(), tags=tags)
    assert {row["name"]: row["state"] for row in json.loads(ask("--json"))} == {
        "tiny-random-action_only-s0": "not begun",
        "tiny-random-reasoning-s0": "not begun",
        "tiny-random-action_only-s1": "queued",
    }
    assert ask().splitlines()[-2].split()[-1] == "queued"


def test_who_looks_at_another_profile_declares_nothing(platform: Platform) -> None:
    own = platform.settings
    assert len(json.loads(ask("--profile", "paper", "--json"))) == len(paper().experiments)
    with dagster_instance(own) as instance:
        assert len(instance.get_dynamic_partitions("experiments")) == 2


def test_the_papers_whole_grid_runs_dry(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("COLUMNS", "160")
    lines = ask("--profile", "paper", "--dry-run").splitlines()
    assert [line.split()[:4] for line in lines[2:8]] == [
        [base, "9", "64", "449"] for base in dict.fromkeys(one.base_model for one in paper().experiments)
    ]
    in_all = [float(line.split()[-1].replace(",", "")) for line in lines[2:8]]
    said = lines[9]
    assert said.startswith("54 runs: ") and float(said.split()[2].replace(",", "")) == pytest.approx(
        sum(in_all), rel=1e-3
    )
    assert not platform.settings.open_lake().keys("")
