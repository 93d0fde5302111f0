"""Sessions' rows from the lake, as stories. One policy is read at a time; pages one day at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.story.choice import chosen, disagreement
from shopcart_assets.evaluation.story.told import Frames, Story, tell
from shopcart_assets.platform.warehouse import Warehouse

READS = ("evaluation.predictions", "evaluation.verdicts", "dataset.splits", "context.actions", "context.contexts")


def story(warehouse: Warehouse, session_id: str | None = None, policies: Sequence[str] = ()) -> Story:
    """The story of a test session, by default the longest, with these policies, by default all that were judged.

    Raises EvaluationError where there is no such test session, or no verdict of such a policy.
    """
    splits = test_sessions(warehouse, [session_id] if session_id else [])
    wanted = session_id or next(iter(chosen(splits, disagreement([])).values()))
    (told,) = stories(warehouse, splits.filter(session_id=wanted), judged(warehouse, policies))
    return told


def stories(warehouse: Warehouse, sessions: pl.DataFrame, policies: Sequence[str]) -> Iterator[Story]:
    """The stories of these rows of dataset.splits, by day and id. All answers are read at once, pages when their day is told."""
    its = pl.col("session_id").is_in(sessions["session_id"].to_list())
    first = its & (pl.col("sample") == 0)
    verdicts = {one: _by_session(warehouse.read_where("evaluation.verdicts", its, policy=one)) for one in policies}
    given = {one: _by_session(warehouse.read_where("evaluation.predictions", first, policy=one)) for one in policies}
    for (day,), rows in sessions.sort("day", "session_id").group_by("day", maintain_order=True):
        actions = warehouse.read_where("context.actions", its, day=str(day))
        shown = pl.col("page_id").is_in(actions["page_id"].drop_nulls().to_list())
        pages = warehouse.read_where("context.contexts", shown, day=str(day))
        for session, outcome in rows.select("session_id", "outcome").iter_rows():
            frames = Frames(
                actions.filter(session_id=session),
                pages,
                {one: _of(found, session) for one, found in verdicts.items()},
                {one: _of(found, session) for one, found in given.items()},
            )
            yield tell(session, outcome, frames)


def test_sessions(warehouse: Warehouse, asked: Sequence[str] = ()) -> pl.DataFrame:
    """The test sessions' rows of dataset.splits. Raises EvaluationError where there are none, or one asked for is none of them."""
    splits = warehouse.read("dataset.splits")
    tests = splits.filter(split="test")
    if tests.is_empty():
        raise EvaluationError("there are no test sessions yet: run `shopcart demo` or `shopcart ingest DROP` first")
    for one in asked:
        if tests.filter(session_id=one).is_empty():
            raise EvaluationError(_no_test_session(one, is_known=not splits.filter(session_id=one).is_empty()))
    return tests


def _no_test_session(session_id: str, *, is_known: bool) -> str:
    if is_known:
        return f"session {session_id!r} is in the training split: no policy was asked about it"
    query = "select session_id from dataset.splits where split = 'test'"
    return f'no test session {session_id!r}: `shopcart sql "{query}"` lists them'


def judged(warehouse: Warehouse, policies: Sequence[str] = ()) -> list[str]:
    """These policies, by default all that were judged, by name. Raises EvaluationError where one was not judged."""
    there = sorted(one["policy"] for one in warehouse.partitions("evaluation.verdicts"))
    if unknown := [name for name in policies if name not in there]:
        raise EvaluationError(
            f"no verdicts of {', '.join(map(repr, unknown))}; judged so far: {', '.join(there) or 'none'}"
        )
    return list(policies) or there


def differing(warehouse: Warehouse, policies: Sequence[str]) -> pl.DataFrame:
    """How much the policies differ on each session: `choice.disagreement` of all their answers."""
    columns = ["session_id", "step", "predicted_action"]
    return disagreement([warehouse.read_columns("evaluation.verdicts", columns, policy=one) for one in policies])


def _by_session(rows: pl.DataFrame) -> dict[Any, pl.DataFrame]:
    return {**rows.partition_by("session_id", as_dict=True), (): rows.clear()}


def _of(found: dict[Any, pl.DataFrame], session: str) -> pl.DataFrame:
    return found.get((session,), found[()])
