"""Writes the sample shop's traffic as a raw drop in the input contract. Only files: who does what is decided elsewhere.

Equal configurations give byte-equal drops, and a session does not depend on how many others there are.
"""

import csv
import datetime as dt
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import polars as pl

from shopcart_assets.platform.profiles import ShopConfig
from shopcart_assets.traffic.drops import exclusive
from shopcart_assets.traffic.sample_shop import faults
from shopcart_assets.traffic.sample_shop.catalogue import Catalogue
from shopcart_assets.traffic.sample_shop.pages import Page, Visitor, render
from shopcart_assets.traffic.sample_shop.people import consent_rows, consents, person
from shopcart_assets.traffic.sample_shop.recorder import Recording, Row, format_time, record
from shopcart_assets.traffic.sample_shop.shopper import walk
from shopcart_assets.traffic.sample_shop.views import Shop

GENERATOR_VERSION = 2
"""Raised with each change of what the same configuration gives, so that drops on disk are made anew."""

README = """SIMULATED. Nobody shopped here: shop, pages, customers and behaviour are generated (seeded) by shopcart_assets.traffic.sample_shop.
Nothing measured on this drop says anything about how people shop. Personal data are invented.

Generator {version}, {config}

Planted on the first day, once each: a line that is cut off, an event delivered twice, a clock years off, an event type that
nobody knows, a page whose bytes are missing. Planted in consent.csv: a status that nobody knows.
"""

NIGHT_SESSION_EVERY = 25
"""Of that many sessions one is under way at midnight, if its day is not the last."""


@dataclass
class Day:
    """What is delivered for one day. A page without bytes was delivered the day before."""

    rows: list[Row] = field(default_factory=list)
    pages: dict[str, Page | str] = field(default_factory=dict)


def write_drop(config: ShopConfig, drop: Path) -> Path:
    """Writes the drop to the folder `drop` and returns it; what was there is replaced only when the new one is whole."""
    scratch = drop.with_name(f".{drop.name}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    (scratch / "README.txt").write_text(readme(config))
    _write_consent(config, scratch / "consent.csv")
    for number, day in enumerate(_days(config)):
        _write_day(day, scratch / (config.first_day + dt.timedelta(days=number)).isoformat(), with_faults=number == 0)
    shutil.rmtree(drop, ignore_errors=True)
    scratch.replace(drop)
    return drop


def ensure_drop(config: ShopConfig, drop: Path) -> bool:
    """Writes the drop unless the folder holds the drop of this very configuration; says whether it wrote."""
    drop.parent.mkdir(parents=True, exist_ok=True)
    file = drop / "README.txt"
    with exclusive(drop.with_name(f".{drop.name}.lock")):
        if file.is_file() and file.read_text() == readme(config):
            return False
        write_drop(config, drop)
    return True


def readme(config: ShopConfig) -> str:
    """What the drop says about itself."""
    return README.format(version=GENERATOR_VERSION, config=config)


def simulate(config: ShopConfig, index: int, shop: Shop) -> tuple[int, int, Recording]:
    """The session with this number: the number of its day, of its customer, and what was recorded."""
    rng = random.Random(f"session-{config.seed}-{index}")
    number, customer = index % config.n_days, rng.randrange(config.n_users)
    visitor = Visitor(person(customer, config.seed), f"{rng.getrandbits(64):016x}")
    midnight = dt.datetime.combine(config.first_day, dt.time(), dt.UTC) + dt.timedelta(days=number)
    start = midnight + dt.timedelta(seconds=rng.randrange(6 * 3600, 22 * 3600))
    menu = tuple(shop.catalogue.products.values())[::6]
    serve = partial(render, visitor=visitor, menu=menu)
    recording = record(walk(shop, rng), visitor.person.user_id, serve, f"s{index:06d}", start, rng)
    if index % NIGHT_SESSION_EVERY == 0 and number < config.n_days - 1:
        recording.straddle(midnight + dt.timedelta(days=1))
    return number, customer, recording


def _days(config: ShopConfig) -> Iterator[Day]:
    """The days in their order, at most two of them in memory."""
    shop = Shop(Catalogue(config.seed), config.n_results)
    days = {0: Day()}
    for number in range(config.n_days):
        days[number + 1] = Day()
        recorded = [simulate(config, index, shop) for index in range(number, config.n_sessions, config.n_days)]
        if number == 0:
            for one in [one for _, customer, one in recorded if consents(customer)][-1:]:
                faults.lose_page(one)
        for _, _, one in recorded:
            deliver(one, days[number], days[number + 1], config.first_day + dt.timedelta(days=number + 1))
        yield days.pop(number)


def deliver(recording: Recording, today: Day, tomorrow: Day, tomorrows_date: dt.date) -> None:
    """Puts the session's rows and pages into the day of each row; bytes are delivered once, later only the id is."""
    sent: set[str] = set()
    for row in recording.rows:
        day = tomorrow if row["timestamp"][:10] == tomorrows_date.isoformat() else today
        day.rows.append(row)
        page_id = row["page_id"]
        if page_id in recording.pages and page_id not in day.pages:
            page = recording.pages[page_id]
            day.pages[page_id] = page.url if page_id in sent else page
            sent.add(page_id)


def _write_day(day: Day, folder: Path, with_faults: bool) -> None:
    folder.mkdir()
    rows = sorted(day.rows, key=lambda row: (row["timestamp"], row["event_id"]))
    (folder / "events.jsonl").write_text(
        faults.plant(rows) if with_faults else "".join(map(faults.to_line, rows)), "utf-8"
    )
    page_rows(day).write_parquet(folder / "pages.parquet", compression="zstd")


def page_rows(day: Day) -> pl.DataFrame:
    """The day's pages.parquet, by id."""
    pages = [
        {"page_id": page_id, "url": page, "html": None}
        if isinstance(page, str)
        else {"page_id": page_id, "url": page.url, "html": page.html}
        for page_id, page in sorted(day.pages.items(), key=lambda item: item[0])
    ]
    schema = {"page_id": pl.String(), "url": pl.String(), "html": pl.Binary()}
    return pl.DataFrame(pages, schema=schema)


def _write_consent(config: ShopConfig, file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("user_id", "status", "effective_at", "source"))
        for row in consent_rows(config):
            writer.writerow((row.user_id, row.status, format_time(row.effective_at), row.source))
