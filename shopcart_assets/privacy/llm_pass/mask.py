"""The marks of a day's snippets put into its pages and events: blocks of free text first, then what people typed.

Rows are changed in place. Which words are marked is decided before.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from shopcart_assets.privacy.llm_pass import pages, typed
from shopcart_assets.privacy.llm_pass.rows import Residual
from shopcart_assets.privacy.llm_pass.snippets import Marking
from shopcart_assets.privacy.patterns import Finding
from shopcart_assets.privacy.pseudonyms import Pseudonyms


def mask(day: Residual, marking: Marking, on_pages: Collection[str], secret: bytes) -> int:
    """Replaces the marked words in the day's rows, and adds to its findings; in how many places.

    `on_pages`: those on which marked snippets stand.
    """
    said: dict[str, list[str]] = defaultdict(list)
    for event in day.events.values():  # before anything is replaced: what was typed is known by its own words
        said[event["user_id"]] += typed.typed_in(event)
    marked = {user: typed.Typed.of(typed.complete(texts), marking) for user, texts in said.items()}
    marked = {user: one for user, one in marked.items() if one.quotes}
    masking = _Masking(day, marking, on_pages, marked, secret)
    day.pages.change(masking.page)
    for event in day.events.values():
        masking.event(event)
    return masking.n_places


class _Masking:
    """The marks put into one row after the other."""

    def __init__(
        self,
        day: Residual,
        marking: Marking,
        on_pages: Collection[str],
        marked: Mapping[str, typed.Typed],
        secret: bytes,
    ) -> None:
        self.day, self.marking, self.on_pages, self.marked, self.secret = day, marking, on_pages, marked, secret
        self.n_places = 0
        self.events: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in day.events.values():
            self.events[event["page_id"]].append(event)

    def page(self, page: dict[str, Any]) -> None:
        """In a page and what events quote of its blocks, then what its viewers typed."""
        page_id = page["page_id"]
        own = Pseudonyms(self.secret, self.day.owner(page_id))
        before = len(self.day.found["page", page_id])
        if page_id in self.on_pages:
            call = partial(pages.mask_page, page, self.events[page_id], self.marking, own)
            found, quoted = self.day.guarded(f"page {page_id}", call)
            self._add(("page", page_id), found)
            for event_id, ones in quoted.items():
                self._add(("event", event_id), ones)
        viewers = [self.marked[user] for user in self.day.viewers.get(page_id, ()) if user in self.marked]
        found = self.day.guarded(f"page {page_id}", partial(typed.mask_page, page, viewers, own))
        self._add(("page", page_id), found)
        page["n_findings"] += len(self.day.found["page", page_id]) - before

    def event(self, event: dict[str, Any]) -> None:
        """In what the user typed and repeats."""
        if event["user_id"] in self.marked:
            own = Pseudonyms(self.secret, event["user_id"])
            page_id, event_id = event["page_id"], event["event_id"]
            quoted = Pseudonyms(self.secret, self.day.owner(page_id)) if page_id in self.day.pages else own
            call = partial(typed.mask_event, event, self.marked[event["user_id"]], own, quoted)
            self._add(("event", event_id), self.day.guarded(f"event {event_id}", call))

    def _add(self, key: tuple[str, str], findings: list[Finding]) -> None:
        self.day.found[key].extend(findings)
        self.n_places += len(findings)
