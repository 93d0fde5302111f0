"""The pages of a table: which page an event was on, and their bytes, written on the day that first shows them. Bounded by hashes.

A source need not be in the order of time, and a page is looked for on its event's day and the days before. So events come first,
and the bytes in a second reading, when it is known which pages are needed and since when.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from shopcart_assets.platform.count import Count, uncounted
from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.deliver import DropWriter
from shopcart_assets.traffic.importers.table.columns import locate, root
from shopcart_assets.traffic.importers.table.mapping import Page, TableMapping
from shopcart_assets.traffic.importers.table.source import Table, open_table

PAGE_ROWS = 200
"""Rows in a batch that holds pages: one may be a megabyte."""


@dataclass
class Pages:
    """Pages of the events' own table, or of another one whose rows are named by a key."""

    table: Table
    page: Page
    by_key: dict[str, str] | None = None
    """page_id of each key; None where the pages are in the events' rows."""
    n_ambiguous_keys: int = 0
    """Keys that name more than one page; the first one counts."""
    n_events_without_page: int = 0
    _since: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def page_id(self, key: str | None, html: bytes | None) -> str | None:
        """See convert.PageId."""
        if self.by_key is not None:
            return self.by_key.get(key) if key is not None else None
        return None if html is None else hashlib.sha256(html).hexdigest()

    def seen(self, event: dict[str, object]) -> None:
        """Takes note of a kept event: its page is needed, at the latest since then."""
        page_id, time, url = event.get("page_id"), str(event["timestamp"]), event.get("url")
        if page_id is None:
            self.n_events_without_page += 1
            return
        known = self._since.get(str(page_id))
        if known is None or time < known[0]:
            self._since[str(page_id)] = (time, str(url) if url is not None else None)

    def deliver(self, drop: DropWriter, count: Count = uncounted) -> None:
        """Writes each page that a kept event needs, once."""
        for _, url, html in _read(self.table, self.page, count, "pages"):
            since = self._since.pop(hashlib.sha256(html).hexdigest(), None)
            if since:
                drop.page(since[0], url or since[1], html)
            if not self._since:
                return


def open_pages(source: str, events: Table, mapping: TableMapping, count: Count = uncounted) -> Pages | None:
    """The pages that the mapping names; None where it names none. Reads all keys of a joined table.

    Raises DropError where the joined table or a column of it is not there.
    """
    page = mapping.page
    if page is None or page.table is None:
        return Pages(events, page) if page else None
    if "://" in page.table or "://" in source:
        location = page.table if "://" in page.table else f"{source.rsplit('/', 1)[0]}/{page.table}"
    else:
        base = Path(source).expanduser()
        location = str((base if base.is_dir() else base.parent) / page.table)
    options = mapping.source.model_copy(update={"files": None, "format": None})
    table = open_table(location, options)
    try:
        locate(table.schema, page.html).html()
        for path in (page.key, page.url):
            if path:
                locate(table.schema, path).text()
    except DropError as error:
        raise DropError(f"page.table {location}: {error}") from None
    by_key: dict[str, str] = {}
    ambiguous = set()
    for key, _, html in _read(table, page, count, "page keys"):
        page_id = hashlib.sha256(html).hexdigest()
        if key is not None and by_key.setdefault(key, page_id) != page_id:
            ambiguous.add(key)
    return Pages(table, page, by_key, len(ambiguous))


def _read(table: Table, page: Page, count: Count, of: str) -> Iterator[tuple[str | None, str | None, bytes]]:
    """Key, address and bytes of each row that has a page."""
    paths = {"key": page.key, "url": page.url}
    names = list(dict.fromkeys(root(table.schema, path) for path in (page.html, page.key, page.url) if path))
    for batch in table.batches(names, PAGE_ROWS, count, of):
        schema = batch.rows.schema
        texts = {
            name: locate(schema, path).text(table.options.missing) if path else pl.lit(None, pl.String())
            for name, path in paths.items()
        }
        rows = batch.rows.select(**texts, html=locate(schema, page.html).html())
        for key, url, html in rows.drop_nulls("html").iter_rows():
            yield key, url, html.encode() if isinstance(html, str) else html
