"""The mapping file: which column of a table is which field of the drop contract (origins), and how to read the table. No tables.

Every scalar of the YAML is text as it is written: `Yes`, `007` and `null` are these words, no truth value, number or nothing.
"""

import codecs
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import yaml
from pydantic import ValidationError, field_validator, model_validator

from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.table.origins import Event, Origin, Strict

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Page(Strict):
    """Columns of a page's HTML (text or bytes) and address, in the events' table, or in another one joined by a key.

    `format`: raw, or context where pages are simplified and their elements named already (then map `target.name`). `table` lies beside the source (or is a URL); `key` is its column, `event_key` the events' one. Without `url`: the event's.
    """

    html: str
    format: Literal["raw", "context"] = "raw"
    url: str | None = None
    table: str | None = None
    key: str | None = None
    event_key: str | None = None

    @model_validator(mode="after")
    def _is_joined_whole(self) -> "Page":
        if len({given is None for given in (self.table, self.key, self.event_key)}) > 1:
            raise ValueError("pages in another table need all of table, key and event_key")
        return self


class Skip(Strict):
    """Rows that are left out on purpose: where the column has one of the values, or nothing at all (`missing: true`)."""

    column: str
    reason: str
    values: tuple[str, ...] = ()
    missing: bool = False

    @model_validator(mode="after")
    def _says_which(self) -> "Skip":
        if not (self.values or self.missing):
            raise ValueError("say which: values, or missing: true")
        if not _WORD.fullmatch(self.reason):
            raise ValueError(f"reason {self.reason!r}: write one word such as product_view")
        return self


class Days(Strict):
    """The days (UTC, ISO dates) that the table is about. Rows outside are refused: one wrong clock would make a day of its own."""

    first: dt.date = dt.date(1990, 1, 1)
    last: dt.date = dt.date(2199, 12, 31)


class Source(Strict):
    """How the table is written. `files` picks files of a folder (`events-*.csv`); `missing` lists texts that mean nothing was there."""

    files: str | None = None
    format: Literal["csv", "parquet"] | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ()

    @field_validator("delimiter")
    @classmethod
    def _is_one_character(cls, given: str) -> str:
        if len(given) != 1 or given in '\r\n"':
            raise ValueError(f'{given!r} is no delimiter; write one character such as ";" or "\\t"')
        return given

    @field_validator("encoding")
    @classmethod
    def _is_encoding(cls, given: str) -> str:
        try:
            return codecs.lookup(given).name
        except LookupError:
            raise ValueError(f"{given!r} is no encoding; write one such as utf-8 or latin-1") from None


class TableMapping(Strict):
    """A whole mapping file."""

    event: Event
    source: Source = Source()
    page: Page | None = None
    days: Days = Days()
    skip: tuple[Skip, ...] = ()

    @model_validator(mode="after")
    def _names_pages_once(self) -> "TableMapping":
        if self.page and self.event.page_id:
            raise ValueError("a page_id is made of the page's bytes: map page or event.page_id, not both")
        return self

    def origins(self) -> Iterator[tuple[tuple[str, ...], Origin]]:
        """Every text of an event with its place in it, such as ("target", "attributes", "id"); `whole` is ("target",)."""
        single: dict[tuple[str, ...], Origin | None] = {}
        if self.event.target:
            single["target",] = self.event.target.whole
        for name in (
            "event_id",
            "user_id",
            "session_id",
            "event_type",
            "url",
            "page_id",
            "value",
            "rationale",
            "consent",
        ):
            single[name,] = getattr(self.event, name)
        for name in ("node_id", "name", "xpath", "css", "tag", "text", "href") if self.event.target else ():
            single["target", name] = getattr(self.event.target, name)
        yield from ((place, origin) for place, origin in single.items() if origin)
        yield from (((name,), origin) for name, origin in self.event.extra.items())
        for name, origin in self.event.target.attributes.items() if self.event.target else ():
            yield ("target", "attributes", name), origin

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every column that the events' table must have, after the place in the file that names it."""
        for place, origin in self.origins():
            if origin.column is not None:
                yield ".".join(("event", *place)), origin.column
        yield "event.timestamp", self.event.timestamp.column
        yield from ((f"skip.{skip.reason}", skip.column) for skip in self.skip)
        if self.page and self.page.event_key:
            yield "page.event_key", self.page.event_key
        elif self.page:
            yield "page.html", self.page.html
            if self.page.url:
                yield "page.url", self.page.url


def read_mapping(file: Path) -> TableMapping:
    """The mapping in the file. Raises DropError with one line: the key that is wrong, and what may stand there."""
    try:
        return TableMapping.model_validate(yaml.load(file.read_text("utf-8"), yaml.BaseLoader))
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise DropError(f"{file}: {'.'.join(map(str, first['loc'])) or 'the mapping'}: {message}{more}") from None
    except yaml.YAMLError as error:
        raise DropError(f"{file} is not YAML: {' '.join(str(error).split())}") from None
    except (OSError, UnicodeError) as error:
        raise DropError(f"{file} cannot be read ({type(error).__name__}): give a mapping file by --mapping") from None
