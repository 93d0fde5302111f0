"""What the users of a day tell of themselves in their own zones and fields, and the gazetteers that are made of it.

How a page's zones are read belongs to page.py, how a value is looked for elsewhere to gazetteer.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import partial

import polars as pl

from shopcart_assets.platform.engine import Engine, Here
from shopcart_assets.privacy.batches import Batch, Plan
from shopcart_assets.privacy.catalogue import catalogue_words, titles_on
from shopcart_assets.privacy.errors import guarded
from shopcart_assets.privacy.events import EventScrubber
from shopcart_assets.privacy.gazetteer import Gazetteer, OwnValue, completed, own_values, values_told
from shopcart_assets.privacy.memory import Memory
from shopcart_assets.privacy.page import ScrubbedPage, mine_page
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import Zone


@dataclass
class Told:
    """By user: own values of zones and fields, what was typed, and the titles of the goods on the user's pages. In memory only."""

    own: dict[str, list[OwnValue]] = field(default_factory=dict, repr=False)
    typed: dict[str, list[OwnValue]] = field(default_factory=dict, repr=False)
    searched: dict[str, list[OwnValue]] = field(default_factory=dict, repr=False)
    titles: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def add(self, other: "Told") -> None:
        """What was told in other pages and events."""
        for mine, others in ((getattr(self, one.name), getattr(other, one.name)) for one in fields(self)):
            for user, values in others.items():
                mine.setdefault(user, []).extend(values)

    def add_page(self, page: ScrubbedPage, viewers: Iterable[str]) -> None:
        """What a page tells of all who saw it: a restricted one too, but its titles name no goods."""
        told = list(values_told(page.own))
        titles = titles_on(page.root) if page.root is not None and not page.reason else None
        for user in viewers:
            self.own.setdefault(user, []).extend(told)
            if titles is not None:
                self.titles.setdefault(user, []).extend(titles)

    def add_typed(self, user: str, scrubber: EventScrubber) -> None:
        """What the user typed into fields that ask for personal data, and whom their searches name."""
        self.typed.setdefault(user, []).extend(scrubber.typed)
        self.searched.setdefault(user, []).extend(scrubber.searched)

    def gazetteers(self, secret: bytes) -> dict[str, Gazetteer]:
        """One for each user who has told something."""
        trade = catalogue_words(self.titles.items())
        values = {
            user: own_values([*self.own.get(user, []), *completed(self.typed.get(user, []))])
            for user in sorted({*self.own, *self.typed})
        }
        others = {user: own_values(self.searched.get(user, [])) for user in values}
        return {
            user: Gazetteer(Pseudonyms(secret, user), own, trade, tuple(self.titles.get(user, ())), others[user]).lean()
            for user, own in values.items()
            if own or others[user]
        }


def own_values_of_day(
    events: pl.DataFrame,
    pages: Iterable[pl.DataFrame],
    engine: Engine | None = None,
    own_zones: tuple[Zone, ...] = (),
) -> dict[str, Gazetteer]:
    """User -> what is looked for in that user's rows, of a raw day: the knowledge of the check that looks for what is left.

    `events` and frames of `pages` as in traffic.events and traffic.pages. Raises PrivacyError and EngineError.
    """
    told = Told()
    plan = Plan(events.select("event_id", "page_id", "user_id", "target", "value"), own_zones=own_zones)
    for one in (engine or Here()).map(mine, plan.batches(pages)):
        told.add(one)
    return told.gazetteers(b"")


def mine(batch: Batch) -> Told:
    """What the pages and events of a batch tell; nothing is scrubbed."""
    told, nobody, memory = Told(), Pseudonyms(b"", ""), Memory()
    delivered = {row["page_id"]: row for row in batch.pages.iter_rows(named=True)}
    for page_id, seen in batch.events_by_page().items():
        page, raw = None, delivered.get(page_id)
        if raw and raw["html"] is not None:
            read = partial(mine_page, raw["html"], url=raw["url"] or "", memory=memory, own_zones=batch.own_zones)
            page = guarded(f"page {page_id}", read)
            told.add_page(page, batch.viewers[str(page_id)])
        for event in seen:
            scrubber = EventScrubber(nobody, nobody, page if page and not page.reason else None, batch.own_zones)
            guarded(f"event {event['event_id']}", partial(scrubber.mine, event))
            told.add_typed(event["user_id"], scrubber)
    return told
