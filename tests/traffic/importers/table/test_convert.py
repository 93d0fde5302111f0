"""Each row of a table is an event that the contract takes, or refused, or skipped: nothing else, whatever its columns hold."""

import datetime as dt
import json
from collections import Counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.table.convert import Row, check, convert, no_page
from shopcart_assets.traffic.importers.table.mapping import TableMapping
from shopcart_assets.traffic.rows import parse_fields

EVENT: dict[str, Any] = {"user_id": "u", "timestamp": "t", "event_type": "e"}
RIGHT: dict[str, Any] = {"u": "ann", "t": "2026-10-01T10:00:00Z", "e": "click"}


def rows(given: list[dict[str, Any]], event: dict[str, Any] | None = None, **mapping: Any) -> list[Row]:
    frame = pl.DataFrame([RIGHT | row for row in given])
    whole = TableMapping.model_validate({"event": EVENT | (event or {}), **mapping})
    check(frame.schema, whole)
    return list(convert(frame, range(1, frame.height + 1), whole, no_page))


def test_a_row_becomes_an_event() -> None:
    event = {
        "event_type": {"column": "e", "values": {"add_to_cart": "click", "search": "submit"}},
        "session_id": {"constant": "s1"},
        "target": {"whole": "w", "text": "x", "attributes": {"data-asin": "p.asin"}},
        "value": {"column": "v", "default": "nothing"},
        "extra": {"price": "p.price"},
        "consent": {"column": "c", "values": {"No": "denied"}, "otherwise": "keep"},
    }
    given = {
        "e": "search",
        "w": '{"css": "#q", "text": "no"}',
        "x": "Go",
        "p": {"asin": "B1", "price": 2},
        "v": "",
        "c": "Yes",
    }
    (row,) = rows([given], event)
    assert row.event.pop("event_id").isalnum()
    assert row == Row(
        1,
        {
            "user_id": "ann",
            "timestamp": "2026-10-01T10:00:00.000000Z",
            "event_type": "submit",
            "session_id": "s1",
            "target": {"css": "#q", "text": "Go", "attributes": {"data-asin": "B1"}},
            "value": "nothing",
            "price": "2",
            "consent": "Yes",
        },
    )


@pytest.mark.parametrize(
    ("row", "event", "reason"),
    [
        ({"u": None}, {}, "missing_user_id"),
        ({"u": "NA"}, {}, "missing_user_id"),
        ({"u": b"\xff"}, {}, "bad_user_id"),
        ({"t": None}, {}, "missing_timestamp"),
        ({"t": "soon"}, {}, "bad_timestamp"),
        ({"t": "1970-01-20T00:00:00Z"}, {}, "outside_days"),
        ({"t": "2026-10-31T23:30:00-01:00"}, {}, "outside_days"),
        ({"e": ""}, {}, "missing_event_type"),
        ({"e": "a sentence"}, {}, "bad_event_type"),
        ({"e": "click\n"}, {}, "bad_event_type"),
        ({"e": "hover"}, {"event_type": {"column": "e", "values": {"click": "click"}}}, "unmapped_event_type"),
        ({"i": None}, {"event_id": "i"}, "missing_event_id"),
        ({"j": "{"}, {"value": "j.text"}, "bad_json"),
        ({"w": "{"}, {"target": {"whole": "w"}}, "bad_target"),
        ({"w": "[1]"}, {"target": {"whole": "w"}}, "bad_target"),
        ({"w": '{"text": "\\ud83d"}'}, {"target": {"whole": "w"}}, "bad_target"),
        ({"w": '{"attributes": 1}'}, {"target": {"whole": "w", "attributes": {"a": "u"}}}, "bad_target"),
        ({"x": "a"}, {"target": {"tag": {"column": "x", "values": {"b": "c"}}}}, "unmapped_target_tag"),
    ],
)
def test_a_row_that_is_no_event_has_a_reason(row: dict[str, Any], event: dict[str, Any], reason: str) -> None:
    days = {"first": "2026-10-01", "last": "2026-10-31"}
    assert rows([row], event, source={"missing": ["NA"]}, days=days) == [Row(1, {}, refusal=reason)]


def test_rows_are_skipped_before_they_are_refused() -> None:
    skip = [
        {"column": "e", "values": ["view", "scroll"], "reason": "not_an_action"},
        {"column": "u", "missing": True, "reason": "nobody"},
    ]
    found = rows([{"e": "view", "t": "soon"}, {"u": ""}, {}], skip=skip)
    assert [(row.skip, row.refusal, bool(row.event)) for row in found] == [
        ("not_an_action", None, False),
        ("nobody", None, False),
        (None, None, True),
    ]


