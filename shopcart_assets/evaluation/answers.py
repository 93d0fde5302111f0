"""What each policy got right, as one number a case: all that comparisons need of 6 million verdicts, in 6 MB.

No statistics here, and no choice of who is compared with whom.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shopcart_assets.evaluation.verdicts import CASE
from shopcart_assets.platform.warehouse import Warehouse

Floats = NDArray[np.float64]
UNANSWERED = -1


@dataclass(frozen=True)
class Answers:
    """The test cases in order of session and step, and each policy's answers to them.

    `session`: of each case, its session's number; `user`: of each session, its user's number. `right`: of each policy, for
    each case, 1 right, 0 wrong, -1 not answered.
    """

    session: NDArray[np.int64]
    user: NDArray[np.int64]
    right: Mapping[str, NDArray[np.int8]]


@dataclass(frozen=True)
class Sessions:
    """Values of cases as means of their sessions, for the sessions that have any; `user` numbers each one's user."""

    mean: Floats
    user: NDArray[np.int64]
    n_cases: int

    @property
    def n_users(self) -> int:
        """Different users."""
        return len(np.unique(self.user))


def answers(cases: pl.DataFrame, judged: Iterable[tuple[str, pl.DataFrame]]) -> Answers:
    """The answers of policies (name, its verdicts) to `cases` (session_id, step, user_id); verdicts on other cases are left out.

    Of a policy's verdicts session_id, step and is_exact are read; their order does not matter.
    """
    asked = cases.select(*CASE, "user_id").sort(CASE)
    sessions = asked.group_by("session_id", maintain_order=True).agg(pl.col("user_id").first(), pl.len())
    place = asked.select(CASE).with_row_index("place")
    _, user = np.unique(sessions["user_id"].to_numpy(), return_inverse=True)
    session = np.repeat(np.arange(sessions.height), sessions["len"].to_numpy())
    return Answers(session, user.astype(np.int64), {name: _right(place, verdicts) for name, verdicts in judged})


def _right(place: pl.DataFrame, verdicts: pl.DataFrame) -> NDArray[np.int8]:
    found = verdicts.select(*CASE, "is_exact").join(place, on=CASE)
    right = np.full(place.height, UNANSWERED, np.int8)
    right[found["place"].to_numpy()] = found["is_exact"].cast(pl.Int8).to_numpy()
    return right


def of_verdicts(verdicts: pl.DataFrame) -> Answers:
    """The answers in a frame of verdicts with their policy; what any of them answers counts as asked."""
    by_policy = verdicts.select("policy", *CASE, "is_exact").sort("policy").group_by("policy", maintain_order=True)
    return answers(verdicts.unique(CASE), ((str(policy), group) for (policy,), group in by_policy))


def stored(warehouse: Warehouse, policies: Sequence[str] | None = None) -> Answers:
    """The answers of all judged policies of the lake, or of these, to the cases that are asked now; one policy is read at a time."""
    names = [one["policy"] for one in warehouse.partitions("evaluation.verdicts")] if policies is None else policies
    columns = [*CASE, "is_exact"]
    judged = ((name, warehouse.read_columns("evaluation.verdicts", columns, policy=name)) for name in names)
    return answers(warehouse.read("dataset.cases"), judged)


def answered(answers: Answers, policies: Iterable[str]) -> NDArray[np.bool_]:
    """Which cases all of these policies answered."""
    there = [answers.right[name] != UNANSWERED for name in policies]
    return np.asarray(np.logical_and.reduce(there), np.bool_)


def by_session(answers: Answers, values: NDArray[np.generic], there: NDArray[np.bool_]) -> Sessions:
    """The mean in each session of a value for each case, over the cases that are `there`."""
    n_sessions = answers.user.size
    sums = np.bincount(answers.session[there], values[there].astype(np.float64), n_sessions)
    counts = np.bincount(answers.session[there], minlength=n_sessions)
    has_cases = counts > 0
    return Sessions(sums[has_cases] / counts[has_cases], answers.user[has_cases], int(counts.sum()))
