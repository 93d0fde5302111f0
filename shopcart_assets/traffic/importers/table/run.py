"""`shopcart import table`: a table, read by its mapping, into a drop. The one place where rows, pages and the drop meet."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopcart_assets.platform.count import Count, uncounted
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.deliver import Delivery, DropWriter
from shopcart_assets.traffic.importers.table import convert
from shopcart_assets.traffic.importers.table.columns import root
from shopcart_assets.traffic.importers.table.convert import Row
from shopcart_assets.traffic.importers.table.mapping import TableMapping, read_mapping
from shopcart_assets.traffic.importers.table.pages import PAGE_ROWS, Pages, open_pages
from shopcart_assets.traffic.importers.table.source import Table, open_table

KIND = "table"

_BATCH_ROWS = 20_000


@dataclass(frozen=True)
class Imported:
    """What an import came to: rows read = events + refused + skipped (by reason)."""

    delivery: Delivery
    n_read: int
    skipped: Mapping[str, int]
    n_equal: int
    """Events that say the same as an earlier one; they are kept apart. Always 0 where the table has ids."""
    says_consent: bool
    """Whether the events say what their users consented to."""


def lines(imported: Imported) -> list[str]:
    """What a person should know of the rows that were read."""
    told = [f"{imported.n_read:,} rows read"]
    told += [f"  skipped {n:,}: {reason}" for reason, n in sorted(imported.skipped.items())]
    if imported.n_equal:
        told.append(
            f"  kept {imported.n_equal:,} that say the same as an earlier one: map event_id if the table has ids"
        )
    return told


@dataclass
class Repeats:
    """How often each hash came before, over all batches: 8 bytes a row, in a few sorted runs that are merged as they grow."""

    _runs: list[NDArray[np.uint64]] = field(default_factory=list)

    def before(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """For each hash the number of equal ones earlier in the batch and in all batches before; then takes note of them."""
        order = np.argsort(hashes, kind="stable")
        run = hashes[order]
        within = np.empty(run.size, np.int64)
        within[order] = np.arange(run.size) - np.searchsorted(run, run)
        sides = [np.searchsorted(old, hashes, "right") - np.searchsorted(old, hashes, "left") for old in self._runs]
        self._runs.append(run)
        while len(self._runs) > 1 and self._runs[-2].size <= 2 * self._runs[-1].size:
            self._runs[-2:] = [np.sort(np.concatenate(self._runs[-2:]), kind="stable")]
        return within + np.sum(sides, axis=0, dtype=np.int64)


def open_mapped(source: str, mapping_file: Path) -> tuple[TableMapping, Table]:
    """The mapping and the table that it fits. Raises DropError where it does not fit, with what the table has."""
    mapping = read_mapping(mapping_file)
    table = open_table(source, mapping.source)
    try:
        convert.check(table.schema, mapping)
    except DropError as error:
        raise DropError(f"{mapping_file} does not fit {source}: {error}") from None
    return mapping, table


def columns(table: Table, mapping: TableMapping) -> list[str]:
    """The table's columns that the mapping uses."""
    return list(dict.fromkeys(root(table.schema, path) for _, path in mapping.columns()))


def batch_rows(mapping: TableMapping) -> int:
    """Rows in a batch of events."""
    return PAGE_ROWS if mapping.page and not mapping.page.table else _BATCH_ROWS


def import_table(
    source: str, mapping_file: Path, folder: Path, consent_ground: str | None, count: Count = uncounted
) -> Imported:
    """Writes the drop. `consent_ground` says on what ground everybody in the table agreed; None: nothing is known of that.

    Raises DropError where the source, the mapping or the folder cannot be used; then nothing has changed.
    """
    mapping, table = open_mapped(source, mapping_file)
    if consent_ground and mapping.event.consent:
        raise DropError(f"{mapping_file} reads consent from the table: leave out --consent-ground, or event.consent")
    if folder.resolve().is_relative_to(Path(source).expanduser().resolve()):
        raise DropError(f"{folder} lies in {source}, where the next import would read it: give another folder by --out")
    notes: dict[str, Any] = {"source": table.name.rstrip("/").rsplit("/", 1)[-1]}
    with DropWriter(folder, KIND, notes, page_format=mapping.page.format if mapping.page else "raw") as drop:
        pages = open_pages(source, table, mapping, count)
        load = _Load(drop, pages, ids=None if mapping.event.event_id else Repeats())
        for batch in table.batches(columns(table, mapping), batch_rows(mapping), count):
            rows = convert.convert(batch.rows, batch.lines, mapping, pages.page_id if pages else convert.no_page)
            load.take(batch.file, [Row(line, {}, refusal=reason) for line, reason in batch.broken])
            load.take(batch.file, list(rows))
        if not load.users:
            raise DropError(f"nothing to import: of {load.n_read:,} rows none became an event; --preview shows why")
        if pages:
            pages.deliver(drop, count)
            notes |= {"ambiguous_page_keys": pages.n_ambiguous_keys, "events_without_page": pages.n_events_without_page}
        for user, since in load.users.items() if consent_ground else ():
            drop.consent(user, "granted", since, str(consent_ground))
        notes |= {"n_read": load.n_read, "n_equal": load.n_equal, "skipped": dict(sorted(load.skipped.items()))}
    assert drop.delivery is not None
    return Imported(drop.delivery, load.n_read, dict(load.skipped), load.n_equal, bool(mapping.event.consent))


@dataclass
class _Load:
    """Hands rows to the drop, and counts them."""

    drop: DropWriter
    pages: Pages | None
    ids: Repeats | None
    """Counts equal events, where the table has no ids: the second of two equal events is `<hash>-1`."""
    n_read: int = 0
    n_equal: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    users: dict[str, str] = field(default_factory=dict)
    """The first event's time of each."""

    def take(self, file: str, rows: Sequence[Row]) -> None:
        self.n_read += len(rows)
        self.skipped.update(row.skip for row in rows if row.skip)
        for row in rows:
            if row.refusal:
                self.drop.refuse(file, row.line, row.refusal)
        events = [row.event for row in rows if row.event]
        if self.ids:
            hashes = np.array([int(event["event_id"][:16], 16) for event in events], np.uint64)
            for event, n_before in zip(events, self.ids.before(hashes), strict=True):
                event["event_id"] += f"-{n_before}" if n_before else ""
                self.n_equal += bool(n_before)
        for event in events:
            user, time = event["user_id"], event["timestamp"]
            self.users[user] = min(time, self.users.get(user, time))
            if self.pages:
                self.pages.seen(event)
            self.drop.event(event)
