"""One day: raw events and pages in, the stage's four tables out. Pages kept + dropped = pages that the events name.

Two looks: by zones and patterns, then for the values that these told of each user, over all that the user saw and did; where a
model is configured, a third over the free text that is left. The day's events are in memory, of its pages a few batches. What is
done to a batch belongs to look.py, what a model is asked to llm_pass.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.engine import Engine, Here
from shopcart_assets.platform.page_batches import gathered
from shopcart_assets.privacy.errors import guarded
from shopcart_assets.privacy.gazetteer import Gazetteer
from shopcart_assets.privacy.llm_pass.rows import Pages, Residual
from shopcart_assets.privacy.llm_pass.run import Figures, LLMPass
from shopcart_assets.privacy.look import (
    Batch,
    Looked,
    PageScrubber,
    findings_frame,
    first_look,
    frame,
    owner_of,
    second_look,
)
from shopcart_assets.privacy.mining import Told
from shopcart_assets.privacy.page import scrub_page
from shopcart_assets.traffic.spool import Frames, Held

_EVENTS_PER_BATCH = 10_000
"""Of those whose page was not delivered or is not known."""


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
        frames = {"events": self.events, "pages": self.pages.scan(), "findings": self.findings, "drops": self.drops}
        return {f"privacy.{name}": rows for name, rows in frames.items()}


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
    gazetteer.
    """

    secret: bytes = field(repr=False)
    engine: Engine = field(default_factory=Here)
    frames: Callable[[pl.Schema], Frames] = Held
    llm_pass: LLMPass | None = None
    scrub: PageScrubber = scrub_page
    with_gazetteer: bool = True

    def over(self, events: pl.DataFrame, pages: Iterable[pl.DataFrame]) -> StreamedDay:
        """The day without personal data. A page takes the pseudonyms of the one user who saw it that day, if it was one.

        What several saw takes nobody's, so that it links no two users and none of them has to be erased from it.

        `events` are traffic.events of the day, `pages` frames of its traffic.pages, whose order the pages keep. Raises
        PrivacyError, EngineError, and LLMError where the model of `llm_pass` cannot be asked.
        """
        # Only the contract's columns go on: nobody has said what a recorder's unknown fields hold.
        contract = [name for name in table("privacy.events").schema() if name in events.columns]
        plan = _Plan(events.select(contract).sort("timestamp", "event_id"), self.secret)
        rows = _Rows(self._waiting())
        told = Told()
        for looked in self.engine.map(partial(first_look, scrub=self.scrub), plan.batches(pages)):
            rows.add(looked)
            told.add(looked.told)
        if self.with_gazetteer:
            asked = plan.again(rows, told.gazetteers(self.secret))
            rows = rows.after(self._waiting())
            for looked in self.engine.map(second_look, asked):
                rows.add(looked)
        return self._third_look(rows, plan, told) if self.llm_pass else rows.day()

    def _third_look(self, rows: "_Rows", plan: "_Plan", told: Told) -> StreamedDay:
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


class _Plan:
    """Which events and pages are looked at together, and who saw which page. `events` in the order of time."""

    def __init__(self, events: pl.DataFrame, secret: bytes) -> None:
        self.events, self.secret = events, secret
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

    def again(self, rows: "_Rows", gazetteers: Mapping[str, Gazetteer]) -> Iterator[tuple[Batch, dict[str, Gazetteer]]]:
        """For the second look: the same batches, with what their users told."""
        for pages, events in zip(rows.pages.each(), rows.events, strict=True):
            batch = self._batch(pages, events)
            users = {*events["user_id"], *(user for users in batch.viewers.values() for user in users)}
            yield batch, {user: gazetteers[user] for user in sorted(users) if user in gazetteers}

    def _batch(self, pages: pl.DataFrame, events: pl.DataFrame) -> Batch:
        page_ids = events["page_id"].drop_nulls().unique(maintain_order=True)
        return Batch(pages, events, {page_id: self.viewers[page_id] for page_id in page_ids if page_id}, self.secret)


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


def _no_pages() -> pl.DataFrame:
    return table("traffic.pages").empty()
