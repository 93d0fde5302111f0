"""Judges predictions: one verdict for each case that was answered. Nothing is repaired, nothing is left out."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.categories import category
from shopcart_assets.evaluation.legality import PageKey, Roles, illegal_reason, page_roles
from shopcart_assets.evaluation.matching import compare, error, normalized
from shopcart_assets.evaluation.parse import Illegal, Parsed, parse
from shopcart_assets.platform.actions import Action, from_json, is_purchase, to_json
from shopcart_assets.platform.count import Advance, unheard
from shopcart_assets.platform.dictionary import table

CASE = ("session_id", "step")
_KEPT = ("seed", "session_id", "step", "user_id", "is_final", "weight", "rank", "nats")


def verdicts(
    predictions: pl.DataFrame,
    cases: pl.DataFrame,
    names: pl.DataFrame,
    likelihoods: pl.DataFrame | None = None,
    advance: Advance = unheard,
) -> pl.DataFrame:
    """evaluation.verdicts of one policy's `predictions`, one for each case, by session and step.

    `cases` is dataset.cases and `names` context.elements, both with their day; `likelihoods` is evaluation.likelihoods of the
    policy, where it was scored. Of several samples the first is judged. Raises EvaluationError where a prediction answers no case, or a case is answered twice; a
    case without an answer has no verdict, which `coverage` shows.
    """
    if "sample" in predictions.columns:
        predictions = predictions.filter(pl.col("sample") == 0)
    check_cases(predictions, cases)
    weighed = cases.with_columns(weight=1.0 / pl.len().over("session_id"))
    asked = weighed.join(predictions, on=CASE, how="inner").sort(CASE)
    if likelihoods is None:
        asked = asked.with_columns(rank=pl.lit(None, pl.Int64), nats=pl.lit(None, pl.Float64))
    else:
        ranked = likelihoods.select(*CASE, rank="human_rank", nats="human_nats")
        asked = asked.join(ranked, on=CASE, how="left", maintain_order="left")
    pages = page_roles(names, cases)
    rows = []
    for row in asked.iter_rows(named=True):
        rows.append(_verdict(row, pages))
        advance(1)
    return pl.DataFrame(rows, table("evaluation.verdicts").schema())


def verdicts_by_day(
    predictions: pl.DataFrame,
    cases: pl.DataFrame,
    names_of: Callable[[pl.DataFrame], pl.DataFrame],
    likelihoods: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """As `verdicts`, with the names of one day's pages in memory at a time: `names_of` gives those of some cases."""
    check_cases(predictions, cases)
    judged = [
        verdicts(predictions.join(asked, on=CASE, how="semi"), asked, names_of(asked), likelihoods)
        for asked in cases.partition_by("day")
    ]
    return pl.concat([table("evaluation.verdicts").empty(), *judged]).sort(CASE)


def require_unique(cases: pl.DataFrame) -> None:
    """Raises EvaluationError where a log gave one session id on several days: nobody could say whose answer is whose."""
    doubled = cases.filter(pl.struct(CASE).is_duplicated())
    if doubled.height:
        session_id = doubled["session_id"].min()
        days = " and ".join(doubled.filter(session_id=session_id)["day"].unique().sort())
        raise EvaluationError(
            f"{doubled['session_id'].n_unique()} session ids name test sessions of several days, such as {session_id!r} of {days}: "
            "deliver ids that are given once, or none, so that pauses tell sessions apart"
        )


def check_cases(predictions: pl.DataFrame, cases: pl.DataFrame) -> None:
    """Raises EvaluationError where a prediction answers no case, or a case is answered twice."""
    unknown = predictions.join(cases, on=CASE, how="anti")
    if unknown.height:
        first = unknown.row(0, named=True)
        raise EvaluationError(
            f"{unknown.height} of {predictions.height} predictions answer no test case, first session "
            f"{first['session_id']!r} step {first['step']}: `select session_id, step from dataset.cases` lists them"
        )
    if doubled := predictions.height - predictions.unique(CASE).height:
        raise EvaluationError(f"{doubled} predictions answer a case that is answered already: keep one for each case")


def human_is_illegal(cases: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """The cases whose human action is not legal on its page, with `illegal_reason`: unwinnable, and a fault in the data."""
    pages = page_roles(names, cases)
    keys = cases.select("action", "day", "page_id").iter_rows()
    reasons = [
        illegal_reason(normalized(from_json(text)), pages.get((day, page_id), {})) for text, day, page_id in keys
    ]
    told = cases.with_columns(pl.Series("illegal_reason", reasons, pl.String))
    return told.filter(pl.col("illegal_reason").is_not_null())


def _verdict(row: Mapping[str, Any], pages: Mapping[PageKey, Roles]) -> dict[str, Any]:
    human = normalized(from_json(row["action"]))
    parsed = parse(row["output"], row["stop_reason"])
    predicted = _legal(parsed, pages.get((row["day"], row["page_id"]), {}))
    action = None if isinstance(predicted, Illegal) else predicted
    match = compare(human, predicted)
    return {
        **{name: row[name] for name in _KEPT},
        "human_action": to_json(human),
        "predicted_action": action and to_json(action),
        "human_type": human.type,
        "human_category": category(human),
        "predicted_category": category(action) if action else "illegal",
        "parse_mode": parsed.mode,
        "illegal_reason": predicted.reason if isinstance(predicted, Illegal) else None,
        "is_type": match.is_type,
        "is_target": match.is_target,
        "is_exact": match.is_exact,
        "is_folded": match.is_folded,
        "text_f1": match.text_f1,
        "error": error(human, predicted),
        "human_is_purchase": is_purchase(human),
        "predicted_is_purchase": action is not None and is_purchase(action),
    }


def _legal(parsed: Parsed, roles: Roles) -> Action | Illegal:
    """The parsed action in normal form, or why it cannot be done on this page."""
    if isinstance(parsed.result, Illegal):
        return parsed.result
    action = normalized(parsed.result)
    reason = illegal_reason(action, roles)
    return Illegal(reason) if reason else action
