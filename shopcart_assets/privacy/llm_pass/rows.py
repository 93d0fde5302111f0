"""What is left of a day's free text: the rows that the pass works on, and the snippets in them with who saw each.

Nothing is asked or replaced here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

import polars as pl

from shopcart_assets.privacy.llm_pass import pages, typed
from shopcart_assets.privacy.llm_pass.snippets import is_worth_asking, snippets
from shopcart_assets.privacy.parsing import UnreadablePage
from shopcart_assets.privacy.patterns import Finding
from shopcart_assets.traffic.spool import Frames

Answer = TypeVar("Answer")


class Guarded(Protocol):
    """Calls, and turns any error into one that names the subject and quotes nothing."""

    def __call__(self, subject: str, call: Callable[[], Answer]) -> Answer:
        """What `call` returns."""
        ...


class Pages:
    """Rows of privacy.pages, of which a few are in memory at a time. `waiting` makes what changed ones wait in."""

    def __init__(self, frames: Frames, waiting: Callable[[], Frames]) -> None:
        self.frames, self._waiting = frames, waiting
        self._ids = frozenset(self.frames.scan().select("page_id").collect()["page_id"])

    def __contains__(self, page_id: str | None) -> bool:
        return page_id in self._ids

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (row for frame in self.frames.each() for row in frame.iter_rows(named=True))

    def change(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Calls `change` with each row, which it may change."""
        changed = self._waiting()
        for frame in self.frames.each():
            rows = frame.to_dicts()
            for row in rows:
                change(row)
            changed.add(pl.DataFrame(rows, schema=frame.schema, orient="row"))
        self.frames = changed


@dataclass(frozen=True)
class Residual:
    """A day after the other layers: events by id, pages, who saw which page, and by user the titles of goods on the user's pages.

    `found` collects findings by ("page" or "event", id); `owner` says whose pseudonyms a page has.
    """

    events: Mapping[str, dict[str, Any]]
    pages: Pages
    viewers: Mapping[str, Iterable[str]]
    found: Mapping[tuple[str, str], list[Finding]]
    owner: Callable[[str | None], str]
    titles: Mapping[str, Sequence[str]]
    guarded: Guarded


@dataclass(frozen=True)
class Seen:
    """Who saw a snippet, in which sessions, and on which pages it stands."""

    users: set[str] = field(default_factory=set)
    pages: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)


def collect(day: Residual) -> dict[str, Seen]:
    """All different snippets of the day that are worth asking for."""
    found: dict[str, Seen] = defaultdict(Seen)
    visits: dict[str, list[tuple[str, str]]] = defaultdict(list)
    typed_by: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def add(text: str, users: Iterable[str], sessions: Iterable[str], *pages: str) -> None:
        for snippet in filter(is_worth_asking, snippets(text)):
            found[snippet].users.update(users)
            found[snippet].sessions.update(sessions)
            found[snippet].pages.update(pages)

    for event_id, event in day.events.items():
        visits[event["page_id"]].append((event["user_id"], event["session_id"]))
        for text in day.guarded(f"event {event_id}", partial(typed.typed_in, event)):
            typed_by[event["user_id"]][text].add(event["session_id"])
    for page in day.pages:
        page_id = page["page_id"]
        users, sessions = {user for user, _ in visits[page_id]}, {session for _, session in visits[page_id]}
        for text in day.guarded(f"page {page_id}", partial(_texts, page["html"])):
            add(text, users, sessions, page_id)
    for user, texts in typed_by.items():
        for text in typed.complete(texts):
            add(text, [user], texts[text])
    return found


def _texts(html: str) -> list[str]:
    try:
        return pages.texts_of(html)
    except UnreadablePage:  # nothing is left on it
        return []
