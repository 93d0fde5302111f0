"""A day's pages to the stage's tables, batch by batch, wherever the engine works on them: no more of the day is in memory.

What one batch becomes is said by `contexts`, how events become actions by `actions`.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from shopcart_assets.context.actions import actions_of_day
from shopcart_assets.context.contexts import Batch, SeenPage, hits_added_up, simplify_batch
from shopcart_assets.context.targets import Target
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.engine import Engine, Here
from shopcart_assets.platform.page_batches import gathered
from shopcart_assets.traffic.spool import Frames, Held

_PAGES = ("contexts", "elements", "quarantine")


@dataclass(frozen=True)
class SimplifiedDay:
    """The rows of the day's tables of pages, by full name, and by page_id what actions need of each page that has a context.

    Rows that wait on disk are there as long as this is.
    """

    pages: Mapping[str, Frames]
    seen: Mapping[str, SeenPage]

    def tables(self, events: pl.DataFrame) -> dict[str, pl.LazyFrame]:
        """Full table name -> rows, with those that the day's privacy.events become."""
        acted = actions_of_day(events, self.seen)
        return {
            **{name: rows.scan() for name, rows in self.pages.items()},
            "context.actions": acted.actions_frame().lazy(),
            "context.optimal": acted.optimal_frame().lazy(),
        }


def simplify_day(
    pages: Iterable[pl.DataFrame],
    events: pl.DataFrame,
    token_budget: int,
    engine: Engine | None = None,
    frames: Callable[[pl.Schema], Frames] = Held,
) -> SimplifiedDay:
    """The day's pages, in their order.

    `pages` are frames of privacy.pages and `events` the privacy.events of one day. `frames` makes, of a schema, what the rows
    wait in: memory, where a day is small.
    """
    wanted = _targets_by_page(events)
    rows = {name: frames(table(f"context.{name}").schema()) for name in _PAGES}
    hits = [table("context.recipe_hits").empty()]
    seen: dict[str, SeenPage] = {}
    batches = (Batch(some, _of(wanted, some["page_id"]), token_budget) for some in gathered(pages))
    for done in (engine or Here()).map(simplify_batch, batches):
        for name in _PAGES:
            rows[name].add(getattr(done, name))
        hits.append(done.recipe_hits)
        seen.update(done.seen)
    of_recipes = Held(hits[0].schema)
    of_recipes.add(hits_added_up(pl.concat(hits)))
    return SimplifiedDay(
        {**{f"context.{name}": one for name, one in rows.items()}, "context.recipe_hits": of_recipes}, seen
    )


def _of(wanted: Mapping[str, Mapping[Target, None]], page_ids: pl.Series) -> dict[str, tuple[Target, ...]]:
    return {page_id: tuple(wanted[page_id]) for page_id in page_ids if page_id in wanted}


def _targets_by_page(events: pl.DataFrame) -> Mapping[str, Mapping[Target, None]]:
    wanted: defaultdict[str, dict[Target, None]] = defaultdict(dict)
    for page_id, target, optimal in events.select("page_id", "target", "optimal").iter_rows():
        for page, found in _pairs(page_id, target, optimal):
            if page and found:
                wanted[page][found] = None
    return wanted


def _pairs(page_id: str | None, target: str | None, optimal: str | None) -> Iterator[tuple[str | None, Target | None]]:
    yield page_id, Target.from_json(target)
    if optimal:
        best = json.loads(optimal)
        yield best.get("page_id") or page_id, Target.from_fields(best.get("target"))
