"""What a whole grid of experiments takes, before there is data, weights or a GPU: JSON on standard input, JSON on standard output.

Groups and sums. The arithmetic of one run is in `estimate.py`.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ml_jobs.estimate import ASSUMED_MFU, PEAK_FLOPS, Sessions, memory, row_tokens, work
from ml_jobs.lengths import draw
from ml_jobs.packing import Load
from ml_jobs.program import log
from ml_jobs.sessions import n_steps
from ml_jobs.shape import SHAPES
from shopcart_assets.platform.experiment import ExperimentConfig, TrainConfig


@dataclass(frozen=True)
class Grid:
    """The experiments, and what is assumed of the sessions that they are trained on: how many, and tokens of a page."""

    experiments: tuple[ExperimentConfig, ...]
    n_sessions: int
    page_tokens: int


@dataclass(frozen=True)
class Row:
    """Runs of one base model and one setting, whatever their arm and seed. Figures are None where the model's shape is not known.

    `setting` says what only some of the grid's runs have. `memory_gb` is for one rank; `hours` and `gpu_hours` are for one run,
    `gpu_hours_in_all` for all `n_runs`.
    """

    base_model: str
    setting: str
    n_runs: int
    ranks: int
    steps: int
    row_tokens: int
    memory_gb: float | None
    hours: float | None
    gpu_hours: float | None
    gpu_hours_in_all: float | None


def rows(grid: Grid) -> list[Row]:
    """A row for each base model and setting, in the order of the grid. Arms differ in less than the estimate knows."""
    counts = Counter((one.base_model, one.train) for one in grid.experiments)
    varying = _varying([train for _, train in counts])
    return [_row(base, train, n_runs, varying, grid) for (base, train), n_runs in counts.items()]


def _varying(trains: Sequence[TrainConfig]) -> list[str]:
    fields = [asdict(train) for train in trains]
    return [name for name in asdict(TrainConfig()) if len({one[name] for one in fields}) > 1]


def _row(base: str, train: TrainConfig, n_runs: int, varying: Sequence[str], grid: Grid) -> Row:
    lengths = [one.n_tokens for one in draw(grid.n_sessions, grid.page_tokens, train.max_tokens, seed=0)]
    shape = SHAPES.get(base)
    hours = _hours(work(shape, train, Sessions(lengths, is_assumed=True))) if shape else None
    return Row(
        base_model=base,
        setting=", ".join(f"{name}={getattr(train, name)}" for name in varying),
        n_runs=n_runs,
        ranks=train.world_size,
        steps=n_steps(len(lengths), train.sessions_per_step, train.max_steps),
        row_tokens=row_tokens(train),
        memory_gb=memory(shape, train).total / 1e9 if shape else None,
        hours=hours,
        gpu_hours=None if hours is None else hours * train.world_size,
        gpu_hours_in_all=None if hours is None else n_runs * hours * train.world_size,
    )


def _hours(flops: Load) -> float:
    return flops.waited_for / (PEAK_FLOPS * ASSUMED_MFU) / 3600


def estimate(grid: Grid) -> dict[str, Any]:
    """Its rows, their totals over all runs that could be estimated, and what is assumed."""
    found = rows(grid)
    known = [one for one in found if one.hours is not None]
    return {
        "rows": [asdict(one) for one in found],
        "n_runs": sum(one.n_runs for one in found),
        "n_runs_unknown": sum(one.n_runs for one in found if one.hours is None),
        "memory_gb": max((one.memory_gb or 0 for one in known), default=0.0),
        "hours": sum(one.n_runs * (one.hours or 0) for one in known),
        "gpu_hours": sum(one.gpu_hours_in_all or 0 for one in known),
        "assumed_mfu": ASSUMED_MFU,
        "peak_flops": PEAK_FLOPS,
    }


def main() -> int:
    """Reads a Grid, writes its estimate. 1 and a line on standard error where it is none."""
    try:
        grid = TypeAdapter(Grid).validate_json(sys.stdin.buffer.read())
    except ValidationError as error:
        log(f"error: no grid on standard input: {error.errors(include_input=False, include_url=False)[0]['msg']}")
        return 1
    sys.stdout.write(json.dumps(estimate(grid)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
