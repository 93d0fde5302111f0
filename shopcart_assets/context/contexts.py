"""A day's pages to the tables of contexts and names. One page is `simplify`'s business; events become actions in `actions`."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import polars as pl

from shopcart_assets.context.parse import PageError
from shopcart_assets.context.settle import Resolution
from shopcart_assets.context.simplify import Page, simplify
from shopcart_assets.context.targets import Target
from shopcart_assets.platform.dictionary import table


@dataclass(frozen=True)
class SeenPage:
    """A simplified page, and the resolution of each target that the day's events have on it."""

    page: Page
    resolutions: Mapping[Target, Resolution]

    def role_of(self, name: str | None) -> str | None:
        """The role of a named element; None where the context has no such name."""
        return next((element.role for element in self.page.names if element.name == name), None)


class SeenPages(dict[str, SeenPage]):
    """A day's simplified pages by page_id. `unread` says of each other page why it has no context."""

    def __init__(self) -> None:
        super().__init__()
        self.unread: dict[str, str] = {}


def simplify_day(pages: pl.DataFrame, events: pl.DataFrame, token_budget: int) -> SeenPages:
    """The day's pages, in the order of `pages`.

    `pages` and `events` are privacy.pages and privacy.events of one day. All targets of the day stay in their page's context.
    """
    wanted = _targets_by_page(events)
    seen = SeenPages()
    for page_id, url, html, page_format in pages.select("page_id", "url", "html", "format").iter_rows():
        targets = tuple(wanted[page_id])
        is_context = True if page_format == "context" else None
        try:
            page = simplify(html, token_budget=token_budget, targets=targets, url=url, is_context=is_context)
        except PageError as error:
            seen.unread[page_id] = error.reason
            continue
        seen[page_id] = SeenPage(page, dict(zip(targets, page.resolved, strict=True)))
    return seen


def _targets_by_page(events: pl.DataFrame) -> defaultdict[str, dict[Target, None]]:
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


def contexts_frame(seen: Mapping[str, SeenPage]) -> pl.DataFrame:
    """The rows of context.contexts."""
    rows = [
        {
            "page_id": page_id,
            "title": one.page.title,
            "html": one.page.html,
            "context_tokens": one.page.context_tokens,
            "n_names": len(one.page.names),
            "n_pruned": one.page.n_pruned,
        }
        for page_id, one in seen.items()
    ]
    return pl.DataFrame(rows, schema=table("context.contexts").schema())


def recipe_hits_frame(seen: Mapping[str, SeenPage]) -> pl.DataFrame:
    """The rows of context.recipe_hits, in the order of recipes, kinds of pages and selectors."""
    keys = ("recipe", "version", "page_kind", "selector")
    schema = table("context.recipe_hits").schema()
    hits = [asdict(hit) for one in seen.values() for hit in one.page.recipe_hits]
    each = pl.DataFrame(hits, schema={key: schema[key] for key in (*keys, "must_hit", "n_hits")})
    counted = each.group_by(keys).agg(
        pl.col("must_hit").any(),
        n_pages=pl.len().cast(pl.Int64),
        n_pages_hit=(pl.col("n_hits") > 0).sum().cast(pl.Int64),
        n_hits=pl.col("n_hits").sum(),
    )
    return counted.sort(keys).select(schema.names())


def quarantine_frame(seen: SeenPages) -> pl.DataFrame:
    """The rows of context.quarantine."""
    rows = [{"page_id": page_id, "reason": reason} for page_id, reason in seen.unread.items()]
    return pl.DataFrame(rows, schema=table("context.quarantine").schema())


def elements_frame(seen: Mapping[str, SeenPage]) -> pl.DataFrame:
    """The rows of context.elements."""
    rows = [
        {"page_id": page_id, "name": element.name, "role": element.role, "position": element.position}
        for page_id, one in seen.items()
        for element in one.page.names
    ]
    return pl.DataFrame(rows, schema=table("context.elements").schema())
