"""Writes an imported log as a raw drop, streaming and safely repeatable. Knows the contract's files, no foreign format.

Equal imports give byte-equal files, and a file that would not change is not touched: importing twice changes nothing, and a
watched folder sees nothing new. A day is whole when its marker `_SUCCESS` is there: it is taken away first and put back last.
"""

import csv
import gzip
import hashlib
import io
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.traffic.drops import DropError, days
from shopcart_assets.traffic.times import parse_time

MARKER = "_SUCCESS"
REPORT = "import.json"
REFUSED = "refused.jsonl.gz"
_BUFFER_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Delivery:
    """What an import came to. `refused` counts by reason what the source has and the contract cannot hold."""

    folder: Path
    n_events: int
    n_pages: int
    n_users_with_consent: int
    refused: Mapping[str, int]
    days: tuple[str, ...]
    changed: tuple[str, ...]
    """Files that are new or differ from those of an earlier import, inside the folder."""


@dataclass
class DropWriter:
    """A drop under construction: `with DropWriter(folder, kind="rrweb") as drop`, then `drop.event(...)`, `drop.page(...)`.

    Everything is written beside the folder and put in place when the block ends well; after an error nothing has changed.
    Raises DropError where the folder holds something that no import of this kind wrote.
    """

    folder: Path
    kind: str
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the import is to say about itself in `import.json`: the source's name, choices, figures. No personal data."""
    page_format: str = "raw"
    """The format (traffic.pages) of all pages of this drop."""

    def __post_init__(self) -> None:
        self.folder = self.folder.expanduser().resolve()
        _refuse_foreign(self.folder, self.kind)
        self._scratch = self.folder.with_name(f".{self.folder.name}.new")
        self._lines: dict[str, list[str]] = defaultdict(list)
        self._pages: dict[str, list[tuple[str, str | None, bytes]]] = defaultdict(list)
        self._buffered = self._n_events = self._n_page_files = 0
        self._seen_pages: set[bytes] = set()
        self._consent: set[tuple[str, str, str, str]] = set()
        self._refused: Counter[str] = Counter()
        self.delivery: Delivery | None = None

    def __enter__(self) -> Self:
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True)
        return self

    def __exit__(self, error: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        try:
            if error is None:
                self._flush()
                self.delivery = self._put_in_place()
        finally:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def event(self, event: Mapping[str, Any]) -> None:
        """Adds an event of the contract (drops, rows) to its day. Fields that the contract does not know are kept aside there.

        Raises ValueError where the timestamp is not an ISO 8601 time: an importer refuses such a row itself.
        """
        day = _day(event["timestamp"])
        self._n_events += 1
        self._keep(day, json.dumps(event, ensure_ascii=True, sort_keys=True))

    def page(self, timestamp: str, url: str | None, html: bytes) -> str:
        """Adds a page to the day of the event that first shows it; returns its page_id, the sha256 of its bytes in hexadecimal.

        Raises ValueError where the timestamp is not an ISO 8601 time.
        """
        digest = hashlib.sha256(html)
        if digest.digest() not in self._seen_pages:
            self._seen_pages.add(digest.digest())
            self._pages[_day(timestamp)].append((digest.hexdigest(), url, html))
            self._count(len(html))
        return digest.hexdigest()

    def consent(self, user_id: str, status: str, effective_at: str, source: str) -> None:
        """Adds an entry of the consent history. `source` says on what ground: without it nobody is admitted later."""
        self._consent.add((user_id, status, effective_at, source))

    def refuse(self, file: str, line: int, reason: str) -> None:
        """Counts and lists something that the source has and the contract cannot hold. `reason` is one word."""
        self._refused[reason] += 1
        self._keep(REFUSED, json.dumps({"file": file, "line": line, "reason": reason}))

    def aside(self, name: str, rows: pl.DataFrame) -> None:
        """Keeps a table that no stage reads (personas, interviews) as `aside/<name>.parquet`."""
        rows.write_parquet(self._scratch / "aside" / f"{name}.parquet", compression="zstd", mkdir=True)

    def aside_file(self, name: str, source: Path) -> None:
        """Keeps a file of the source as it is, such as pictures that nobody decodes, as `aside/<name>`."""
        file = self._scratch / "aside" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, file)

    def _frame(self, pages: list[tuple[str, str | None, bytes]]) -> pl.DataFrame:
        """Pages as the drop's Parquet file has them; a column `format` only where it says something."""
        full = [(*page, self.page_format) for page in pages]
        frame = pl.DataFrame(full, schema=table("traffic.pages").schema(), orient="row")
        return frame.drop("format") if self.page_format == "raw" else frame

    def _keep(self, place: str, line: str) -> None:
        self._lines[place].append(line)
        self._count(len(line))

    def _count(self, n_bytes: int) -> None:
        self._buffered += n_bytes
        if self._buffered > _BUFFER_BYTES:
            self._flush()

    def _flush(self) -> None:
        for place, lines in self._lines.items():
            file = self._scratch / (place if place == REFUSED else f"{place}/events.jsonl.gz")
            _append(file, lines)
        for day, pages in self._pages.items():
            file = self._scratch / day / f"pages-{self._n_page_files:06d}.parquet"
            self._frame(pages).write_parquet(file, compression="zstd", mkdir=True)
            self._n_page_files += 1
        self._lines.clear()
        self._pages.clear()
        self._buffered = 0

    def _put_in_place(self) -> Delivery:
        for day in {file.parent for file in self._scratch.glob("*/pages-*.parquet")}:
            _join_pages(day)
        found = days(self._scratch)
        if not found:
            raise DropError(f"nothing to import: none of the source's rows became an event ({_listed(self._refused)})")
        for day_name in found:
            (self._scratch / day_name / MARKER).touch()
        (self._scratch / "consent.csv").write_text(_consent_csv(self._consent))
        refused = dict(sorted(self._refused.items()))
        counts = {"n_events": self._n_events, "n_pages": len(self._seen_pages), "refused": refused}
        report = {"kind": self.kind, **counts, **self.notes}
        (self._scratch / REPORT).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
        changed = replace_changed(self._scratch, self.folder)
        n_users = len({user for user, status, *_ in self._consent if status == "granted"})
        return Delivery(self.folder, self._n_events, len(self._seen_pages), n_users, refused, tuple(found), changed)


