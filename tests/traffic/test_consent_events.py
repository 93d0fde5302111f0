"""What events carry: flags and acts, in every format, and what a line that is cut off still forbids."""

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.traffic import consent_events
from shopcart_assets.traffic.consent_events import STATEMENTS, carries_consent, read_statements, statement
from shopcart_assets.traffic.errors import DropError
from tests.traffic.conftest import event

DAY, SKEW = "2026-10-01", dt.timedelta(hours=24)
AT = "2026-10-01T10:00:00Z"
MOMENT = dt.datetime(2026, 10, 1, 10, tzinfo=dt.UTC)
END = dt.datetime(2026, 10, 1, 23, 59, 59, 999_999, tzinfo=dt.UTC)

ROWS = [
    event("1", AT),
    event("2", AT, consent="Yes"),
    event("3", AT, consent={"analytics_storage": "denied"}, user_id="b"),
    event("4", AT, "consent_withdrawn", user_id="c"),
    event("5", AT, "OPT_OUT", user_id="d"),
    event("6", AT, url="https://shop.example/consent-policy"),
    event("7", AT, consent="sure"),
]
SAID = [
    ("a", "granted", "event_flag", True),
    ("b", "denied", "event_flag", True),
    ("c", "withdrawn", "consent_event", True),
    ("d", "withdrawn", "consent_event", True),
    ("a", "unset", "event_flag", False),
]


def _said(row: Any) -> tuple[str, dt.datetime, str] | None:
    found = statement(row, DAY, SKEW)
    return found[:3] if found else None


def _write(folder: Path, name: str) -> Path:
    lines = "\n".join(map(json.dumps, ROWS)).encode()
    if name.endswith(".parquet"):
        flat = [row | {"consent": _text(row.get("consent"))} for row in ROWS]
        pl.DataFrame(flat).write_parquet(folder / name)
    elif name.endswith(".zst"):
        pl.DataFrame({"line": lines.decode().split("\n")}).write_csv(
            folder / name, include_header=False, quote_style="never", compression="zstd"
        )
    else:
        (folder / name).write_bytes(gzip.compress(lines) if name.endswith(".gz") else lines)
    return folder / name


def _text(said: Any) -> str | None:
    return json.dumps(said) if isinstance(said, dict) else said


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz", "events.jsonl.zst", "events.parquet"])
def test_every_format_says_the_same(tmp_path: Path, name: str) -> None:
    file = _write(tmp_path, name)
    said = pl.concat(read_statements(file, DAY, SKEW))
    assert said.schema == STATEMENTS and set(said["effective_at"]) == {MOMENT}
    assert said.select("user_id", "status", "channel", "is_known").rows() == SAID
    assert carries_consent(file, DAY)


def test_many_batches_are_parsed_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent_events, "_BATCH_BYTES", 200)
    batches = list(read_statements(_write(tmp_path, "events.jsonl"), DAY, SKEW))
    assert len(batches) == 3
    assert pl.concat(batches).select("user_id", "status", "channel", "is_known").rows() == SAID


def test_parquet_with_typed_consent(tmp_path: Path) -> None:
    typed: list[list[Any]] = [
        [True, False, None],
        [{"analytics_storage": "Yes"}, {"analytics_storage": "No"}, None],
        [1, 0, None],
    ]
    found = []
    for number, consent in enumerate(typed):
        rows = [event(str(n), AT) | {"consent": said} for n, said in enumerate(consent)]
        file = tmp_path / f"{number}.parquet"
        pl.DataFrame(rows).with_columns(pl.col("timestamp").str.to_datetime(time_zone="UTC")).write_parquet(file)
        said = pl.concat(read_statements(file, DAY, SKEW))
        assert set(said["effective_at"]) == {MOMENT}
        found.append(said["status"].to_list())
    assert found == [["granted", "denied"], ["granted", "denied"], ["unset", "unset"]]


