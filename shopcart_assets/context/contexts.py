"""Some pages to rows of the tables of contexts and names: a pure function of a batch. One page is `simplify`'s business.

How a day becomes batches belongs to `day`; events become actions in `actions`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import polars as pl

from shopcart_assets.context.parse import PageError
from shopcart_assets.context.settle import Resolution
from shopcart_assets.context.simplify import Page, simplify
from shopcart_assets.context.targets import Target
from shopcart_assets.platform.dictionary import table

SEARCH_INPUT = "search_input"
"""The name of a page's search box."""


@dataclass(frozen=True)
class Batch:
    """Some of a day's privacy.pages, and by page_id the targets that the day's events have there."""

    pages: pl.DataFrame
    targets: Mapping[str, tuple[Target, ...]]
    token_budget: int


@dataclass(frozen=True)
class SeenPage:
    """What actions need of a simplified page: the resolution of each target that was asked for, and the roles of their names."""

    resolutions: Mapping[Target, Resolution]
    roles: Mapping[str, str]

    def role_of(self, name: str | None) -> str | None:
        """The role of an element that an event may have acted on; None where the context has no such name."""
        return self.roles.get(name or "")


@dataclass(frozen=True)
class Simplified:
    """Some simplified pages: frames of the stage's tables of pages, by name, and what actions need, by page_id."""

    contexts: pl.DataFrame
    elements: pl.DataFrame
    quarantine: pl.DataFrame
    recipe_hits: pl.DataFrame
    seen: Mapping[str, SeenPage]


def simplify_batch(batch: Batch) -> Simplified:
    """The batch's pages in their order. All targets stay in their page's context."""
    pages: dict[str, Page] = {}
    unread: dict[str, str] = {}
    seen: dict[str, SeenPage] = {}
    for page_id, url, html, page_format in batch.pages.select("page_id", "url", "html", "format").iter_rows():
        targets = batch.targets.get(page_id, ())
        is_context = True if page_format == "context" else None
        try:
            page = simplify(html, token_budget=batch.token_budget, targets=targets, url=url, is_context=is_context)
        except PageError as error:
            unread[page_id] = error.reason
            continue
        pages[page_id] = page
        seen[page_id] = _seen(page, targets)
    return Simplified(_contexts(pages), _elements(pages), _quarantine(unread), _recipe_hits(pages), seen)


def _seen(page: Page, targets: tuple[Target, ...]) -> SeenPage:
    named = {SEARCH_INPUT, *(one.name for one in page.resolved)}
    roles = {element.name: element.role for element in page.names if element.name in named}
    return SeenPage(dict(zip(targets, page.resolved, strict=True)), roles)


def _contexts(pages: Mapping[str, Page]) -> pl.DataFrame:
    rows = [
        {
            "page_id": page_id,
            "title": page.title,
            "html": page.html,
            "context_tokens": page.context_tokens,
            "n_names": len(page.names),
            "n_pruned": page.n_pruned,
        }
        for page_id, page in pages.items()
    ]
    return pl.DataFrame(rows, schema=table("context.contexts").schema())


def _elements(pages: Mapping[str, Page]) -> pl.DataFrame:
    rows = [
        {"page_id": page_id, "name": element.name, "role": element.role, "position": element.position}
        for page_id, page in pages.items()
        for element in page.names
    ]
    return pl.DataFrame(rows, schema=table("context.elements").schema())


def _quarantine(unread: Mapping[str, str]) -> pl.DataFrame:
    rows = [{"page_id": page_id, "reason": reason} for page_id, reason in unread.items()]
    return pl.DataFrame(rows, schema=table("context.quarantine").schema())


def _recipe_hits(pages: Mapping[str, Page]) -> pl.DataFrame:
    hits = [
        asdict(hit) | {"n_pages": 1, "n_pages_hit": int(hit.n_hits > 0)}
        for page in pages.values()
        for hit in page.recipe_hits
    ]
    return hits_added_up(pl.DataFrame(hits, schema=table("context.recipe_hits").schema()))


def hits_added_up(hits: pl.DataFrame) -> pl.DataFrame:
    """Rows of context.recipe_hits, of some pages each, as those of all: in the order of recipes, kinds of pages and selectors."""
    keys = ("recipe", "version", "page_kind", "selector")
    counted = hits.group_by(keys).agg(pl.col("must_hit").any(), pl.col("n_pages", "n_pages_hit", "n_hits").sum())
    return counted.sort(keys).select(hits.columns)
