"""One day: raw events and pages in, the stage's four tables out. Pages kept + dropped = pages that the events name.

Two looks: by zones and patterns, then for the values that these told of each user, over all that the user saw and did; where a
model is configured, a third over the free text that is left. The day's events are in memory, of its pages a few batches. What is
done to a batch belongs to look.py, what a model is asked to llm_pass.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.engine import Engine, Here
from shopcart_assets.privacy.batches import Plan, owner_of
from shopcart_assets.privacy.errors import guarded
from shopcart_assets.privacy.llm_pass.rows import Pages, Residual
from shopcart_assets.privacy.llm_pass.run import Figures, LLMPass
from shopcart_assets.privacy.look import (
    Looked,
    PageScrubber,
    findings_frame,
    first_look,
    frame,
    second_look,
)
from shopcart_assets.privacy.mining import Told
from shopcart_assets.privacy.page import scrub_page
from shopcart_assets.privacy.rules import Zone
from shopcart_assets.traffic.spool import Frames, Held


@dataclass(frozen=True)
class ScrubbedDay:
    """The tables of the privacy stage for one day, in memory, and what the LLM pass did where there was one."""

    events: pl.DataFrame
    pages: pl.DataFrame
    findings: pl.DataFrame
    drops: pl.DataFrame
    llm: Figures | None = None

    def tables(self) -> dict[str, pl.DataFrame]:
        """Full table name -> frame."""
        return {f"privacy.{name}": frame for name, frame in vars(self).items() if isinstance(frame, pl.DataFrame)}


@dataclass(frozen=True)
class StreamedDay:
    """The same, with pages that need not fit into memory: where they wait on disk, they are there as long as this is."""

    events: pl.DataFrame
    pages: Frames
    findings: pl.DataFrame
    drops: pl.DataFrame
    llm: Figures | None = None

    def tables(self) -> dict[str, pl.DataFrame | pl.LazyFrame]:
        """Full table name -> rows."""
        return {
            "privacy.events": self.events,
            "privacy.pages": self.pages.scan(),
            "privacy.findings": self.findings,
            "privacy.drops": self.drops,
        }


def scrub_day(
    events: pl.DataFrame,
    pages: pl.DataFrame,
    secret: bytes,
    scrub: PageScrubber = scrub_page,
    with_gazetteer: bool = True,
    llm_pass: LLMPass | None = None,
) -> ScrubbedDay:
    """As `Scrubbing.over`, of a day that fits into memory, in this process."""
    day = Scrubbing(secret, llm_pass=llm_pass, scrub=scrub, with_gazetteer=with_gazetteer).over(events, [pages])
    return ScrubbedDay(day.events, day.pages.scan().collect(), day.findings, day.drops, day.llm)


@dataclass(frozen=True)
class Scrubbing:
    """How days are scrubbed: `engine` works on batches, `frames` makes, of a schema, what pages wait in.

    `scrub` is the page scrubber, which the canary check replaces by a broken one to see itself fail; so it does without the
    gazetteer. `own_zones` hold beside those of rules.yaml.
    """

    secret: bytes = field(repr=False)
    engine: Engine = field(default_factory=Here)
    frames: Callable[[pl.Schema], Frames] = Held
    llm_pass: LLMPass | None = None
    scrub: PageScrubber = scrub_page
    with_gazetteer: bool = True
    own_zones: tuple[Zone, ...] = ()

    def over(self, events: pl.DataFrame, pages: Iterable[pl.DataFrame]) -> StreamedDay:
        """The day without personal data. A page takes the pseudonyms of the one user who saw it that day, if it was one.

        What several saw takes nobody's, so that it links no two users and none of them has to be erased from it.

        `events` are traffic.events of the day, `pages` frames of its traffic.pages, whose order the pages keep. Raises
        PrivacyError, EngineError, and LLMError where the model of `llm_pass` cannot be asked.
        """
        # Only the contract's columns go on: nobody has said what a recorder's unknown fields hold.
        contract = [name for name in table("privacy.events").schema() if name in events.columns]
        plan = Plan(events.select(contract).sort("timestamp", "event_id"), self.secret, self.own_zones)
        rows = _Rows(self._waiting())
        told = Told()
        for looked in self.engine.map(partial(first_look, scrub=self.scrub), plan.batches(pages)):
            rows.add(looked)
            told.add(looked.told)
        if self.with_gazetteer:
            asked = plan.again(rows.pages.each(), rows.events, told.gazetteers(self.secret))
            rows = rows.after(self._waiting())
            for looked in self.engine.map(second_look, asked):
                rows.add(looked)
        return self._third_look(rows, plan, told) if self.llm_pass else rows.day()

    def _third_look(self, rows: "_Rows", plan: "Plan", told: Told) -> StreamedDay:
        assert self.llm_pass
        day = rows.day()
        events = {row["event_id"]: row for row in day.events.to_dicts()}
        pages = Pages(day.pages, self._waiting)
        owner = partial(owner_of, viewers=plan.viewers)
        residual = Residual(events, pages, plan.viewers, defaultdict(list), owner, told.titles, guarded)
        figures = self.llm_pass.over(residual)
        rows = rows.after(pages.frames)
        rows.events = [frame("events", list(events.values()))]
        rows.findings.append(findings_frame(residual.found))
        return replace(rows.day(), llm=figures)

    def _waiting(self) -> Frames:
        return self.frames(table("privacy.pages").schema())


class _Rows:
    """The rows of the four tables, as the batches' come."""

    def __init__(self, pages: Frames) -> None:
        self.pages = pages
        self.events: list[pl.DataFrame] = []
        self.findings: list[pl.DataFrame] = []
        self.drops: list[pl.DataFrame] = []

    def add(self, looked: Looked) -> None:
        """Takes the rows of the next batch."""
        self.pages.add(looked.pages)
        self.events.append(looked.events)
        self.findings.append(looked.findings)
        self.drops.append(looked.drops)

    def after(self, pages: Frames) -> "_Rows":
        """For the next look: its pages and events take the place of these, its findings and drops are more."""
        rows = _Rows(pages)
        rows.findings, rows.drops = [*self.findings], [*self.drops]
        return rows

    def day(self) -> StreamedDay:
        """The tables, events in order of time, pages as they were delivered, the rest in order of their keys."""
        source = ["source", "source_id"]
        found = pl.concat([frame("findings", []), *self.findings]).with_columns(
            ordinal=pl.int_range(1, pl.len() + 1, dtype=pl.Int64()).over(source)
        )
        return StreamedDay(
            events=pl.concat([frame("events", []), *self.events]).sort("timestamp", "event_id"),
            pages=self.pages,
            findings=found.sort(*source, "ordinal"),
            drops=pl.concat([frame("drops", []), *self.drops]).unique("page_id", keep="first").sort("page_id"),
        )
