"""A day cut into batches of pages with the events on them and who saw them, so that a page is looked at once and memory is bounded."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.page_batches import gathered
from shopcart_assets.privacy.gazetteer import Gazetteer
from shopcart_assets.privacy.rules import Zone

NOBODY = ""
"""Whose pseudonyms a page has that several users saw."""
_EVENTS_PER_BATCH = 10_000
"""Of those whose page was not delivered or is not known."""


@dataclass(frozen=True)
class Batch:
    """Some events of a day, in the order of time, and those pages that they name and that were delivered.

    `pages` are rows of traffic.pages, or of privacy.pages once they are scrubbed. `viewers`: of every page that the events name,
    who saw it that day, in the order of time. `own_zones` are those that the user of this project has declared.
    """

    pages: pl.DataFrame
    events: pl.DataFrame
    viewers: Mapping[str, tuple[str, ...]]
    secret: bytes = field(default=b"", repr=False)
    own_zones: tuple[Zone, ...] = ()

    def events_by_page(self) -> dict[str | None, list[dict[str, Any]]]:
        """The rows of its events, by page in the order of their first event; None has those without one."""
        by_page: dict[str | None, list[dict[str, Any]]] = {}
        for event in self.events.iter_rows(named=True):
            by_page.setdefault(event["page_id"], []).append(event)
        return by_page


Known = tuple[Batch, Mapping[str, Gazetteer]]
"""A batch, and what its users told, as far as they told something."""


def owner_of(page_id: str | None, viewers: Mapping[str, tuple[str, ...]]) -> str:
    """The one user who saw the page that day, if it was one."""
    users = viewers.get(page_id or "", ())
    return users[0] if len(users) == 1 else NOBODY


def known(batch: Batch, gazetteers: Mapping[str, Gazetteer]) -> Known:
    """The batch with the gazetteers of those who saw its pages or did its events."""
    users = {*batch.events["user_id"], *(user for users in batch.viewers.values() for user in users)}
    return batch, {user: gazetteers[user] for user in sorted(users) if user in gazetteers}


class Plan:
    """Which events and pages are looked at together, and who saw which page. `events` in the order of time."""

    def __init__(self, events: pl.DataFrame, secret: bytes = b"", own_zones: tuple[Zone, ...] = ()) -> None:
        self.events, self.secret, self.own_zones = events, secret, own_zones
        seen = events.filter(pl.col("page_id") != "").select("page_id", "user_id").unique(maintain_order=True)
        by_page = seen.group_by("page_id", maintain_order=True).agg("user_id")
        self.viewers: dict[str, tuple[str, ...]] = {page_id: tuple(users) for page_id, users in by_page.iter_rows()}

    def batches(self, pages: Iterable[pl.DataFrame]) -> Iterator[Batch]:
        """For the first look: each page that events name with all that was done on it, and the events whose page is not there."""
        named = pl.Series(list(self.viewers), dtype=pl.String()).implode()
        on_no_page = self.events
        batch = None
        for some in gathered(one.filter(pl.col("page_id").is_in(named)) for one in pages):
            if batch:
                yield batch
            is_here = pl.col("page_id").is_in(some["page_id"].implode()).fill_null(False)
            batch = self._batch(some, self.events.filter(is_here))
            on_no_page = on_no_page.filter(~is_here)
        few, *more = [*on_no_page.iter_slices(_EVENTS_PER_BATCH)] or [on_no_page]
        # One batch is not worth a process, so what is left of a small day goes with its pages.
        yield self._batch(batch.pages, pl.concat([batch.events, few])) if batch else self._batch(_no_pages(), few)
        yield from (self._batch(_no_pages(), some) for some in more)

    def again(
        self, pages: Iterable[pl.DataFrame], events: Iterable[pl.DataFrame], gazetteers: Mapping[str, Gazetteer]
    ) -> Iterator[Known]:
        """For the second look: the same batches, as the first look left them, with what their users told."""
        for some, on_them in zip(pages, events, strict=True):
            yield known(self._batch(some, on_them), gazetteers)

    def _batch(self, pages: pl.DataFrame, events: pl.DataFrame) -> Batch:
        page_ids = events["page_id"].drop_nulls().unique(maintain_order=True)
        viewers = {page_id: self.viewers[page_id] for page_id in page_ids if page_id}
        return Batch(pages, events, viewers, self.secret, self.own_zones)


def _no_pages() -> pl.DataFrame:
    return table("traffic.pages").empty()
