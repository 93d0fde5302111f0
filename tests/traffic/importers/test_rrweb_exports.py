"""Whose an event is, in all the shapes in which exports wrap it; what is no event is said to be none."""

import gzip
import json
import zlib
from typing import Any

import pytest

from shopcart_assets.traffic.importers.rrweb_exports import NoEvent, Owner, events, unpacked

EVENT = {"type": 4, "timestamp": 1_790_000_000_000, "data": {"href": "https://shop.example/"}}
OWNER = Owner("p", "s", "w")


def latin1(packed: bytes) -> str:
    return packed.decode("latin-1")


@pytest.mark.parametrize(
    "value",
    [
        {"distinct_id": "p", "session_id": "s", "window_id": "w", "snapshot_data": [EVENT]},
        {"distinct_id": "p", "$session_id": "s", "$window_id": "w", "$snapshot_items": [EVENT]},
        {"distinct_id": "p", "properties": {"$session_id": "s", "$window_id": "w", "$snapshot_data": [EVENT]}},
        {"distinct_id": "p", "session_id": "s", "snapshot_data_by_window_id": {"w": [EVENT]}},
        {"distinct_id": "p", "session_id": "s", "data": json.dumps({"window_id": "w", "data": [EVENT]})},
        {"distinct_id": "p", "session_id": "s", "events": [["w", EVENT]]},
        {
            "distinct_id": "p",
            "session_id": "s",
            "window_id": "w",
            "events": [latin1(zlib.compress(json.dumps(EVENT).encode()))],
        },
    ],
)
def test_an_event_has_the_owner_that_is_said_around_it(value: Any) -> None:
    assert list(events(value)) == [(OWNER, EVENT)]


def test_the_nearest_name_counts_and_a_plain_event_has_its_files_owner() -> None:
    assert list(events([EVENT], OWNER)) == [(OWNER, EVENT)]
    (found,) = events([EVENT | {"windowId": 7}], OWNER)
    assert found[0] == Owner("p", "s", "7")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7, "not_an_event"),
        ({"hello": 1}, "not_an_event"),
        ("hello", "bad_compression"),
        ("{", "bad_compression"),
        ({"type": 3, "timestamp": "noon", "data": {}}, "bad_timestamp"),
    ],
)
def test_what_is_no_event_has_a_reason(value: Any, reason: str) -> None:
    assert [event for _, event in events(value)] == [NoEvent(reason)]


def test_packed_data_is_unpacked_and_what_nobody_can_unpack_is_an_error() -> None:
    data = latin1(gzip.compress(b'{"node": {"id": 1}}'))
    assert unpacked(EVENT) == EVENT
    assert unpacked({"type": 2, "cv": "2024-10", "data": data})["data"] == {"node": {"id": 1}}
    mutation = {"type": 3, "cv": "2024-10", "data": {"source": 0, "adds": latin1(gzip.compress(b"[1]")), "texts": []}}
    assert unpacked(mutation)["data"] == {"source": 0, "adds": [1], "texts": []}
    for bad in (data[: len(data) // 2], "(\xb5/\xfd\x04", "\u2603"):
        with pytest.raises(ValueError):
            unpacked({"type": 2, "cv": "2024-10", "data": bad})
