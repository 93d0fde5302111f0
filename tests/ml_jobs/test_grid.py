"""The dry run of a grid: every run is counted once, and sums are the rows'."""

import io
import json
import sys
from dataclasses import asdict, replace

import pytest

from ml_jobs.estimate import memory
from ml_jobs.grid import Grid, estimate, main, rows
from ml_jobs.shape import SHAPES
from shopcart_assets.platform.experiment import ExperimentConfig
from shopcart_assets.platform.profiles import demo

RUN = demo().experiments[0]
ADAPTERS = replace(RUN.train, lora_rank=8)


def grid(*experiments: ExperimentConfig) -> Grid:
    return Grid(experiments, n_sessions=40, page_tokens=300)


def test_runs_of_one_base_model_and_setting_are_one_row() -> None:
    (row,) = rows(grid(RUN, replace(RUN, seed=1), replace(RUN, arm="reasoning", generator="human")))
    assert (row.n_runs, row.ranks, row.steps, row.setting, row.row_tokens) == (3, 2, 10, "", 1_536)
    assert row.memory_gb == memory(SHAPES["smollm2-135m"], RUN.train).total / 1e9
    assert row.hours and row.gpu_hours == 2 * row.hours and row.gpu_hours_in_all == 3 * row.gpu_hours


def test_settings_are_told_apart_and_what_is_unknown_is_left_out_of_sums() -> None:
    unknown = replace(RUN, base_model="org/unknown")
    found = estimate(grid(RUN, replace(RUN, train=ADAPTERS), unknown))
    assert [(one["base_model"], one["setting"]) for one in found["rows"]] == [
        ("smollm2-135m", "lora_rank=None"),
        ("smollm2-135m", "lora_rank=8"),
        ("org/unknown", "lora_rank=None"),
    ]
    known, last = found["rows"][:2], found["rows"][2]
    assert last["memory_gb"] is last["hours"] is last["gpu_hours_in_all"] is None
    assert (found["n_runs"], found["n_runs_unknown"]) == (3, 1)
    assert found["gpu_hours"] == pytest.approx(sum(one["gpu_hours_in_all"] for one in known))
    assert found["hours"] == pytest.approx(sum(one["hours"] for one in known))
    assert found["memory_gb"] == max(one["memory_gb"] for one in known)


def test_the_program_reads_a_grid_and_refuses_what_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(text: str) -> int:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return main()

    assert ask(json.dumps(asdict(grid(RUN)))) == 0
    assert json.loads(capsys.readouterr().out) == estimate(grid(RUN))
    assert ask("{}") == 1
    assert capsys.readouterr().err.startswith("error: no grid on standard input: Field required")
