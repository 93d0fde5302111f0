"""What must hold for a run: its numbers are numbers, its loss fell, its steps are all there."""

import dagster as dg
import polars as pl

from shopcart_assets.platform.checks import schema_check, sentence_check
from shopcart_assets.training.runs import has_learned


def _is_finite(steps: pl.DataFrame) -> list[str]:
    numbers = ("loss_nats", "grad_norm", "learning_rate", "tokens_per_second")
    bad = {name: steps.height - steps[name].is_finite().sum() for name in numbers}
    return [f"{name} is not finite in {count} steps" for name, count in bad.items() if count]


def _is_one(checkpoints: pl.DataFrame) -> list[str]:
    many = checkpoints.group_by("experiment").len().filter(pl.col("len") > 1)
    return [f"{name}: {count} rows" for name, count in many.rows()] or ([] if checkpoints.height else ["no row"])


def _is_whole(steps: pl.DataFrame, checkpoints: pl.DataFrame) -> list[str]:
    counted = checkpoints.join(steps.group_by("experiment").len(), on="experiment", how="left")
    bad = counted.filter(pl.col("len").fill_null(0) != pl.col("n_steps"))
    return [
        f"{name}: {have or 0} of {wanted} steps"
        for name, have, wanted in bad.select("experiment", "len", "n_steps").rows()
    ]


def _has_learned(steps: pl.DataFrame) -> list[str]:
    return [f"{name}: the loss did not fall" for (name,), one in steps.group_by("experiment") if not has_learned(one)]


CHECKS: list[dg.AssetChecksDefinition] = [
    sentence_check(
        "training.checkpoints", "each_experiment_has_one_checkpoint", "Each experiment has one checkpoint.", _is_one
    ),
    schema_check("training.steps"),
    sentence_check(
        "training.steps", "every_figure_is_a_number", "Loss, gradient norm, rate and speed are numbers.", _is_finite
    ),
    sentence_check(
        "training.steps",
        "every_step_has_its_row",
        "Each step of the run has its row.",
        _is_whole,
        also=["training.checkpoints"],
    ),
    sentence_check(
        "training.steps",
        "loss_has_fallen",
        "The loss of the last tenth of the steps is below that of the first tenth.",
        _has_learned,
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
]
