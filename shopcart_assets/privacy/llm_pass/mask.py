"""The marks of a day's snippets put into its pages and events: blocks of free text first, then what people typed.

Rows are changed in place. Which words are marked is decided before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from shopcart_assets.privacy.llm_pass import pages, typed
from shopcart_assets.privacy.llm_pass.rows import Residual
from shopcart_assets.privacy.llm_pass.snippets import Marking
from shopcart_assets.privacy.patterns import Finding
from shopcart_assets.privacy.pseudonyms import Pseudonyms

_Found = Iterator[tuple[tuple[str, str], list[Finding]]]


def mask(day: Residual, marking: Marking, on_pages: Collection[str], secret: bytes) -> int:
    """Replaces the marked words in the day's rows, and adds to its findings; in how many places.

    `on_pages`: those on which marked snippets stand.
    """
    said: dict[str, list[str]] = defaultdict(list)
    for event in day.events.values():  # before anything is replaced: what was typed is known by its own words
        said[event["user_id"]] += typed.typed_in(event)
    marked = {user: typed.Typed.of(typed.complete(texts), marking) for user, texts in said.items()}
    marked = {user: one for user, one in marked.items() if one.quotes}
    n_places = 0
    for key, findings in (*_blocks(day, marking, on_pages, secret), *_typed(day, marked, secret)):
        day.found[key].extend(findings)
        n_places += len(findings)
    return n_places


def _blocks(day: Residual, marking: Marking, on_pages: Collection[str], secret: bytes) -> _Found:
    events: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in day.events.values():
        events[event["page_id"]].append(event)
    for page_id in sorted(on_pages):
        own = Pseudonyms(secret, day.owner(page_id))
        call = partial(pages.mask_page, day.pages[page_id], events[page_id], marking, own)
        found, quoted = day.guarded(f"page {page_id}", call)
        yield ("page", page_id), found
        yield from ((("event", event_id), ones) for event_id, ones in quoted.items())


def _typed(day: Residual, marked: dict[str, typed.Typed], secret: bytes) -> _Found:
    for event_id, event in day.events.items():
        if event["user_id"] not in marked:
            continue
        own = Pseudonyms(secret, event["user_id"])
        quoted = Pseudonyms(secret, day.owner(event["page_id"])) if event["page_id"] in day.pages else own
        call = partial(typed.mask_event, event, marked[event["user_id"]], own, quoted)
        yield ("event", event_id), day.guarded(f"event {event_id}", call)
    for page_id, page in day.pages.items():
        viewers = [marked[user] for user in day.viewers.get(page_id, ()) if user in marked]
        one = partial(typed.mask_page, page, viewers, Pseudonyms(secret, day.owner(page_id)))
        yield ("page", page_id), day.guarded(f"page {page_id}", one)
