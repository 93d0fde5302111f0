"""Writes a log of the sample shop at the paper's counts, or in proportion to them, as a raw drop. Only benchmarks read it.

Day after day, by batches of sessions in as many processes as there are cores, so that memory is bounded by a batch. Everybody has
consented and nothing is planted: what the pipeline admits can be held against the counts.
"""

import csv
import datetime as dt
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import tee
from pathlib import Path

import polars as pl

from shopcart_assets.platform.count import Count, uncounted
from shopcart_assets.platform.pool import map_batches
from shopcart_assets.traffic.errors import DropError
from shopcart_assets.traffic.sample_shop.batch import Batch, deliver_batch
from shopcart_assets.traffic.sample_shop.counts import Counts, Plan
from shopcart_assets.traffic.sample_shop.filling import saved_files
from shopcart_assets.traffic.sample_shop.recorder import format_time
from shopcart_assets.traffic.sample_shop.size import Size

VERSION = 1
"""Raised with each change of what the same size gives."""

_SESSIONS_PER_BATCH = 32
_PAGES_PER_GROUP = 64
_FACTS = "facts.json"
_TITLE = (
    "SIMULATED. Nobody shopped here: a made-up log for benchmarks, at the size of the paper's or in proportion to it."
)


@dataclass(frozen=True)
class Facts:
    """What was written. `n_views`: actions on a page; `n_pages`: different pages, by bytes, of `page_bytes` together."""

    counts: Counts
    n_views: int
    n_pages: int
    page_bytes: int
    drop_bytes: int

    @property
    def share_seen_again(self) -> float:
        """The share of actions on a page that was seen before, in the same session or in any other."""
        return 1 - self.n_pages / max(1, self.n_views)

    def lines(self) -> list[str]:
        """As `shopcart bench generate` prints it."""
        counts = self.counts
        return [
            f"{counts.n_sessions:,} sessions, {counts.n_actions:,} actions, {counts.n_purchases:,} purchases, {counts.n_users:,} users",
            f"{self.n_pages:,} different pages of {self.page_bytes / max(1, self.n_pages) / 1e3:,.0f} kB, "
            f"{self.page_bytes / 1e9:,.2f} GB together, {self.drop_bytes / 1e9:,.2f} GB on disk; "
            f"{self.share_seen_again:.0%} of {self.n_views:,} actions are on a page that was seen before",
        ]

    def to_dict(self) -> dict[str, object]:
        """As `shopcart bench generate --json` prints it."""
        return {**asdict(self), "share_seen_again": round(self.share_seen_again, 4)}


def ensure(size: Size, drop: Path, count: Count = uncounted) -> Facts:
    """Writes the log to the folder `drop`, unless that holds this very log; says what is in it.

    What was there is replaced when the new log is whole. Raises DropError where that is no log of this kind.
    """
    readme = _readme(size)
    there = drop / "README.txt"
    if there.is_file() and there.read_text() == readme:
        told = json.loads((drop / _FACTS).read_text())
        return Facts(**told | {"counts": Counts(**told["counts"])})
    if drop.exists() and not (there.is_file() and there.read_text().startswith(_TITLE)):
        raise DropError(f"{drop} is there and was not written by this command: name a folder that is not there yet")
    scratch = drop.with_name(f".{drop.name}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    facts = _write(size, scratch, count)
    (scratch / _FACTS).write_text(json.dumps(asdict(facts), indent=1))
    (scratch / "README.txt").write_text(readme)
    shutil.rmtree(drop, ignore_errors=True)
    scratch.replace(drop)
    return facts


def _readme(size: Size) -> str:
    """What the drop says about itself, the saved pages' names and lengths included."""
    pages = [f"{file.name} {file.stat().st_size}" for file in saved_files(size.pages)] if size.pages else []
    return "\n".join([_TITLE, f"Generator {VERSION}, {size}", *pages, ""])


@dataclass
class _Day:
    """One day's folder in the making: lines are appended, pages lie in parts until the day is whole."""

    folder: Path
    parts: list[Path] = field(default_factory=list)
    public: set[str] = field(default_factory=set)
    again: dict[Path, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "events.jsonl").touch()

    def next_part(self) -> Path:
        """Where a worker is to write a batch's pages; a batch without any writes none."""
        self.parts.append(self.folder / f".{len(self.parts):06d}.parquet")
        return self.parts[-1]

    def add(self, lines: str, part: Path, public: dict[str, int]) -> None:
        """What a batch delivered. A public page that an earlier batch had is not written twice."""
        with (self.folder / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(lines)
        self.again[part] = sorted(public.keys() & self.public)
        self.public |= public.keys()

    def close(self) -> None:
        """Puts the parts together as pages.parquet."""
        written = [part for part in self.parts if part.exists()]
        scans = [pl.scan_parquet(part).filter(~pl.col("page_id").is_in(self.again[part])) for part in written]
        if scans:
            pages = self.folder / "pages.parquet"
            pl.concat(scans).sink_parquet(pages, compression="zstd", row_group_size=_PAGES_PER_GROUP)
        for part in written:
            part.unlink()


def _write(size: Size, drop: Path, count: Count) -> Facts:
    """The whole log, at most a few days' folders open."""
    _write_consent(size, drop / "consent.csv")
    days, total, public = _Days(size, drop), Counter[str](), dict[str, int]()
    asked, kept = tee(_batches(Plan(size.counts, size.shop(), size.seed), days))
    advance = count(size.n_sessions, "sessions")
    for batch, got in zip(kept, map_batches(deliver_batch, asked), strict=True):
        days.close_before(batch.day)
        for later in range(2):
            if later == 0 or got.lines[1]:
                days[batch.day + later].add(got.lines[later], batch.parts[later], got.public[later])
        total.update(views=got.n_views, pages=got.n_personal, bytes=got.personal_bytes)
        public |= got.public[0] | got.public[1]
        advance(len(batch.sessions))
    days.close_before(size.n_days + 1)
    return Facts(
        size.counts,
        n_views=total["views"],
        n_pages=total["pages"] + len(public),
        page_bytes=total["bytes"] + sum(public.values()),
        drop_bytes=sum(file.stat().st_size for file in drop.rglob("*") if file.is_file()),
    )


class _Days(dict[int, _Day]):
    """The days in the making, by number; a folder is made when it is first asked for."""

    def __init__(self, size: Size, drop: Path) -> None:
        super().__init__()
        self.size, self._drop = size, drop

    def __missing__(self, number: int) -> _Day:
        self[number] = _Day(self._drop / self.size.date(number).isoformat())
        return self[number]

    def close_before(self, number: int) -> None:
        """Closes the days before the one with this number."""
        for day in [day for day in self if day < number]:
            self.pop(day).close()


def _batches(plan: Plan, days: _Days) -> Iterator[Batch]:
    size = days.size
    for day in range(size.n_days):
        of_day = range(day, size.n_sessions, size.n_days)
        for start in range(0, len(of_day), _SESSIONS_PER_BATCH):
            sessions = plan.attempts(of_day[start : start + _SESSIONS_PER_BATCH])
            is_last = day == size.n_days - 1
            today = days[day].next_part()
            yield Batch(size, day, sessions, (today, today if is_last else days[day + 1].next_part()))


def _write_consent(size: Size, file: Path) -> None:
    """Everybody agreed a month before."""
    since = format_time(dt.datetime.combine(size.first_day, dt.time(), dt.UTC) - dt.timedelta(days=30))
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("user_id", "status", "effective_at", "source"))
        writer.writerows((size.user_id(number), "granted", since, "bench") for number in range(size.counts.n_users))
