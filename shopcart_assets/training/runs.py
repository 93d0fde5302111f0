"""A run's files: what `ml_jobs.train` is given, and what it leaves behind as rows of the lake.

Work files lie in `<state>/work/<experiment>/` (those of `shopcart show` in `work/show/<experiment>/`), results in `<state>/checkpoints/<experiment>/`. Nothing is launched here.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from shopcart_assets.dataset.conversation import has_thoughts, thinking
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.profiles import ExperimentConfig
from shopcart_assets.training.launch import Job


class TrainingError(ValueError):
    """A run that cannot start or that left nothing behind; the message says what to do."""


@dataclass(frozen=True)
class Run:
    """Where one experiment's files lie."""

    experiment: ExperimentConfig
    state: Path
    folder: str = "work"

    @property
    def config(self) -> Path:
        """What `ml_jobs.train` reads."""
        return self.state / self.folder / self.experiment.name / "run.json"

    @property
    def sessions(self) -> Path:
        """The training sessions as JSON lines."""
        return self.config.with_name("sessions.jsonl")

    @property
    def held_out(self) -> Path:
        """The sessions of train users that are set aside, as JSON lines."""
        return self.config.with_name("held_out.jsonl")

    @property
    def metrics(self) -> Path:
        """A line for each step, while the run goes on."""
        return self.output / "metrics.jsonl"

    @property
    def output(self) -> Path:
        """Where result.json, metrics.jsonl and the model are put."""
        return self.state / "checkpoints" / self.experiment.name


def job(run: Run, environment: Mapping[str, str]) -> Job:
    """What a launcher is given; `environment` is what the ranks get besides what they have."""
    return Job(run.experiment.name, run.config, run.experiment.train.world_size, environment)


def conversations_table(experiment: ExperimentConfig) -> tuple[str, dict[str, str]]:
    """The table that holds the experiment's conversations, and the partition columns that pick them out of it."""
    if experiment.arm == "action_only":
        return "dataset.conversations_action_only", {}
    if experiment.generator is None:
        raise TrainingError(f"experiment {experiment.name}: the arm {experiment.arm} needs a generator")
    return "dataset.conversations_reasoning", {"generator": experiment.generator}


def held_out_users(user_ids: pl.Series, share: float, seed: int) -> list[str]:
    """The users of the train split that are not trained on: those that come first by a seeded hash.

    `share` of them, at least one where it is above 0 and at least one other is left.

    >>> users = pl.Series(["a", "b", "c", "d"])
    >>> len(held_out_users(users, 0.5, 1)), held_out_users(users, 0.0, 1), held_out_users(users[:1], 0.5, 1)
    (2, [], [])
    """
    users = user_ids.unique().to_list()
    n_held_out = min(max(1, round(share * len(users))), len(users) - 1) if share > 0 else 0
    return sorted(users, key=lambda user: hashlib.sha256(f"{seed}\0{user}".encode()).digest())[:n_held_out]


def write(run: Run, conversations: pl.DataFrame) -> None:
    """Puts the run's sessions and configuration in place. `conversations` are all days'; only split train is written.

    Sorted by session, so that equal conversations give equal bytes. Raises TrainingError where nothing is to be trained on.
    """
    told = in_arm(run.experiment, conversations.filter(pl.col("split") == "train").sort("session_id"))
    if told.is_empty():
        raise TrainingError(
            f"experiment {run.experiment.name}: no conversation of split train; materialize the dataset's days first"
        )
    run.config.parent.mkdir(parents=True, exist_ok=True)
    train = run.experiment.train
    aside = pl.col("user_id").is_in(held_out_users(told["user_id"], train.held_out_share, train.held_out_seed))
    _write_sessions(run.sessions, told.filter(~aside))
    _write_sessions(run.held_out, told.filter(aside))
    table, partition = conversations_table(run.experiment)
    source = " ".join([table, *(f"{name}={value}" for name, value in partition.items())])
    paths = {"sessions": run.sessions, "output_dir": run.output, "cache": run.state / "models"}
    if told.filter(aside).height:
        paths["held_out"] = run.held_out
    config = {"experiment": asdict(run.experiment), **{name: str(path) for name, path in paths.items()}}
    with _in_place(run.config) as path:
        path.write_text(json.dumps({**config, "source": source}, indent=1))


def in_arm(experiment: ExperimentConfig, told: pl.DataFrame) -> pl.DataFrame:
    """Conversations of the experiment's table as its arm is trained on them: the arm `think` has no table of its own."""
    if experiment.arm != "think":
        return told
    steps = [thinking(steps, has_thoughts(name)) for name, steps in told.select("session_id", "steps").iter_rows()]
    return told.with_columns(pl.Series("steps", steps, pl.String))


def _write_sessions(path: Path, told: pl.DataFrame) -> None:
    with _in_place(path) as aside, aside.open("w", encoding="utf-8") as file:
        for session_id, steps in told.select("session_id", "steps").iter_rows():
            file.write(json.dumps({"session_id": session_id, **json.loads(steps)}, ensure_ascii=False) + "\n")


@contextmanager
def _in_place(path: Path) -> Iterator[Path]:
    """A file aside, which then takes `path`'s place: a run that reads the one there now goes on with that."""
    aside = path.with_name(f"{path.name}.partial")
    yield aside
    aside.replace(path)


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
    return read_steps(run.metrics.read_bytes())


def read_steps(metrics: bytes) -> pl.DataFrame:
    """Rows of `training.steps` from what is there of metrics.jsonl; a line still being written is left out."""
    whole = metrics[: metrics.rfind(b"\n") + 1]
    schema = dict(table("training.steps").schema())
    return pl.read_ndjson(whole, schema=schema) if whole else pl.DataFrame(schema=schema)


def has_learned(steps: pl.DataFrame) -> bool:
    """Whether the mean loss of the last tenth of the steps is below that of the first tenth; a single step counts as none."""
    tenth = max(1, steps.height // 10)
    losses = steps.sort("step")["loss_nats"]
    return bool(losses.tail(tenth).sum() < losses.head(tenth).sum())
