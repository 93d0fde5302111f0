"""What has become of each action that was asked about: a valid rationale, a rejection with its reason, or a question to ask again.

Frames and answers in, frames out. Each request has one retry; a step that is valid in the first answer keeps it, whatever the
second says. What has no answer yet has no row here. How one answer is read is in `read`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.llm import Answer
from shopcart_assets.platform.llm.outcomes import outcome
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.read import Rationale, read

LAST_SAMPLE = 1
# Asking again does not help: the request itself is refused, or too long.
_FOR_GOOD = ("unanswered", "prompt_too_long")


@dataclass(frozen=True)
class Judged:
    """reasoning.rationales, reasoning.quarantine, and the rows of reasoning.requests that are to be asked once more."""

    rationales: pl.DataFrame
    quarantine: pl.DataFrame
    retries: pl.DataFrame


@dataclass(frozen=True)
class _Try:
    """What one request gave: a verdict on each of its steps."""

    row: Mapping[str, Any]
    verdicts: Mapping[int, Rationale]


def responses(
    requests: pl.DataFrame, answers: Mapping[str, Answer], failed: Mapping[str, str], pending: Collection[str] = ()
) -> pl.DataFrame:
    """reasoning.responses: one row for each row of `requests` that is answered, has failed for good or is under way, by request key."""
    rows = []
    for row in requests.iter_rows(named=True):
        place = {name: row[name] for name in ("session_id", "first_step", "last_step", "sample_index", "request_key")}
        if became := outcome(row["request_key"], answers, failed, pending):
            rows.append(place | became)
    return pl.DataFrame(rows, schema=table("reasoning.responses").schema())


def judge(
    requests: pl.DataFrame,
    answers: Mapping[str, Answer],
    failed: Mapping[str, str],
    actions: pl.DataFrame,
    generator: GeneratorConfig,
) -> Judged:
    """Reads the answers of `requests` (rows of both samples, as far as they were asked), by request key.

    `actions` give the names of elements that a rationale must not have. For each action asked about: one row of rationales, or
    one final row of quarantine, or its request in `retries`, or no answer yet.
    """
    names = _names(actions)
    kept: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []
    ordered = requests.sort("session_id", "first_step", "sample_index").iter_rows(named=True)
    for (session_id, _), samples in groupby(ordered, key=itemgetter("session_id", "first_step")):
        rows = list(samples)
        tries = [_Try(row, _read(row, answers, failed, generator, names[session_id])) for row in rows]
        answered = [one for one in tries if one.verdicts]
        is_open = [_settle(step, answered, kept, rejected) for step in answered[0].verdicts] if answered else []
        again += rows[:1] if any(is_open) and len(rows) <= LAST_SAMPLE else []
    return Judged(
        pl.DataFrame(kept, schema=table("reasoning.rationales").schema()),
        pl.DataFrame(rejected, schema=table("reasoning.quarantine").schema()),
        pl.DataFrame(again, schema=table("reasoning.requests").schema()),
    )


def _settle(step: int, tries: list[_Try], kept: list[dict[str, Any]], rejected: list[dict[str, Any]]) -> bool:
    """Adds one step's rows, and says whether it still hopes for another answer."""
    for one in tries:
        place = {"session_id": one.row["session_id"], "step": step, "sample_index": one.row["sample_index"]}
        place["request_key"] = one.row["request_key"]
        verdict = one.verdicts[step]
        if verdict.defect is None:
            kept.append(place | {"rationale": verdict.text, "parse_mode": verdict.mode, "mode": one.row["mode"]})
            return False
        is_final = verdict.defect in _FOR_GOOD or one.row["sample_index"] == LAST_SAMPLE
        rejected.append(place | {"defect": verdict.defect, "is_final": is_final})
        if is_final:
            return False
    return True


def _read(
    row: Mapping[str, Any],
    answers: Mapping[str, Answer],
    failed: Mapping[str, str],
    generator: GeneratorConfig,
    names: Collection[str],
) -> dict[int, Rationale]:
    """The verdicts on the steps of one request; none where it has no answer yet."""
    steps = range(row["first_step"], row["last_step"] + 1)
    if answer := answers.get(row["request_key"]):
        return read(answer.response.text, answer.response.stop_reason, steps, generator.output, names)
    return dict.fromkeys(steps, Rationale("", "unanswered")) if row["request_key"] in failed else {}


def _names(actions: pl.DataFrame) -> dict[str, frozenset[str]]:
    """The names of the elements that were acted on, by session: those stand in the prompt in so many letters."""
    named = actions.group_by("session_id").agg(pl.col("name").drop_nulls())
    return {session_id: frozenset(names) for session_id, names in named.iter_rows()}
