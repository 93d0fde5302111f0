"""One day: raw events and pages in, the stage's four tables out. Pages kept + dropped = pages that the events name.

Two passes: by zones and patterns, then for the values that these told of each user, over all that the user saw and did; where a
model is configured, a third over the free text that is left. Page by page, so that one tree is in memory at a time. How a page or
an event is scrubbed belongs to page.py and events.py, what a model is asked to llm_pass.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.errors import guarded
from shopcart_assets.privacy.events import EventScrubber
from shopcart_assets.privacy.gazetteer import Gazetteer
from shopcart_assets.privacy.llm_pass.rows import Residual
from shopcart_assets.privacy.llm_pass.run import Figures, LLMPass
from shopcart_assets.privacy.mining import Told
from shopcart_assets.privacy.page import ScrubbedPage, scrub_page
from shopcart_assets.privacy.patterns import Finding
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.second_pass import SecondPass, scrub_page_again
from shopcart_assets.privacy.urls import scrub_url

NOBODY = ""
"""Whose pseudonyms a page has that several users saw."""

PageScrubber = Callable[..., ScrubbedPage]


@dataclass(frozen=True)
class ScrubbedDay:
    """The tables of the privacy stage for one day, and what the LLM pass did where there was one."""

    events: pl.DataFrame
    pages: pl.DataFrame
    findings: pl.DataFrame
    drops: pl.DataFrame
    llm: Figures | None = None

    def tables(self) -> dict[str, pl.DataFrame]:
        """Full table name -> frame."""
        return {f"privacy.{name}": frame for name, frame in vars(self).items() if isinstance(frame, pl.DataFrame)}


def scrub_day(
    events: pl.DataFrame,
    pages: pl.DataFrame,
    secret: bytes,
    scrub: PageScrubber = scrub_page,
    with_gazetteer: bool = True,
    llm_pass: LLMPass | None = None,
) -> ScrubbedDay:
    """The day without personal data. A page takes the pseudonyms of the one user who saw it that day, if it was one.

    What several saw takes nobody's, so that it links no two users and none of them has to be erased from it.

    `events` and `pages` as in traffic.events and traffic.pages. `scrub` is the page scrubber, which the canary check replaces
    by a broken one to see itself fail; so it does without the gazetteer. Raises PrivacyError, and LLMError where the model of
    `llm_pass` cannot be asked.
    """
    rows = _first_pass(events, pages, secret, scrub)
    if with_gazetteer:
        rows.look_again(secret)
    figures = llm_pass.over(rows.residual()) if llm_pass else None
    return replace(rows.frames(), llm=figures)


def _first_pass(events: pl.DataFrame, pages: pl.DataFrame, secret: bytes, scrub: PageScrubber) -> "_Rows":
    """Every page and event by zones and patterns, and the users' own values with them."""
    # Only the contract's columns go on: nobody has said what a recorder's unknown fields hold.
    contract = [name for name in table("privacy.events").schema() if name in events.columns]
    ordered = events.select(contract).sort("timestamp", "event_id")
    rows = _Rows(list(ordered["event_id"]))
    for user, page_id in ordered.select("user_id", "page_id").iter_rows():
        if page_id:
            rows.viewers.setdefault(page_id, {})[user] = None
    delivered = {page_id: position for position, page_id in enumerate(pages["page_id"])}
    for (page_id,), seen in ordered.group_by("page_id", maintain_order=True):
        owner = Pseudonyms(secret, rows.owner(page_id))
        page = None
        if page_id is not None:
            raw = pages.row(delivered[page_id], named=True) if page_id in delivered else None
            page = rows.add_page(page_id, raw, owner, scrub)
        for event in seen.to_dicts():
            own = Pseudonyms(secret, event["user_id"])
            rows.add_event(event, EventScrubber(own, owner if page else own, page))
    return rows


