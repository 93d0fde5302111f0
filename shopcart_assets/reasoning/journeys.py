"""Actions and contexts as journeys: the steps of a session in order, each with what the shopper had before their eyes.

Data frames in, values out, a few sessions at a time: pages are large, and a day has many.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from shopcart_assets.platform.actions import Action, from_fields

SESSIONS_AT_ONCE = 500


@dataclass(frozen=True)
class Step:
    """One action and the page that it was taken on. `action` is None where its target was not recognised."""

    action: Action | None
    title: str
    html: str


def journeys(actions: pl.DataFrame, contexts: pl.DataFrame | pl.LazyFrame) -> Iterator[tuple[str, list[Step]]]:
    """Each session's id and its steps in order, sessions by id. An action without a page has an empty one.

    `contexts` may be lazy: the pages of SESSIONS_AT_ONCE sessions are in memory at once.
    """
    ids = actions["session_id"].unique().sort()
    pages_of_all = contexts.lazy().select("page_id", "title", "html")
    for start in range(0, len(ids), SESSIONS_AT_ONCE):
        few = actions.filter(pl.col("session_id").is_in(ids[start : start + SESSIONS_AT_ONCE].implode()))
        seen = few["page_id"].drop_nulls().unique()
        found = pages_of_all.filter(pl.col("page_id").is_in(seen.implode())).collect()
        pages = {page_id: (title or "", html or "") for page_id, title, html in found.iter_rows()}
        rows = few.sort("session_id", "step").iter_rows(named=True)
        for session_id, session in groupby(rows, key=itemgetter("session_id")):
            yield session_id, [_step(row, pages) for row in session]


def _step(row: Mapping[str, Any], pages: Mapping[str | None, tuple[str, str]]) -> Step:
    return Step(_action(row), *pages.get(row["page_id"], ("", "")))


def _action(row: Mapping[str, Any]) -> Action | None:
    """The action, or None where its target was not resolved to a name."""
    if row["name"] is None and row["action_type"] != "terminate":
        return None
    return from_fields(row["action_type"], row["name"], row["text"])
