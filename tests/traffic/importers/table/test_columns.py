"""Parts of nested columns, texts of every type, and times in every notation."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.table.columns import locate, root
from shopcart_assets.traffic.importers.table.origins import Moment

NESTED = pl.DataFrame(
    {
        "s": [{"a": {"b": 1}, "l": [{"x": "one"}]}, {"a": {"b": None}, "l": []}],
        "j": ['{"a": {"b": "x", "c d": [1, {"e": true}]}}', "{torn"],
        "a.b": ["dotted", None],
        "^.*$": ["pattern", None],
    }
)


def texts(frame: pl.DataFrame, path: str, missing: tuple[str, ...] = ()) -> list[Any]:
    return frame.select(found=locate(frame.schema, path).text(missing))["found"].to_list()


def times(values: pl.Series, form: str = "iso", zone: str = "UTC") -> list[str | None]:
    frame = pl.DataFrame({"t": values})
    column = locate(frame.schema, "t").time(Moment(column="t", format=form, zone=zone))
    return frame.select(found=column.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ"))["found"].to_list()


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("s.a.b", ["1", None]),
        ("s.l.0.x", ["one", None]),
        ("j.a.b", ["x", None]),
        ("j.a.c d.0", ["1", None]),
        ("j.a.c d.1.e", ["true", None]),
        ("j.none", [None, None]),
        ("a.b", ["dotted", None]),
        ("^.*$", ["pattern", None]),
    ],
)
def test_a_path_leads_into_structs_lists_and_json(path: str, found: list[str | None]) -> None:
    assert texts(NESTED, path) == found
    assert root(NESTED.schema, path) in NESTED.columns and path.startswith(root(NESTED.schema, path))


def test_text_that_is_no_json_is_known() -> None:
    frame = pl.DataFrame({"j": ["{}", "[1]", "null", " ", "NA", None, "{", "{} {}", "nul"]})
    column = locate(frame.schema, "j.a")
    assert frame.select(bad=column.is_bad_json(["NA"]))["bad"].fill_null(False).to_list() == [False] * 6 + [True] * 3


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("none", "no column 'none'; there are: 's', 'j', 'a.b', "),
        ("s.z", "no 'z' in 's.z'; there are: 'a', 'l'"),
        ("s.a", "s.a is a Struct.*name a part of it"),
        ("s.l", "s.l is a List"),
        ("s.l.x", "no 'x' in"),
        ("s.a.b.c", "no 'c' in .* it is a Int64"),
    ],
)
def test_what_is_not_there_or_no_text_is_said_so(path: str, said: str) -> None:
    with pytest.raises(DropError, match=said):
        texts(NESTED, path)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (pl.Series(["x", "", "NA", None]), ["x", None, None, None]),
        (pl.Series([b"x", b"\xff", b"", None]), ["x", None, None, None]),
        (pl.Series([1, None]), ["1", None]),
        (pl.Series([True, None]), ["true", None]),
        (pl.Series(["x", "NA"], dtype=pl.Categorical()), ["x", None]),
        (pl.Series([None, None], dtype=pl.Null()), [None, None]),
        (pl.Series([dt.date(2026, 10, 1)]), ["2026-10-01"]),
    ],
)
def test_every_flat_type_is_text(values: pl.Series, found: list[str | None]) -> None:
    assert texts(pl.DataFrame({"c": values}), "c", ("NA",)) == found


NOON = "2026-10-01T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("value", "form", "zone"),
    [
        ("2026-10-01T12:00:00Z", "iso", "Asia/Tokyo"),
        (" 2026-10-01 14:00+02:00 ", "iso", "UTC"),
        ("2026-10-01T14:00:00", "iso", "Europe/Berlin"),
        ("01.10.2026 14:00", "%d.%m.%Y %H:%M", "Europe/Berlin"),
        ("2026-10-01 12:00:00 UTC", "%Y-%m-%d %H:%M:%S UTC", "UTC"),
        ("2026-10-01 14:00:00 +0200", "%Y-%m-%d %H:%M:%S %z", "Asia/Tokyo"),
        (1_790_856_000, "epoch_s", "UTC"),
        (1_790_856_000.0, "epoch_s", "UTC"),
        ("1790856000.000", "epoch_s", "UTC"),
        (1_790_856_000_000, "epoch_ms", "UTC"),
        ("1790856000000000", "epoch_us", "UTC"),
        (dt.datetime(2026, 10, 1, 21), "iso", "Asia/Tokyo"),
        (dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC), "epoch_s", "Asia/Tokyo"),
    ],
)
def test_times_in_every_notation_are_one_moment(value: object, form: str, zone: str) -> None:
    assert times(pl.Series([value, None]), form, zone) == [NOON, None]


def test_what_is_no_time_is_null() -> None:
    assert times(pl.Series(["0001-01-01", "9999-12-31 23:59"]), zone="Asia/Tokyo")[0] is None
    assert times(pl.Series(["yesterday", "", "2026-13-01"])) == [None] * 3
    assert times(pl.Series(["x", "", "9" * 30, "nan", "inf", "-1e300"]), "epoch_s") == [None] * 6
    assert times(pl.Series([2**62, -(2**62)]), "epoch_ms") == [None] * 2
    assert times(pl.Series([float("nan"), float("inf")]), "epoch_us") == [None] * 2
    assert times(pl.Series([True]), "epoch_s") == [None]


def test_an_hour_that_a_clock_shows_twice_is_the_first_and_one_that_it_skips_is_none() -> None:
    shown = pl.Series(["2026-10-25 02:30", "2026-03-29 02:30"])
    assert times(shown, "%Y-%m-%d %H:%M", "Europe/Berlin") == ["2026-10-25T00:30:00.000000Z", None]
    assert times(shown, "iso", "Europe/Berlin") == ["2026-10-25T00:30:00.000000Z", None]


def test_numbers_need_a_unit() -> None:
    with pytest.raises(DropError, match="t holds numbers: say format epoch_s"):
        times(pl.Series([1]))


@given(st.integers(0, 4 * 10**15))
def test_epochs_are_exact_to_the_microsecond(micros: int) -> None:
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)
    (found,) = times(pl.Series([micros]), "epoch_us")
    assert found == moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
