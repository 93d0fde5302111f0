"""Where an event's fields come from: the part `event` of a mapping file, and what all its parts have in common. No tables."""

from collections.abc import Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from shopcart_assets.traffic.rows import FIELDS

EPOCH_UNITS = {"epoch_s": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000}
"""Formats of numeric times: units in a second."""


class Strict(BaseModel):
    """A part of the file. Unknown keys are refused with the known ones; a bare text is its `column`, where it has one."""

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


class Origin(Strict):
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


class Moment(Strict):
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


class Target(Strict):
    """The element that an event acted on. `whole` is all of it: a struct, or text that is a JSON object; the others come over it."""

    whole: Origin | None = None
    node_id: Origin | None = None
    name: Origin | None = None
    xpath: Origin | None = None
    css: Origin | None = None
    tag: Origin | None = None
    text: Origin | None = None
    href: Origin | None = None
    attributes: dict[str, Origin] = {}


class Event(Strict):
    """The fields of an event. `consent` is what the row says of its user's consent, `rationale` what the person said of why; `extra` is kept aside by these names."""

    user_id: Origin
    timestamp: Moment
    event_type: Origin
    event_id: Origin | None = None
    session_id: Origin | None = None
    url: Origin | None = None
    page_id: Origin | None = None
    target: Target | None = None
    value: Origin | None = None
    rationale: Origin | None = None
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
