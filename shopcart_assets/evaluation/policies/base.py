"""What a policy sees (a case) and what it may learn from (training sessions), made from the lake's tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from shopcart_assets.evaluation.legality import TEXT_ROLES, PageKey, Roles, page_roles
from shopcart_assets.platform.actions import Action, TypeAndSubmit, from_fields

Session = tuple[Action, ...]


@dataclass(frozen=True)
class Case:
    """One question: the session so far, and the page with its names and roles in their order. `key` seeds randomness."""

    key: tuple[str, int]
    history: Session
    roles: Roles

    @property
    def clickable(self) -> list[str]:
        """Names that take clicks, in the order of the page."""
        return [name for name, role in self.roles.items() if role not in TEXT_ROLES]

    @property
    def text_fields(self) -> list[str]:
        """Names that take text, in the order of the page."""
        return [name for name, role in self.roles.items() if role in TEXT_ROLES]

    @property
    def last_query(self) -> str:
        """The text that was typed last. A session begins with a search, so there is one."""
        return next((action.text for action in reversed(self.history) if isinstance(action, TypeAndSubmit)), "")


Policy = Callable[[Case], Action]
Fit = Callable[[Sequence[Session], int], Policy]


def training_sessions(actions: pl.DataFrame, splits: pl.DataFrame) -> list[Session]:
    """The train sessions of the split as tuples of actions, in the order of their ids."""
    train = splits.filter(pl.col("split") == "train")
    return list(_sessions(actions.join(train, on="session_id", how="semi")).values())


def cases_of(cases: pl.DataFrame, actions: pl.DataFrame, names: pl.DataFrame) -> Iterator[Case]:
    """The questions behind dataset.cases, in its order, each with the true history (paper 4.2)."""
    sessions = _sessions(actions.join(cases, on="session_id", how="semi"))
    pages: Mapping[PageKey, Roles] = page_roles(names, cases)
    for session_id, step, day, page_id in cases.select("session_id", "step", "day", "page_id").iter_rows():
        yield Case((session_id, step), sessions[session_id][: step - 1], pages.get((day, page_id), {}))


def _sessions(actions: pl.DataFrame) -> dict[str, Session]:
    told: dict[str, list[Action]] = {}
    rows = actions.sort("session_id", "step").select("session_id", "action_type", "name", "text").iter_rows()
    for session_id, *fields in rows:
        told.setdefault(session_id, []).append(from_fields(*fields))
    return {session_id: tuple(steps) for session_id, steps in told.items()}
