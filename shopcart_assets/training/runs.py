"""A run's files: what `ml_jobs.train` is given, and what it leaves behind as rows of the lake.

Work files lie in `<state>/work/<experiment>/`, results in `<state>/checkpoints/<experiment>/`. Nothing is launched here.
"""

import html
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import ExperimentConfig

_WIDTH, _HEIGHT, _MARGIN = 640, 240, 36


class TrainingError(ValueError):
    """A run that cannot start or that left nothing behind; the message says what to do."""


@dataclass(frozen=True)
class Run:
    """Where one experiment's files lie."""

    experiment: ExperimentConfig
    state: Path

    @property
    def config(self) -> Path:
        """What `ml_jobs.train` reads."""
        return self.state / "work" / self.experiment.name / "run.json"

    @property
    def sessions(self) -> Path:
        """The training sessions as JSON lines."""
        return self.config.with_name("sessions.jsonl")

    @property
    def output(self) -> Path:
        """Where result.json, metrics.jsonl and the model are put."""
        return self.state / "checkpoints" / self.experiment.name


def conversations_table(experiment: ExperimentConfig) -> tuple[str, dict[str, str]]:
    """The table that holds the experiment's conversations, and the partition columns that pick them out of it."""
    if experiment.arm == "action_only":
        return "dataset.conversations_action_only", {}
    if experiment.generator is None:
        raise TrainingError(f"experiment {experiment.name}: the reasoning arm needs a generator")
    return "dataset.conversations_reasoning", {"generator": experiment.generator}


def write(run: Run, conversations: pl.DataFrame) -> None:
    """Puts the run's sessions and configuration in place. `conversations` are all days'; only split train is written.

    Sorted by session, so that equal conversations give equal bytes. Raises TrainingError where nothing is to be trained on.
    """
    told = conversations.filter(pl.col("split") == "train").sort("session_id")
    if told.is_empty():
        raise TrainingError(
            f"experiment {run.experiment.name}: no conversation of split train; materialize the dataset's days first"
        )
    run.config.parent.mkdir(parents=True, exist_ok=True)
    with run.sessions.open("w", encoding="utf-8") as file:
        for session_id, steps in told.select("session_id", "steps").iter_rows():
            file.write(json.dumps({"session_id": session_id, **json.loads(steps)}, ensure_ascii=False) + "\n")
    paths = {"sessions": run.sessions, "output_dir": run.output, "cache": run.state / "models"}
    config = {"experiment": asdict(run.experiment), **{name: str(path) for name, path in paths.items()}}
    run.config.write_text(json.dumps(config, indent=1))


def checkpoint(run: Run) -> pl.DataFrame:
    """The finished run's row of `training.checkpoints`. Raises TrainingError where the run has not finished."""
    path = run.output / "result.json"
    if not path.exists():
        raise TrainingError(
            f"experiment {run.experiment.name}: {path} is missing; materialize training/checkpoints first"
        )
    schema = table("training.checkpoints").schema()
    found = json.loads(path.read_text())
    return pl.DataFrame([{name: found[name] for name in schema}], schema=schema)


def steps(run: Run) -> pl.DataFrame:
    """The finished run's rows of `training.steps`. Raises TrainingError where the run has not finished."""
    checkpoint(run)
    return pl.read_ndjson(run.output / "metrics.jsonl", schema=dict(table("training.steps").schema()))


def loss_curve(steps: pl.DataFrame) -> str:
    """An SVG of loss (nats a token) by optimiser step, with its first and last value in words."""
    losses = steps["loss_nats"].to_list()
    top, right = max(*losses, 1e-9), max(1, len(losses) - 1)
    xs = [_MARGIN + (_WIDTH - 2 * _MARGIN) * place / right for place in range(len(losses))]
    ys = [_HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * loss / top for loss in losses]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    said = html.escape(f"loss from {losses[0]:.3f} to {losses[-1]:.3f} nats a token in {len(losses)} steps")
    left, bottom = _MARGIN, _HEIGHT - _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">'
        f"<title>{said}</title>"
        f'<path d="M{left},{_MARGIN}V{bottom}H{_WIDTH - _MARGIN}" fill="none" stroke="#888"/>'
        f'<text x="{left}" y="{_MARGIN - 10}" fill="#888">{said}</text>'
        f'<text x="{left - 6}" y="{_MARGIN + 4}" text-anchor="end" fill="#888">{top:.2f}</text>'
        f'<text x="{left - 6}" y="{bottom + 4}" text-anchor="end" fill="#888">0</text>'
        f'<text x="{_WIDTH - _MARGIN}" y="{bottom + 16}" text-anchor="end" fill="#888">step {len(losses)}</text>'
        f'<polyline points="{points}" fill="none" stroke="#3b6fd4" stroke-width="2"/></svg>'
    )


def has_learned(steps: pl.DataFrame) -> bool:
    """Whether the mean loss of the last tenth of the steps is below that of the first tenth; a single step counts as none."""
    tenth = max(1, steps.height // 10)
    losses = steps.sort("step")["loss_nats"]
    return bool(losses.tail(tenth).sum() < losses.head(tenth).sum())
