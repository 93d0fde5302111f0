"""How far an experiment is, from what is there."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from shopcart_assets.platform.launchers import LocalConfig, SlurmConfig
from shopcart_assets.platform.profiles import tiny
from shopcart_assets.training import overview
from shopcart_assets.training.runs import TrainingError

SLURM = SlurmConfig(kind="slurm", nodes=8, gpus_per_node=8)


def test_states_and_steps(tmp_path: Path) -> None:
    first = tiny().experiments[0]
    names = ["whole", "again", "waiting", "stopped", "new"]
    profile = replace(tiny(), experiments=tuple(replace(first, name=name) for name in names))
    for name, n_steps in (("whole", 4), ("again", 1), ("stopped", 2)):
        metrics = tmp_path / "checkpoints" / name / "metrics.jsonl"
        metrics.parent.mkdir(parents=True)
        metrics.write_text("{}\n" * n_steps)
    told = overview.rows(
        profile, LocalConfig(), tmp_path, ["whole", "again"], {"again": "running", "waiting": "queued"}
    )
    found = {row[0]: dict(zip(overview.COLUMNS, row, strict=True)) for row in told}
    assert {name: (row["state"], row["steps_done"]) for name, row in found.items()} == {
        "whole": ("trained", 4),
        "again": ("running", 1),
        "waiting": ("queued", None),
        "stopped": ("interrupted", 2),
        "new": ("not begun", None),
    }
    assert (found["new"]["ranks"], found["new"]["max_steps"], found["new"]["base_model"]) == (2, 4, "tiny-random")


def test_a_cluster_says_its_own_ranks() -> None:
    run = tiny().experiments[0]
    assert overview.as_launched(run, LocalConfig()) == run
    assert overview.as_launched(run, SLURM) == replace(run, train=replace(run.train, world_size=64))


def test_the_estimate_is_computed_elsewhere_and_its_failure_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    found = overview.estimate(tiny(), SLURM)
    assert [(row["base_model"], row["n_runs"], row["ranks"]) for row in found["rows"]] == [("tiny-random", 2, 64)]
    assert overview.totals(found)[0].startswith("2 runs: ") and len(overview.totals(found)) == 2
    assert "shape: 2" in overview.totals({**found, "n_runs_unknown": 2})[1]
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(TrainingError, match="ml_jobs.grid: it printed nothing"):
        overview.estimate(tiny(), LocalConfig())
