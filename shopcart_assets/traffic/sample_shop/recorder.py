"""Turns a shopper's steps into the rows that a recorder in the browser would have sent. No policy and no files.

A row is one event of the input contract as a dict. Rows carry `optimal`, the likeliest event at that moment by the policy,
and `rationale`, what the shopper says before it.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import lxml.html

from shopcart_assets.traffic.sample_shop.pages import ORIGIN, Page
from shopcart_assets.traffic.sample_shop.shopper import Step
from shopcart_assets.traffic.sample_shop.think_aloud import say
from shopcart_assets.traffic.sample_shop.views import CLOSE, Move, View

SHARE_WITHOUT_NODE_ID = 0.2
"""Events of recorders that do not stamp elements: the target is known by its path and text only."""
SHARE_WITH_SCROLL = 0.25
"""Actions before which the page is scrolled; scrolls are ignored by the traffic stage."""

Row = dict[str, Any]
Serve = Callable[[View], Page]
"""The shop, as one visitor's browser meets it."""


@dataclass
class Recording:
    """One recorded session: its rows in the order of time, and the pages that they name, by id."""

    rows: list[Row] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)

    def end_at(self, end: dt.datetime) -> None:
        """Shifts the whole session so that its last event happens at `end`."""
        shift = end - parse_time(self.rows[-1]["timestamp"])
        for row in self.rows:
            row["timestamp"] = format_time(parse_time(row["timestamp"]) + shift)

    def straddle(self, midnight: dt.datetime) -> None:
        """Shifts the session so that about half of it lies before `midnight`."""
        first, last = (parse_time(self.rows[k]["timestamp"]) for k in (0, -1))
        self.end_at(midnight + (last - first) / 2)


def record(
    steps: Iterable[Step],
    user_id: str,
    serve: Serve,
    session_id: str,
    start: dt.datetime,
    rng: random.Random,
) -> Recording:
    """The session as rows. Chance decides only pauses, scrolls and how a target is described."""
    browser, recording, clock = _Browser(serve), Recording(), start
    for number, step in enumerate(steps, start=1):
        for suffix, event in _events(browser.see(step.view), step, rng):
            clock += dt.timedelta(milliseconds=rng.randint(2_000, 60_000))
            ids = {"event_id": f"{session_id}-{number:02d}{suffix}", "user_id": user_id}
            recording.rows.append({**ids, "session_id": session_id, "timestamp": format_time(clock), **event})
    recording.pages = browser.pages()
    return recording


def _events(seen: "_Seen", step: Step, rng: random.Random) -> Iterator[tuple[str, Row]]:
    """What the recorder sends for one step, each with a suffix for its id: perhaps a scroll, then the action."""
    is_stamped = rng.random() >= SHARE_WITHOUT_NODE_ID
    if step.view is not None and rng.random() < SHARE_WITH_SCROLL:
        yield "-scroll", seen.event(CLOSE) | {"event_type": "scroll"}
    optimal = {name: value for name, value in seen.event(step.optimal).items() if name != "url"}
    optimal["probability"] = round(step.probability, 6)
    yield "", seen.event(step.move, is_stamped) | {"optimal": optimal, "rationale": say(step)}


class _Seen:
    """A page in the browser, with its elements' addresses. The home page (no bytes) was not kept: it has no id and no targets."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.page_id = page.page_id if page.html else None

    @cached_property
    def _tree(self) -> Any:
        return lxml.html.document_fromstring(self.page.html).getroottree()

    def event(self, move: Move, is_stamped: bool = True) -> Row:
        """The move as a recorder describes it, without ids and time."""
        target = self._target(move.ref, is_stamped) if move.ref and self.page_id else None
        described = {"event_type": move.event_type, "url": self.page.url, "page_id": self.page_id}
        return {**described, "target": target, "value": move.text}

    def _target(self, ref: str, is_stamped: bool) -> Row:
        eid = self.page.eids[ref]
        element = self._tree.xpath("//*[@data-eid=$eid]", eid=eid)[0]
        labelled = element.getparent() if element.get("type") == "checkbox" else element
        text = " ".join(labelled.text_content().split()) or element.get("value")
        path = {"xpath": self._tree.getpath(element), "css": f"#{element.get('id')}" if element.get("id") else None}
        address = {"node_id": eid} if is_stamped else path
        return {**address, "tag": element.tag, "text": text, "href": element.get("href")}


class _Browser:
    """Asks the shop for each view once."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._seen: dict[View | None, _Seen] = {None: _Seen(Page(f"{ORIGIN}/", b"", {}))}

    def see(self, view: View | None) -> _Seen:
        """The view's page; the home page for None."""
        if view not in self._seen and view is not None:
            self._seen[view] = _Seen(self._serve(view))
        return self._seen[view]

    def pages(self) -> dict[str, Page]:
        """All pages with bytes, by id."""
        return {seen.page_id: seen.page for seen in self._seen.values() if seen.page_id}


def format_time(moment: dt.datetime) -> str:
    """ISO 8601 in UTC to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> dt.datetime:
    """The inverse of `format_time`."""
    return dt.datetime.fromisoformat(text)