def test_ids_depend_on_what_the_event_says_alone() -> None:
    one, two, other = rows([{}, {}, {"u": "bob"}])
    assert one.event["event_id"] == two.event["event_id"] != other.event["event_id"]
    (again,) = rows([{"unused": 5}])
    assert again.event == one.event


def test_a_page_counts_as_what_the_event_says() -> None:
    frame = pl.DataFrame([RIGHT | {"h": "<p>"}, RIGHT | {"h": None}])
    mapping = TableMapping.model_validate({"event": EVENT, "page": {"html": "h"}})
    found = list(convert(frame, (1, 2), mapping, lambda key, html: html.hex() if html else key))
    assert [row.event.get("page_id") for row in found] == [b"<p>".hex(), None]
    assert found[0].event["event_id"] != found[1].event["event_id"]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"event": EVENT | {"url": "nope"}}, "event.url: no column 'nope'; there are: 'u', 't', 'e', 'n', 'l'"),
        ({"event": EVENT | {"timestamp": "n"}}, "event.timestamp: n holds numbers"),
        ({"event": EVENT | {"value": "l"}}, "event.value: l is a List"),
        ({"event": EVENT | {"target": {"whole": "n"}}}, "event.target: n is a Int64: it has to be a struct"),
        ({"event": EVENT, "page": {"html": "n"}}, "page.html: n is a Int64: a page's HTML"),
        ({"event": EVENT, "skip": [{"column": "x", "missing": "true", "reason": "r"}]}, "skip.r: no column 'x'"),
    ],
)
def test_a_mapping_that_does_not_fit_is_said_so(mapping: dict[str, Any], said: str) -> None:
    with pytest.raises(DropError, match=said):
        check(pl.DataFrame([RIGHT | {"n": 1, "l": [1]}]).schema, TableMapping.model_validate(mapping))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=3,
)
TIMES = st.datetimes(dt.datetime(1985, 1, 1), dt.datetime(2205, 1, 1)) | st.sampled_from(
    [dt.datetime.min, dt.datetime.max]
)
KINDS = (
    st.sampled_from(["click", "view", "", "2026-10-01", "1790856000"]),
    TEXTS | JSON.map(json.dumps) | TIMES.map(str),
    st.binary(max_size=6),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.booleans(),
    TIMES,
)
COLUMN = st.one_of(*(st.lists(st.none() | kind, min_size=3, max_size=3) for kind in KINDS))
FRAMES = st.fixed_dictionaries(dict.fromkeys("utexw", COLUMN)).map(pl.DataFrame)
FORMATS = ("iso", "epoch_s", "epoch_ms", "epoch_us", "%Y-%m-%d", "%s", "%+")


@settings(deadline=None)
@given(FRAMES, st.sampled_from(FORMATS), st.sampled_from(["UTC", "Europe/Berlin"]))
def test_whatever_columns_hold_each_row_is_an_event_that_the_contract_takes_or_is_named(
    frame: pl.DataFrame, form: str, zone: str
) -> None:
    mapping = TableMapping.model_validate(
        {
            "event": {
                "user_id": "u",
                "timestamp": {"column": "t", "format": form, "zone": zone},
                "event_type": {"column": "e", "values": {"view": "click"}, "otherwise": "keep"},
                "value": "x",
                "target": {"text": "w", "attributes": {"a": "x"}},
                **(
                    {"session_id": "x.a", "url": "w.b.0"}
                    if frame.schema["x"] == frame.schema["w"] == pl.String()
                    else {}
                ),
            },
            "skip": [{"column": "u", "values": ["", "a"], "missing": "true", "reason": "nobody"}],
        }
    )
    try:
        check(frame.schema, mapping)
    except DropError:
        assert frame.schema["t"].is_numeric() and not form.startswith("epoch")
        return
    found = list(convert(frame, range(3), mapping, no_page))
    fates = Counter("kept" if row.event else "skipped" if row.skip else "refused" for row in found)
    assert [row.line for row in found] == [0, 1, 2] and fates.total() == 3
    for row in found:
        assert sum(map(bool, (row.event, row.refusal, row.skip))) == 1
        if row.event:
            parse_fields(row.event, row.event["timestamp"][:10], dt.timedelta())
