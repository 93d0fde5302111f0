"""Accuracy of verdicts that no lake holds, by the lake's own view `evaluation.accuracy`: there is one definition, in SQL."""

from collections.abc import Mapping

import polars as pl

from shopcart_assets.evaluation.known import student_t
from shopcart_assets.evaluation.sums import user_scores
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.view_text import answer


def accuracy(verdicts: pl.DataFrame, cases: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
    """evaluation.accuracy over `verdicts` (with their policy), most accurate first.

    `kinds` says what each policy is; one that it does not name has none. `coverage` is the share of `cases` answered: the
    accuracies are over the answered ones.
    """
    known = pl.DataFrame(
        [{"policy": policy, "kind": kind} for policy, kind in kinds.items()], table("evaluation.policies").schema()
    )
    tables = {
        "evaluation.user_scores": user_scores(verdicts),
        "evaluation.student_t": student_t(),
        "evaluation.policies": known,
        "dataset.cases": cases.select("session_id", "step"),
    }
    return answer("evaluation.accuracy", tables)
