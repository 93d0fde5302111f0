"""What bounds every policy from above: the human's own action, and the simulated shopper's own policy. Neither predicts."""

import json
from dataclasses import dataclass

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.verdicts import CASE, human_is_illegal
from shopcart_assets.platform.profiles import PolicyConfig


def ceiling(policy: PolicyConfig, cases: pl.DataFrame, optimal: pl.DataFrame) -> pl.Series:
    """The answers of the policy with this name, in the order of `cases`. Raises EvaluationError for an unknown one."""
    match policy.name:
        case "oracle":
            return oracle(cases)
        case "bayes_optimal":
            return bayes_optimal(cases, optimal)
    raise EvaluationError(f"no ceiling {policy.name!r}; known: bayes_optimal, oracle")


def oracle(cases: pl.DataFrame) -> pl.Series:
    """What the person did, word for word, as `cases` (dataset.cases) has it: the only policy that is shown it.

    It proves the judge and everything before it, and says how many cases nobody can win: see OracleScore.
    """
    return cases["action"].alias("output")


@dataclass(frozen=True)
class OracleScore:
    """How the oracle was judged. Cases are *unwinnable* where the human action is not legal on its page.

    `n_misjudged`: cases that are exact though nobody can win them, or are not though the human action is legal, or have no
    verdict. None may be: the oracle scores exactly the share of cases that can be won, which is 100 % where all can.
    """

    n_cases: int
    n_unwinnable: int
    n_misjudged: int

    @property
    def problem(self) -> str | None:
        """Why no verdict of this evaluation can be trusted, in a sentence; None where the oracle scored what it must."""
        if not self.n_misjudged:
            return None
        return (
            f"the oracle, which answers what the person did, is misjudged in {self.n_misjudged} of {self.n_cases} cases: the "
            "judge, or the tables that it reads, are wrong; no verdict can be trusted until that is mended"
        )


def oracle_score(verdicts: pl.DataFrame, cases: pl.DataFrame, names: pl.DataFrame) -> OracleScore:
    """How the oracle's `verdicts` came out over `cases` (dataset.cases); `names` is context.elements."""
    unwinnable = human_is_illegal(cases, names)
    expected = cases.join(unwinnable, on=CASE, how="anti").select(CASE)
    exact = verdicts.filter(pl.col("is_exact")).select(CASE)
    missed, undue = (one.join(other, on=CASE, how="anti") for one, other in ((expected, exact), (exact, expected)))
    return OracleScore(cases.height, unwinnable.height, missed.height + undue.height)


def bayes_optimal(cases: pl.DataFrame, optimal: pl.DataFrame) -> pl.Series:
    """For each case the likeliest action as JSON, in the order of `cases`; `optimal` is context.optimal.

    An action whose target was pruned from its page has no name, so that it will be judged illegal: that costs accuracy
    which no predictor could have. Raises EvaluationError where a case comes from a log that says no such thing.
    """
    told = cases.join(optimal, on=("session_id", "step"), how="left", maintain_order="left")
    if missing := told["action_type"].null_count():
        raise EvaluationError(
            f"bayes_optimal: {missing} of {cases.height} cases come from logs without a simulator's policy; "
            "evaluate it on simulated traffic only"
        )
    rows = told.select(pl.col("action_type").alias("type"), "name", "text").iter_rows(named=True)
    answers = [
        json.dumps({key: value for key, value in row.items() if value is not None}, ensure_ascii=False) for row in rows
    ]
    return pl.Series("output", answers, pl.String)