def replace_changed(new: Path, old: Path) -> tuple[str, ...]:
    """Makes the folder `old` hold what `new` holds, touching only what differs; returns the names that did, markers aside.

    A day whose files change has no marker until all of them are in place.
    """
    names = {file.relative_to(new) for file in new.rglob("*") if file.is_file()}
    gone = {file.relative_to(old) for file in old.rglob("*") if file.is_file()} - names
    changed = sorted(gone | {name for name in names if not _is_equal(new / name, old / name)})
    for day in {name.parent for name in changed if name.name != MARKER}:
        (old / day / MARKER).unlink(missing_ok=True)
    # Pages before the events that name them; the report, by which a later import knows the folder as its own, first of all.
    ranked = [(name.name != REPORT, name.name == MARKER, name.name.startswith("events"), name) for name in names]
    for *_, name in sorted(ranked):
        if not _is_equal(new / name, old / name):
            (old / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).replace(old / name)
    for name in gone:
        (old / name).unlink(missing_ok=True)
    for folder in sorted({old / above for name in gone for above in name.parents} - {old}, reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    return tuple(name.as_posix() for name in changed if name.name != MARKER)


def _day(timestamp: str) -> str:
    moment = parse_time(timestamp)
    if moment is None:
        raise ValueError(f"not an ISO 8601 time: {timestamp!r}")
    return moment.date().isoformat()


def _is_equal(one: Path, other: Path) -> bool:
    if not other.is_file() or one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while block := left.read(2**20):
            if block != right.read(2**20):
                return False
    return True


def _refuse_foreign(folder: Path, kind: str) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    report = folder / REPORT
    try:
        found = json.loads(report.read_text())["kind"] if report.is_file() else None
    except (OSError, ValueError, KeyError, TypeError):
        found = None
    if found != kind:
        raise DropError(f"{folder} holds something that no {kind} import wrote: give another folder by --out")


def _append(file: Path, lines: list[str]) -> None:
    """Appends a gzip member without a time and a name in it, so that equal lines are equal bytes."""
    file.parent.mkdir(exist_ok=True)
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=3, mtime=0) as out:
        out.write(("\n".join(lines) + "\n").encode())
    with file.open("ab") as out_file:
        out_file.write(packed.getvalue())


def _join_pages(day: Path) -> None:
    parts = sorted(day.glob("pages-*.parquet"))
    pl.scan_parquet(parts).sink_parquet(day / "pages.parquet", row_group_size=200)  # memory is bounded by row groups
    for part in parts:
        part.unlink()


def _consent_csv(entries: set[tuple[str, str, str, str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("user_id", "status", "effective_at", "source"))
    writer.writerows(sorted(entries))
    return text.getvalue()


def _listed(refused: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {reason}" for reason, n in sorted(refused.items())) or "it has no rows"
