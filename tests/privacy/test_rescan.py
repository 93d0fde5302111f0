"""The second search for own values: silent after the real scrubber, loud after one without the gazetteer, and never quoting."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.benchmark.plant import plant
from shopcart_assets.privacy.day import scrub_day
from shopcart_assets.privacy.rescan import is_left, rescan_problems

SEARCH = "https://shop.example/s?k=mugs"


def _problems(events: pl.DataFrame, pages: pl.DataFrame, **how: Any) -> list[str]:
    day = scrub_day(events, pages, b"secret", **how)
    return rescan_problems(day.events, [day.pages], events, [pages])


def _day(html: str, **event: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    noon = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
    row = {"event_id": "e", "user_id": "u", "session_id": "s", "timestamp": noon, "event_type": "click", "page_id": "p"}
    events = pl.DataFrame([row | {"url": SEARCH} | event], schema=table("traffic.events").schema())
    page = {"page_id": "p", "url": SEARCH, "html": html.encode(), "format": "raw"}
    return events, pl.DataFrame([page], schema=table("traffic.pages").schema())


def test_nothing_is_left_of_made_up_traffic_and_without_the_gazetteer_much_is() -> None:
    events, pages = plant(12, seed=2).frames()
    assert _problems(events, pages) == []
    assert len(_problems(events, pages, with_gazetteer=False)) > 10


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"value": "card for quillon zebroski"}, "event e, value: name left"),
        ({"value": "card for quillon"}, "event e, value: name left"),
        ({"rationale": "i am quillon zebroski"}, "event e, rationale: name left"),
        ({"rationale": "quillon likes it"}, "event e, rationale: name left"),
        ({"url": "https://shop.example/lists/quillon-zebroski"}, "event e, url: name left"),
        ({"target": '{"text": "see QUILLON-ZEBROSKI"}'}, "event e, target: name left"),
    ],
)
def test_a_value_in_an_event_is_seen_and_not_quoted(event: dict[str, Any], expected: str) -> None:
    events, pages = _day("<p class=user-greeting>Hello, Quillon Zebroski</p>", **event)
    assert _problems(events, pages, with_gazetteer=False) == [expected]
    assert _problems(events, pages) == []


def test_a_value_on_a_page_is_seen_for_each_who_saw_it() -> None:
    html = "<p class=user-greeting>Hello, Quillon Zebroski</p><p>Chat with Quillon&nbsp;<!-- -->Zebroski</p>"
    events, pages = _day(html)
    assert _problems(events, pages, with_gazetteer=False) == ["page p: name left"]
    assert _problems(events, pages) == []


@pytest.mark.parametrize(
    "written", ["+49 (30) 12-34-56-70", "004930%31234567%30", "30 1&#50;345670", "３０１２３４５６７０"]
)
def test_a_number_is_seen_however_its_digits_are_set_apart_and_escaped(written: str) -> None:
    assert is_left("phone", "+49 30 12345670", f"call {written} now")
    assert not is_left("phone", "+49 30 12345671", f"call {written} now")
