"""One delivered event, parsed at the edge: a dict of the contract becomes a typed row, or is refused with a reason. No files."""

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

from shopcart_assets.platform.dictionary.traffic import EVENT_COLUMNS, RAW_EVENT_COLUMNS
from shopcart_assets.traffic.times import parse_time

ACTION_TYPES = ("submit", "click", "close")
"""Event types that become actions."""

TYPING_TYPES = ("input", "change")
KEY_TYPES = ("keydown", "keypress")
GESTURE_TYPES = (*ACTION_TYPES, *TYPING_TYPES, *KEY_TYPES)
"""Event types of which actions are made. All others are counted as ignored, whatever session they belong to."""

FIELDS = tuple(column.name for column in RAW_EVENT_COLUMNS)

Row = tuple[str | dt.datetime | None, ...]
"""The values of FIELDS."""

_CONTRACT = frozenset((*(column.name for column in EVENT_COLUMNS), "consent"))
"""The fields that the contract knows. `consent` goes into the history traffic.consent, not into the row."""

# An event type becomes part of a count's name (ignored_<type>), so it has to be a word: "click", "page-view"; not a sentence.
EVENT_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


# One encoder for all rows: json.dumps makes one a call, which costs as much as a small object does.
_to_json = json.JSONEncoder(ensure_ascii=False, default=str).encode
_to_ascii_json = json.JSONEncoder(default=str, sort_keys=True).encode


class Refused(ValueError):
    """A row that cannot be used; the text is its reason, one word such as `missing_user_id`."""


def parse_line(line: bytes | str, day: str, clock_skew: dt.timedelta) -> Row:
    """A row from a line of JSON. Raises Refused: see `parse_fields`; before that not_utf8, not_json, not_an_object."""
    try:
        fields = json.loads(line.decode() if isinstance(line, bytes) else line)
    except UnicodeDecodeError:
        raise Refused("not_utf8") from None
    except (ValueError, RecursionError):
        raise Refused("not_json") from None
    if not isinstance(fields, dict):
        raise Refused("not_an_object")
    return parse_fields(fields, day, clock_skew)


def parse_fields(fields: Mapping[str, Any], day: str, clock_skew: dt.timedelta) -> Row:
    """A row from the contract's fields.

    Raises Refused: missing_<field>, bad_<field> (wrong type, or text that is not Unicode), clock_skew (further than that outside
    its drop day).
    """
    event_type = _required(fields, "event_type")
    if not EVENT_TYPE.fullmatch(event_type):
        raise Refused("bad_event_type")
    if not isinstance(fields.get("consent"), str | bool | Mapping | None):
        raise Refused("bad_consent")
    values = {
        "event_id": _required(fields, "event_id"),
        "user_id": _required(fields, "user_id"),
        "session_id": _text(fields, "session_id") or None,
        "timestamp": moment(fields, day, clock_skew),
        "event_type": event_type.lower(),
        "target": _object(fields, "target"),
        "optimal": _object(fields, "optimal"),
        **{name: _text(fields, name) for name in ("url", "page_id", "value")},
        "rationale": _text(fields, "rationale") or None,
        "extra": _extra(fields),
    }
    return tuple(values[name] for name in FIELDS)


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refused(f"bad_{name}")
    return value if value.isascii() else _unicode(value, name)


def _required(fields: Mapping[str, Any], name: str) -> str:
    value = _text(fields, name)
    if not value:
        raise Refused(f"missing_{name}")
    return value


def _unicode(text: str, name: str) -> str:
    """JSON can write half a surrogate pair (`\\ud83d`), which no file and no table can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused(f"bad_{name}") from None
    return text


def _object(fields: Mapping[str, Any], name: str) -> str | None:
    """The object as JSON text. In Parquet it may come as a struct or as JSON text already."""
    value = fields.get(name)
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        raise Refused(f"bad_{name}") from None
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refused(f"bad_{name}")
    if all(part is None for part in value.values()):
        return None
    return _unicode(_to_json(value), name)


def _extra(fields: Mapping[str, Any]) -> str | None:
    """What the contract does not know, as JSON in ASCII, which holds any text. A recorder that learns new fields loses no row."""
    unknown = {name: fields[name] for name in fields.keys() - _CONTRACT if fields[name] is not None}
    try:
        return _to_ascii_json(unknown) if unknown else None
    except RecursionError:
        raise Refused("bad_extra") from None


def moment(fields: Mapping[str, Any], day: str, clock_skew: dt.timedelta) -> dt.datetime:
    """When the event happened (UTC). Raises Refused: missing_timestamp, bad_timestamp, clock_skew."""
    value = fields.get("timestamp")
    if value is None:
        raise Refused("missing_timestamp")
    happened = (
        parse_time(value.isoformat() if isinstance(value, dt.datetime) else value)
        if isinstance(value, str | dt.datetime)
        else None
    )
    if happened is None:
        raise Refused("bad_timestamp")
    start = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), dt.UTC)
    if not start - clock_skew <= happened < start + dt.timedelta(days=1) + clock_skew:
        raise Refused("clock_skew")
    return happened