def test_a_file_without_consent_says_nothing(tmp_path: Path) -> None:
    for name in ("events.jsonl", "events.parquet"):
        file = tmp_path / name
        if name.endswith("parquet"):
            pl.DataFrame([event("1", AT)]).write_parquet(file)
        else:
            file.write_text(json.dumps(ROWS[5]))
        assert not sum(frame.height for frame in read_statements(file, DAY, SKEW)) and not carries_consent(file, DAY)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = _write(tmp_path, "events.jsonl.gz")
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DropError, match=r"events.jsonl.gz is cut off or damaged \(EOFError\): deliver it again"):
        list(read_statements(file, DAY, SKEW))


@pytest.mark.parametrize("value", [7, 0, 0.5, ["granted"]])
def test_a_value_that_is_no_consent_counts_as_unset(value: Any) -> None:
    assert _said(json.dumps(event("1", AT, consent=value))) == ("a", MOMENT, "unset")


def test_null_says_nothing_and_an_empty_text_is_unset() -> None:
    assert _said(event("1", AT, consent=None)) is None
    assert _said(event("1", AT, consent="")) == ("a", MOMENT, "unset")


def test_a_flag_on_an_act_is_part_of_the_act() -> None:
    assert _said(event("1", AT, "consent", consent="granted")) == ("a", MOMENT, "granted")
    assert _said(event("1", AT, "consent", value="granted", consent="No")) == ("a", MOMENT, "denied")


@pytest.mark.parametrize("timestamp", [None, "soon", "2019-10-01T10:00:00Z", "2031-10-01T10:00:00Z", 7])
def test_without_a_time_a_refusal_counts_at_the_end_of_the_day_and_a_yes_is_none(timestamp: Any) -> None:
    assert _said(event("1", AT, consent="No") | {"timestamp": timestamp}) == ("a", END, "denied")
    assert _said(event("1", AT, consent="Yes") | {"timestamp": timestamp}) == ("a", END, "unset")


TORN = json.dumps({"user_id": "a", "timestamp": AT, "consent": "Yes", "event_type": "consent_withdrawn", "target": {}})


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (TORN[:-1], "withdrawn"),
        (TORN[: TORN.index('"event_type')], "unset"),  # a yes on a line that is cut off is none
        (TORN[: TORN.index('"Yes') + 2], "unset"),
        (TORN[: TORN.index("ithdrawn")], "unset"),
        (TORN[: TORN.index('"consent"')], None),
        ('{"user_id": "a", "timestamp": "' + AT + '", "consent": false, "targ', "denied"),
        (b'{"user_id": "a", "timestamp": "' + AT.encode() + b'", "consent": "granted", "value": "\xff"}', "unset"),
        ('{"user_id": "a", "timestamp": "' + AT + '", "url": "/consent-pol', None),
    ],
)
def test_a_line_that_is_cut_off_forbids_but_never_grants(line: bytes | str, status: str | None) -> None:
    assert _said(line) == (("a", MOMENT, status) if status else None)


@pytest.mark.parametrize("user_id", [None, "", 7, "\ud83d"])
def test_a_statement_of_nobody_is_none(user_id: Any) -> None:
    assert _said(event("1", AT, consent="No") | {"user_id": user_id}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()), st.lists, max_leaves=4
)
NAMES = st.sampled_from(["consent", "event_type", "user_id", "timestamp", "value"]) | st.text(max_size=4)


@given(st.dictionaries(NAMES, JSON | st.dictionaries(st.text(), JSON, max_size=2), max_size=5), st.integers(0))
def test_whatever_comes_can_be_held_and_a_cut_line_never_grants(fields: dict[str, Any], cut: int) -> None:
    line = json.dumps({**event("1", AT, consent="Yes"), **fields})
    whole, torn = statement(line, DAY, SKEW), statement(line[: cut % len(line)], DAY, SKEW)
    assert torn is None or torn[2] != "granted"
    held = [one for one in (whole, torn) if one]
    assert pl.DataFrame(held, schema=STATEMENTS, orient="row").height == len(held)
