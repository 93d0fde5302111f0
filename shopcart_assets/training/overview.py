"""The declared experiments as people see them: what each is and how far it is, and what all of them will take.

Rows and lines. Who asks is the command line; the estimate is computed by `ml_jobs.grid`, in a process of its own.
"""

import json
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from shopcart_assets.platform.launchers import LauncherConfig, LocalConfig
from shopcart_assets.platform.profiles import ExperimentConfig, Profile
from shopcart_assets.training.runs import Run, TrainingError

# Of the paper's pages; a smaller budget of tokens a page makes them smaller.
_PAGE_TOKENS = 4_000

COLUMNS = ("name", "base_model", "arm", "generator", "seed", "ranks", "max_steps", "steps_done", "state")


def as_launched(experiment: ExperimentConfig, launcher: LauncherConfig) -> ExperimentConfig:
    """The experiment on the ranks that it will have: a cluster says its own."""
    if isinstance(launcher, LocalConfig):
        return experiment
    return replace(experiment, train=replace(experiment.train, world_size=launcher.world_size))


def rows(
    profile: Profile, launcher: LauncherConfig, state: Path, trained: Collection[str], under_way: Mapping[str, str]
) -> list[tuple[Any, ...]]:
    """COLUMNS of each experiment. `max_steps` None = one epoch; `steps_done` None = its metrics tell of none.

    `under_way`: `running` or `queued` by experiment. State is one of these, else `trained`, `interrupted` (begun, and nobody
    goes on with it) or `not begun`.
    """
    return [
        (
            one.name,
            one.base_model,
            one.arm,
            one.generator,
            one.seed,
            as_launched(one, launcher).train.world_size,
            one.train.max_steps,
            done := _steps_done(Run(one, state).metrics),
            under_way.get(one.name) or ("trained" if one.name in trained else "interrupted" if done else "not begun"),
        )
        for one in profile.experiments
    ]


def _steps_done(metrics: Path) -> int | None:
    return metrics.read_bytes().count(b"\n") if metrics.exists() else None


def estimate(profile: Profile, launcher: LauncherConfig) -> dict[str, Any]:
    """What `ml_jobs.grid` says of the whole grid, as if the profile's sessions were there. Raises TrainingError."""
    grid = {
        "experiments": [asdict(as_launched(one, launcher)) for one in profile.experiments],
        "n_sessions": round(profile.shop.n_sessions * (1 - profile.split.test_share)),
        "page_tokens": min(_PAGE_TOKENS, profile.context.token_budget or _PAGE_TOKENS),
    }
    command = [sys.executable, "-m", "ml_jobs.grid"]
    done = subprocess.run(command, input=json.dumps(grid), capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise TrainingError(f"ml_jobs.grid: {(done.stderr.strip().splitlines() or ['it printed nothing'])[-1]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def totals(found: Mapping[str, Any]) -> list[str]:
    """The estimate's sums, what is left out of them and what they assume, as lines for people."""
    unknown, n_runs = found["n_runs_unknown"], found["n_runs"]
    left_out = [f"left out, because ml_jobs/shape.py does not know the base model's shape: {unknown}"]
    return [
        f"{n_runs} runs: {found['gpu_hours']:,.4g} GPU-hours; {found['hours']:,.4g} hours one after another; "
        f"at most {found['memory_gb']:.4g} GB a rank",
        *(left_out if unknown else []),
        f"assumed: {found['assumed_mfu']:.0%} of {found['peak_flops'] / 1e12:.0f} TFLOP/s a GPU reached (H200, bf16; on a CPU "
        "time means nothing), sessions as many and as long as the profile's; `shopcart estimate` says more of each model",
    ]
