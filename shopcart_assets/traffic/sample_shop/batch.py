"""Some sessions of one day of a benchmark's log: simulated, filled up, and their pages written. A worker's part of `at_size`."""

import datetime as dt
import random
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from shopcart_assets.traffic.sample_shop.counts import draw
from shopcart_assets.traffic.sample_shop.drop import NIGHT_SESSION_EVERY, Day, deliver, page_rows
from shopcart_assets.traffic.sample_shop.faults import to_line
from shopcart_assets.traffic.sample_shop.filling import Fill, saved, shelves
from shopcart_assets.traffic.sample_shop.pages import Page, Visitor, render
from shopcart_assets.traffic.sample_shop.people import Person, person
from shopcart_assets.traffic.sample_shop.recorder import Recording, record
from shopcart_assets.traffic.sample_shop.shopper import walk
from shopcart_assets.traffic.sample_shop.size import Size
from shopcart_assets.traffic.sample_shop.views import Shop, View

_NOBODY = Visitor(Person("", "", "", "", "", "", "", ""), "")


@dataclass(frozen=True)
class Batch:
    """Sessions of the day with this number: number and draw of each. Pages go to `parts`: today's and tomorrow's."""

    size: Size
    day: int
    sessions: list[tuple[int, int]]
    parts: tuple[Path, Path]


@dataclass(frozen=True)
class Delivered:
    """What a batch became. Of today and of tomorrow: lines of events, and ids and bytes of the pages that anybody may see.

    `n_views` counts actions on a page, `n_personal` and `personal_bytes` the pages that one visitor alone saw.
    """

    lines: tuple[str, str]
    public: tuple[dict[str, int], dict[str, int]]
    n_views: int
    n_personal: int
    personal_bytes: int


def deliver_batch(batch: Batch) -> Delivered:
    """Simulates the sessions and writes their pages, those of a day that has any."""
    days, public = (Day(), Day()), set[str]()
    for index, attempt in batch.sessions:
        recording = _session(batch, index, attempt, public)
        deliver(recording, *days, batch.size.date(batch.day + 1))
    for day, part in zip(days, batch.parts, strict=True):
        if day.pages:
            page_rows(day).write_parquet(part, compression="lz4")
    sizes = [{key: len(page.html) for key, page in day.pages.items() if isinstance(page, Page)} for day in days]
    personal = [n_bytes for day in sizes for key, n_bytes in day.items() if key not in public]
    rows = [row for day in days for row in day.rows]
    today, tomorrow = ({key: n for key, n in day.items() if key in public} for day in sizes)
    return Delivered(
        lines=(_lines(days[0]), _lines(days[1])),
        public=(today, tomorrow),
        n_views=sum("optimal" in row and row["page_id"] is not None for row in rows),
        n_personal=len(personal),
        personal_bytes=sum(personal),
    )


def _lines(day: Day) -> str:
    return "".join(map(to_line, sorted(day.rows, key=lambda row: (row["timestamp"], row["event_id"]))))


def _session(batch: Batch, index: int, attempt: int, public: set[str]) -> Recording:
    """The session with this number; ids of the pages that anybody may see are added to `public`."""
    size, rng = batch.size, random.Random(f"session-{batch.size.seed}-{index}")
    n_users = size.counts.n_users
    customer = index if index < n_users else rng.randrange(n_users)
    server = _Server(size, Visitor(person(customer, size.seed), f"{rng.getrandbits(64):016x}"), rng)
    midnight = dt.datetime.combine(size.date(batch.day), dt.time(), dt.UTC)
    # Sessions of a day begin in the order of their numbers, so that the log is nearly in the order of time.
    place, n_today = index // size.n_days, -(-(size.n_sessions - batch.day) // size.n_days)
    start = midnight + dt.timedelta(hours=6 + 16 * (place + rng.random()) / n_today)
    steps = walk(_shop(size), draw(size.seed, index, attempt))
    recording = record(steps, size.user_id(customer), server, f"s{index:06d}", start, rng)
    if index % NIGHT_SESSION_EVERY == 0 and batch.day < size.n_days - 1:
        recording.straddle(midnight + dt.timedelta(days=1))
    filled = _fill_up(recording, _fill(size))
    public |= {filled[page_id] for page_id in server.public}
    return recording


class _Server:
    """Serves each view as a page for the visitor, or, by chance, as one for everybody."""

    def __init__(self, size: Size, visitor: Visitor, rng: random.Random) -> None:
        self._visitor, self._repeat, self._rng = visitor, size.repeat, rng
        self._menu = tuple(_shop(size).catalogue.products.values())[::6]
        self.public: set[str] = set()

    def __call__(self, view: View) -> Page:
        is_public = self._rng.random() < self._repeat
        page = render(view, _NOBODY if is_public else self._visitor, self._menu)
        if is_public:
            self.public.add(page.page_id)
        return page


def _fill_up(recording: Recording, fill: Fill) -> dict[str, str]:
    """Makes the session's pages larger, wherever they are named; returns the new ids by the old ones."""
    larger = {page_id: replace(page, html=fill(page.html)) for page_id, page in recording.pages.items()}
    renamed = {page_id: page.page_id for page_id, page in larger.items()}
    recording.pages = {renamed[page_id]: page for page_id, page in larger.items()}
    for row in recording.rows:
        for named in (row, row.get("optimal")):
            if named and named["page_id"]:
                named["page_id"] = renamed[named["page_id"]]
    return renamed


@cache
def _shop(size: Size) -> Shop:
    return size.shop()


@cache
def _fill(size: Size) -> Fill:
    return saved(size.pages) if size.pages else shelves(size.page_kb, size.seed)
