"""The mapping file: which column of a table is which field of the drop contract. What it may say; no reading of tables.

Every scalar of the YAML is text as it is written: `Yes`, `007` and `null` are these words, no truth value, number or nothing.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.rows import FIELDS

EPOCH_UNITS = {"epoch_s": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000}
"""Formats of numeric times: units in a second."""

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")


class _Strict(BaseModel):
    """A part of the file. Unknown keys are refused with the known ones; where `short` is set, a bare text is that key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _has_known_keys(cls, given: Any) -> Any:
        known = ", ".join(cls.model_fields)
        if isinstance(given, str) and "column" in cls.model_fields:
            return {"column": given}
        if not isinstance(given, Mapping):
            raise ValueError(f"write it as a block of these keys: {known}")
        unknown = [str(key) for key in given if key not in cls.model_fields]
        if unknown:
            raise ValueError(f"unknown key {', '.join(unknown)}; known: {known}")
        return given


class Origin(_Strict):
    """Where a text comes from: a column (`a.b` = part b of the struct or JSON text a), or a constant.

    `values` translates; what it does not list is refused, kept as it is, or counts as missing. `default` fills what is missing.
    """

    column: str | None = None
    constant: str | None = None
    values: dict[str, str] = {}
    otherwise: Literal["refuse", "keep", "missing"] = "refuse"
    default: str | None = None

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> "Origin":
        if (self.column is None) == (self.constant is None):
            raise ValueError("say either column or constant")
        if self.constant is not None and (self.values or self.default is not None):
            raise ValueError("a constant has no values and no default")
        return self


class Moment(_Strict):
    """The column of the time, how it is written (iso, epoch_s, epoch_ms, epoch_us, or like `%d/%m/%Y %H:%M`), and in which zone."""

    column: str
    format: str = "iso"
    zone: str = "UTC"

    @field_validator("format")
    @classmethod
    def _is_format(cls, given: str) -> str:
        if given != "iso" and given not in EPOCH_UNITS and "%" not in given:
            raise ValueError(
                f"{given!r} is no format; write iso, {', '.join(EPOCH_UNITS)}, or one such as %d/%m/%Y %H:%M"
            )
        return given

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, given: str) -> str:
        try:
            return ZoneInfo(given).key
        except (LookupError, ValueError, OSError):
            raise ValueError(f"{given!r} is no time zone; write one such as UTC or Europe/Berlin") from None


class Target(_Strict):
    """The element that an event acted on. `whole` is all of it: a struct, or text that is a JSON object; the others come over it."""

    whole: Origin | None = None
    node_id: Origin | None = None
    xpath: Origin | None = None
    css: Origin | None = None
    tag: Origin | None = None
    text: Origin | None = None
    href: Origin | None = None
    attributes: dict[str, Origin] = {}


class Event(_Strict):
    """The fields of an event. `consent` is what the row says of its user's consent; `extra` is kept aside by these names."""

    user_id: Origin
    timestamp: Moment
    event_type: Origin
    event_id: Origin | None = None
    session_id: Origin | None = None
    url: Origin | None = None
    page_id: Origin | None = None
    target: Target | None = None
    value: Origin | None = None
    consent: Origin | None = None
    extra: dict[str, Origin] = {}

    @field_validator("extra")
    @classmethod
    def _has_own_names(cls, given: dict[str, Origin]) -> dict[str, Origin]:
        if taken := sorted({*FIELDS, "consent"} & set(given)):
            raise ValueError(
                f"{', '.join(taken)} is a field of the contract: map it beside extra, or give it another name"
            )
        return given


class Page(_Strict):
    """Columns of a page's HTML (text or bytes) and address, in the events' table, or in another one joined by a key.

    `table` lies beside the source (or is a URL); `key` is its column, `event_key` the events' one. Without `url`: the event's.
    """

    html: str
    url: str | None = None
    table: str | None = None
    key: str | None = None
    event_key: str | None = None

    @model_validator(mode="after")
    def _is_joined_whole(self) -> "Page":
        if len({given is None for given in (self.table, self.key, self.event_key)}) > 1:
            raise ValueError("pages in another table need all of table, key and event_key")
        return self


class Skip(_Strict):
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


class Source(_Strict):
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


class TableMapping(_Strict):
    """A whole mapping file."""

    event: Event
    source: Source = Source()
    page: Page | None = None
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
        for name in ("event_id", "user_id", "session_id", "event_type", "url", "page_id", "value", "consent"):
            single[name,] = getattr(self.event, name)
        for name in ("node_id", "xpath", "css", "tag", "text", "href") if self.event.target else ():
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
