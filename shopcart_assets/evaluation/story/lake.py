"""Which sessions a story can be told of, and their rows, from the lake. One policy is read at a time."""

from collections.abc import Sequence

import polars as pl

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.story.told import Frames, Story, chosen, disagreement, tell
from shopcart_assets.platform.warehouse import Warehouse

READS = ("evaluation.predictions", "evaluation.verdicts", "dataset.splits", "context.actions", "context.contexts")


def story(warehouse: Warehouse, session_id: str | None = None, policies: Sequence[str] = ()) -> Story:
    """The story of a test session, by default the longest, with these policies, by default all that were judged.

    Raises EvaluationError where there is no such test session, or no verdict of such a policy.
    """
    splits = _splits(warehouse)
    wanted = session_id or next(iter(chosen(splits, disagreement([])).values()))
    return _story(warehouse, _test_session(splits, wanted), _judged(warehouse, policies))


def stories(warehouse: Warehouse) -> dict[str, Story]:
    """The stories of a few test sessions (`told.chosen`), with all policies, by why they were chosen."""
    splits, judged = warehouse.read("dataset.splits"), _judged(warehouse, ())
    columns = ["session_id", "step", "predicted_action"]
    differing = disagreement([warehouse.read_columns("evaluation.verdicts", columns, policy=one) for one in judged])
    return {
        why: _story(warehouse, _test_session(splits, wanted), judged)
        for why, wanted in chosen(splits, differing).items()
    }


def _splits(warehouse: Warehouse) -> pl.DataFrame:
    splits = warehouse.read("dataset.splits")
    if splits.filter(split="test").is_empty():
        raise EvaluationError("there are no test sessions yet: run `shopcart demo` or `shopcart ingest DROP` first")
    return splits


def _test_session(splits: pl.DataFrame, session_id: str) -> dict[str, str]:
    """The session's row of dataset.splits."""
    for row in splits.filter(session_id=session_id).iter_rows(named=True):
        if row["split"] == "test":
            return row
        raise EvaluationError(f"session {session_id!r} is in the training split: no policy was asked about it")
    raise EvaluationError(
        f"no test session {session_id!r}: `shopcart sql \"select session_id from dataset.splits where split = 'test'\"` lists them"
    )


def _judged(warehouse: Warehouse, policies: Sequence[str]) -> list[str]:
    there = [one["policy"] for one in warehouse.partitions("evaluation.verdicts")]
    if unknown := [name for name in policies if name not in there]:
        raise EvaluationError(
            f"no verdicts of {', '.join(map(repr, unknown))}; judged so far: {', '.join(there) or 'none'}"
        )
    return list(policies) or there


def _story(warehouse: Warehouse, session: dict[str, str], policies: Sequence[str]) -> Story:
    day, its = session["day"], pl.col("session_id") == session["session_id"]
    first = its & (pl.col("sample") == 0)
    frames = Frames(
        warehouse.read_where("context.actions", its, day=day),
        warehouse.read_columns("context.contexts", ["page_id", "title"], day=day),
        {one: warehouse.read_where("evaluation.verdicts", its, policy=one) for one in policies},
        {one: warehouse.read_where("evaluation.predictions", first, policy=one) for one in policies},
    )
    return tell(session["session_id"], session["outcome"], frames)
