"""The shapes in which rrweb events are kept: plain, packed, or wrapped as PostHog exports them. Finds each event and whose it is.

Wrapped means: an object, or JSON text of one, that names a person, a session or a window and holds a list of events or of such
objects under one of a few keys. See posthog-js (`$snapshot` events, `cv` 2024-10) and @rrweb/packer.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

_USER = ("distinct_id", "distinctId")
_SESSION = ("$session_id", "session_id", "sessionId")
_WINDOW = ("$window_id", "window_id", "windowId")
_CARRIERS = (
    "$snapshot_items", "$snapshot_data", "snapshot_items", "snapshot_data", "snapshots", "events", "data", "properties", "results",
)  # fmt: skip
_BY_WINDOW = "snapshot_data_by_window_id"
_PACKED_KEYS = ("texts", "attributes", "removes", "adds")
_MOST_BYTES = 2**29


@dataclass(frozen=True)
class Owner:
    """Whose event it is, as far as the export says: a stream is what has the same owner."""

    user: str | None = None
    session: str | None = None
    window: str | None = None

    def named_in(self, fields: Mapping[str, Any]) -> "Owner":
        """The owner as the object says, else as what is around it says."""
        user, session, window = (_first(fields, keys) for keys in (_USER, _SESSION, _WINDOW))
        return replace(self, user=user or self.user, session=session or self.session, window=window or self.window)


@dataclass(frozen=True)
class NoEvent:
    """What is not an event, and why: not_an_event, bad_timestamp, bad_compression."""

    reason: str


def events(value: Any, owner: Owner = Owner()) -> Iterator[tuple[Owner, dict[str, Any] | NoEvent]]:
    """All events in a value of an export, in its order, each with its owner; packed ones are still packed (see `unpacked`)."""
    if isinstance(value, str):
        yield from _in_text(value, owner)
    elif isinstance(value, list):
        if len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict):
            owner, value = replace(owner, window=value[0]), value[1:]
        for one in value:
            yield from events(one, owner)
    elif isinstance(value, dict):
        owner = owner.named_in(value)
        if _is_number(value.get("type")) and "data" in value:
            yield owner, value if _is_number(value.get("timestamp")) else NoEvent("bad_timestamp")
        else:
            yield from _in_object(value, owner)
    else:
        yield owner, NoEvent("not_an_event")


def unpacked(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its data as it was recorded. Raises ValueError where it is packed in a way that nobody knows."""
    if "cv" not in event:
        return event
    data = event["data"]
    if isinstance(data, str):
        return {**event, "data": _unzipped(data)}
    packed = {key: _unzipped(data[key]) for key in _PACKED_KEYS if isinstance(data.get(key), str)}
    return {**event, "data": {**data, **packed}}


def _in_text(text: str, owner: Owner) -> Iterator[tuple[Owner, dict[str, Any] | NoEvent]]:
    """Text is a packed event or an object as JSON text."""
    try:
        value = json.loads(text) if text.lstrip()[:1] in ("{", "[") else _unzipped(text)
    except (ValueError, RecursionError):
        yield owner, NoEvent("bad_compression")
        return
    yield from events(value, owner) if isinstance(value, dict | list) else [(owner, NoEvent("not_an_event"))]


def _in_object(fields: dict[str, Any], owner: Owner) -> Iterator[tuple[Owner, dict[str, Any] | NoEvent]]:
    by_window = fields.get(_BY_WINDOW)
    if isinstance(by_window, dict):
        for window, held in by_window.items():
            yield from events(held, replace(owner, window=window))
        return
    person = fields.get("person")
    if isinstance(person, dict) and isinstance(ids := person.get("distinct_ids"), list) and ids:
        owner = replace(owner, user=str(ids[0]), session=str(fields.get("id") or owner.session or "") or None)
    held = next((fields[key] for key in _CARRIERS if isinstance(fields.get(key), list | dict | str)), None)
    if held is None:
        yield owner, NoEvent("not_an_event")
    else:
        yield from events(held, owner)


def _unzipped(text: str) -> Any:
    """JSON that was compressed by gzip or zlib and written byte for byte as Latin-1. Raises ValueError where it was not."""
    try:
        unpack = zlib.decompressobj(wbits=47)
        whole = unpack.decompress(text.encode("latin-1"), _MOST_BYTES)
        if not unpack.eof:
            raise ValueError("the compressed text breaks off")
        return json.loads(whole)
    except zlib.error as error:
        raise ValueError(f"not compressed by gzip or zlib: {error}") from None


def _first(fields: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next(
        (str(fields[key]) for key in keys if isinstance(fields.get(key), str | int) and fields[key] != ""), None
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
