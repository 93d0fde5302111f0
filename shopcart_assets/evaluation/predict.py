"""A policy's answer to every test case, whatever kind of policy it is."""

from collections.abc import Callable

import polars as pl

from shopcart_assets.evaluation import api, rounds
from shopcart_assets.evaluation.local import local_answers
from shopcart_assets.evaluation.names import names_of
from shopcart_assets.evaluation.policies import sessions
from shopcart_assets.evaluation.policies.ceiling import ceiling
from shopcart_assets.evaluation.verdicts import CASE, check_cases, require_unique
from shopcart_assets.platform.profiles import PolicyConfig
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse


def predict(
    warehouse: Warehouse,
    settings: Settings,
    policy: PolicyConfig,
    log: Callable[[str], None],
    round_: str | None = None,
) -> pl.DataFrame:
    """evaluation.predictions of the policy: an answer for each of dataset.cases, by session and step.

    A server's are those of `round_`, which evaluation.responses has; None = its last one. Raises EvaluationError for an unknown
    baseline, for the ceiling of a real log or for a server that was never asked; see local_answers for models.
    """
    cases = warehouse.read("dataset.cases").sort(CASE)
    require_unique(cases)
    match policy.kind:
        case "ceiling":
            answers = _told(cases, ceiling(policy, cases, warehouse.read("context.optimal")))
        case "baseline":
            answers = _told(cases, sessions.answers(warehouse, policy.name, policy.seed, cases))
        case "prompted" if policy.server:
            answers = api.answers(warehouse, policy, round_ or rounds.last(warehouse, policy.name), cases)
        case "prompted" | "fine_tuned":
            answers = local_answers(warehouse, settings, policy, names_of(warehouse, cases), log)
    first_and_only = {"sample": pl.lit(0, pl.Int64), "round": pl.lit(None, pl.String)}
    told = answers.with_columns(
        pl.lit(policy.seed, pl.Int64).alias("seed"),
        **{name: value for name, value in first_and_only.items() if name not in answers.columns},
    )
    check_cases(told.filter(pl.col("sample") == 0), cases)
    return told


def _told(cases: pl.DataFrame, output: pl.Series) -> pl.DataFrame:
    """Answers that are whole by construction, and have no rationale."""
    return cases.select(CASE).with_columns(
        output, pl.lit(None, pl.String).alias("rationale"), pl.lit("end_turn").alias("stop_reason")
    )