class _Rows:
    """The rows of the four tables, as they come, and what the users' own zones and fields say."""

    def __init__(self, event_ids: list[str]) -> None:
        self.event_ids = event_ids
        self.events: dict[str, dict[str, Any]] = {}
        self.pages: dict[str, dict[str, Any]] = {}
        self.found: dict[tuple[str, str], list[Finding]] = {}
        self.drops: list[dict[str, Any]] = []
        self.viewers: dict[str, dict[str, None]] = {}
        self.told = Told()

    def owner(self, page_id: str | None) -> str:
        """The one user who saw the page that day, if it was one."""
        viewers = self.viewers.get(page_id or "", {})
        return next(iter(viewers)) if len(viewers) == 1 else NOBODY

    def add_page(
        self, page_id: str, raw: dict[str, Any] | None, owner: Pseudonyms, scrub: PageScrubber
    ) -> ScrubbedPage | None:
        """Scrubs and keeps a page, or notes why it is dropped and returns None."""
        if raw is None or raw["html"] is None:
            self.drops.append({"page_id": page_id, "reason": "not_delivered"})
            return None
        address = raw["url"] or ""
        page = guarded(f"page {page_id}", lambda: scrub(raw["html"], url=address, pseudonyms=owner))
        self.told.add_page(page, self.viewers.get(page_id, {}))
        if page.reason:
            self.drops.append({"page_id": page_id, "reason": page.reason})
            return None
        url, url_findings = guarded(f"page {page_id}", lambda: scrub_url(address, "url", owner))
        self.pages[page_id] = {"page_id": page_id, "url": url, "html": page.html, "format": raw["format"]}
        self.found["page", page_id] = [*url_findings, *page.findings]
        return page

    def add_event(self, event: dict[str, Any], scrubber: EventScrubber) -> None:
        """Scrubs and keeps an event."""
        event_id = event["event_id"]
        scrubbed, found = guarded(f"event {event_id}", lambda: scrubber.scrub(event))
        self.events[event_id] = scrubbed
        self.found["event", event_id] = found
        self.told.add_typed(event["user_id"], scrubber)

    def look_again(self, secret: bytes) -> None:
        """Replaces the users' own values in what they saw and did: a page's for all who saw it, an event's for its user too."""
        gazetteers = self.told.gazetteers(secret)
        nobodys = {user: replace(one, pseudonyms=Pseudonyms(secret, NOBODY)) for user, one in gazetteers.items()}

        def viewing(page_id: str | None) -> list[Gazetteer]:
            known = gazetteers if self.owner(page_id) != NOBODY else nobodys
            return [known[user] for user in self.viewers.get(page_id or "", ()) if user in known]

        second = SecondPass(self.pages)
        for event_id in self.event_ids:
            event = self.events[event_id]
            quoted, own = viewing(event["page_id"]), gazetteers.get(event["user_id"])
            self.found["event", event_id] += guarded(
                f"event {event_id}", partial(second.scrub_event, event, own, quoted)
            )
        for page_id, page in self.pages.items():
            self.found["page", page_id] += guarded(f"page {page_id}", partial(scrub_page_again, page, viewing(page_id)))

    def residual(self) -> Residual:
        """What the LLM pass works on: the rows as they are now."""
        return Residual(self.events, self.pages, self.viewers, self.found, self.owner, self.told.titles, guarded)

    def frames(self) -> ScrubbedDay:
        """The tables, events in order of time, the rest in order of their keys."""
        pages = [page | {"n_findings": len(self.found["page", page_id])} for page_id, page in self.pages.items()]
        findings = [row for (source, one), found in self.found.items() for row in _finding_rows(source, one, found)]
        return ScrubbedDay(
            events=_frame("events", [self.events[event_id] for event_id in self.event_ids]),
            pages=_frame("pages", pages).sort("page_id"),
            findings=_frame("findings", findings).sort("source", "source_id", "ordinal"),
            drops=_frame("drops", self.drops).sort("page_id"),
        )


def _finding_rows(
    source: str, source_id: str, findings: tuple[Finding, ...] | list[Finding]
) -> Iterator[dict[str, Any]]:
    for ordinal, finding in enumerate(findings, 1):
        yield {"source": source, "source_id": source_id, "ordinal": ordinal, **vars(finding)}


def _frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=table(f"privacy.{name}").schema(), orient="row")
