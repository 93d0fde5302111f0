"""Both looks at some of a day's pages and the events on them: pure functions of a batch, page by page, one tree at a time.

How a page or an event is scrubbed belongs to page.py and events.py, how a day is cut into batches to day.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.batches import NOBODY, Batch, Known, owner_of
from shopcart_assets.privacy.errors import guarded
from shopcart_assets.privacy.events import EventScrubber
from shopcart_assets.privacy.gazetteer import Gazetteer
from shopcart_assets.privacy.memory import Memory
from shopcart_assets.privacy.mining import Told
from shopcart_assets.privacy.page import ScrubbedPage, scrub_page
from shopcart_assets.privacy.patterns import Finding
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.second_pass import SecondPass, scrub_page_again
from shopcart_assets.privacy.urls import scrub_url

PageScrubber = Callable[..., ScrubbedPage]
Row = dict[str, Any]
Found = Mapping[tuple[str, str], Sequence[Finding]]
"""("page" or "event", id) -> what was found there."""


@dataclass(frozen=True)
class Looked:
    """What a look made of a batch: rows of the stage's tables, and at the first look what the users told."""

    pages: pl.DataFrame
    events: pl.DataFrame
    findings: pl.DataFrame
    drops: pl.DataFrame
    told: Told = field(default_factory=Told, repr=False)


def first_look(batch: Batch, scrub: PageScrubber = scrub_page) -> Looked:
    """Every page and event by zones and patterns, and the users' own values with them. `scrub` is the page scrubber."""
    rows = _FirstLook(batch)
    scrub = partial(scrub, memory=Memory(), own_zones=batch.own_zones)
    delivered = {row["page_id"]: row for row in batch.pages.iter_rows(named=True)}
    for page_id, seen in batch.events_by_page().items():
        owner = Pseudonyms(batch.secret, owner_of(page_id, batch.viewers))
        page = None if page_id is None else rows.add_page(page_id, delivered.get(page_id), owner, scrub)
        for event in seen:
            own = Pseudonyms(batch.secret, event["user_id"])
            rows.add_event(event, EventScrubber(own, owner if page else own, page, batch.own_zones))
    return rows.looked(delivered)


class _FirstLook:
    """The rows of the batch, as they come, and what the users' own zones and fields say."""

    def __init__(self, batch: Batch) -> None:
        self.viewers = batch.viewers
        self.pages: dict[str, Row] = {}
        self.events: list[Row] = []
        self.found: dict[tuple[str, str], list[Finding]] = {}
        self.drops: list[Row] = []
        self.told = Told()

    def add_page(self, page_id: str, raw: Row | None, owner: Pseudonyms, scrub: PageScrubber) -> ScrubbedPage | None:
        """Scrubs and keeps a page, or notes why it is dropped and returns None."""
        if raw is None or raw["html"] is None:
            self.drops.append({"page_id": page_id, "reason": "not_delivered"})
            return None
        address = raw["url"] or ""
        page = guarded(f"page {page_id}", lambda: scrub(raw["html"], url=address, pseudonyms=owner))
        self.told.add_page(page, self.viewers.get(page_id, ()))
        if page.reason:
            self.drops.append({"page_id": page_id, "reason": page.reason})
            return None
        url, url_findings = guarded(f"page {page_id}", lambda: scrub_url(address, "url", owner))
        self.found["page", page_id] = [*url_findings, *page.findings]
        self.pages[page_id] = {
            "page_id": page_id,
            "url": url,
            "html": page.html,
            "format": raw["format"],
            "n_findings": len(self.found["page", page_id]),
        }
        return page

    def add_event(self, event: Row, scrubber: EventScrubber) -> None:
        """Scrubs and keeps an event."""
        event_id = event["event_id"]
        scrubbed, found = guarded(f"event {event_id}", lambda: scrubber.scrub(event))
        self.events.append(scrubbed)
        self.found["event", event_id] = found
        self.told.add_typed(event["user_id"], scrubber)

    def looked(self, order: Mapping[str, Any]) -> Looked:
        """The tables, pages in this order."""
        pages = [self.pages[page_id] for page_id in order if page_id in self.pages]
        return Looked(
            frame("pages", pages),
            frame("events", self.events),
            findings_frame(self.found),
            frame("drops", self.drops),
            self.told,
        )


def second_look(asked: Known) -> Looked:
    """The users' own values replaced in what they saw and did: a page's for all who saw it, an event's for its user too.

    Findings are those of this look.
    """
    batch, gazetteers = asked
    nobody = Pseudonyms(batch.secret, NOBODY)
    nobodys = {user: replace(one, pseudonyms=nobody) for user, one in gazetteers.items()}

    def viewing(page_id: str | None) -> list[Gazetteer]:
        known = gazetteers if owner_of(page_id, batch.viewers) != NOBODY else nobodys
        return [known[user] for user in batch.viewers.get(page_id or "", ()) if user in known]

    found: dict[tuple[str, str], list[Finding]] = {}
    pages, events = batch.pages.to_dicts(), batch.events.to_dicts()
    second = SecondPass({page["page_id"]: page for page in pages})
    for event in sorted(events, key=lambda one: one["page_id"] or ""):  # a page's tree is made once
        own, call = gazetteers.get(event["user_id"]), second.scrub_event
        about = f"event {event['event_id']}"
        found["event", event["event_id"]] = guarded(about, partial(call, event, own, viewing(event["page_id"])))
    for page in pages:
        page_id = page["page_id"]
        again = guarded(f"page {page_id}", partial(scrub_page_again, page, viewing(page_id)))
        found["page", page_id] = again
        page["n_findings"] += len(again)
    return Looked(frame("pages", pages), frame("events", events), findings_frame(found), frame("drops", []))


def findings_frame(found: Found) -> pl.DataFrame:
    """Rows of privacy.findings, numbered within their source."""
    return frame("findings", [row for (source, one), some in found.items() for row in _finding_rows(source, one, some)])


def _finding_rows(source: str, source_id: str, findings: Sequence[Finding]) -> Iterator[Row]:
    for ordinal, finding in enumerate(findings, 1):
        yield {"source": source, "source_id": source_id, "ordinal": ordinal, **vars(finding)}


def frame(name: str, rows: list[Row]) -> pl.DataFrame:
    """Rows of one of the stage's tables."""
    return pl.DataFrame(rows, schema=table(f"privacy.{name}").schema(), orient="row")
