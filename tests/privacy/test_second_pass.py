"""Pages and events of a day together: what one page tells is gone from the others, and a page still says what its events quote."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest
from lxml import html

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.batches import NOBODY
from shopcart_assets.privacy.day import ScrubbedDay, scrub_day
from shopcart_assets.privacy.pseudonyms import Pseudonyms

SECRET = b"secret"
URL = "https://shop.example/s?k=mugs"
GREETING = "<p class=user-greeting>Hello, Rose Zebroski</p><p>Deliver to Rose - Qwaxford 90417</p>"


def _day(pages: dict[str, str], *events: dict[str, Any]) -> ScrubbedDay:
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    shared = {"user_id": "u", "session_id": "s", "event_type": "click", "url": URL}
    rows = [
        shared | {"event_id": f"e{n}", "timestamp": start + dt.timedelta(minutes=n)} | event
        for n, event in enumerate(events)
    ]
    raw = [{"page_id": name, "url": URL, "html": body.encode(), "format": "raw"} for name, body in pages.items()]
    return scrub_day(
        pl.DataFrame(rows, schema=table("traffic.events").schema()),
        pl.DataFrame(raw, schema=table("traffic.pages").schema()),
        SECRET,
    )


def _html(day: ScrubbedDay, page_id: str) -> str:
    return str(day.pages.filter(pl.col("page_id") == page_id)["html"][0])


def _said(day: ScrubbedDay, event_id: str, column: str) -> Any:
    return day.events.filter(pl.col("event_id") == event_id)[column][0]


def test_what_a_later_page_tells_is_gone_from_an_earlier_one() -> None:
    day = _day({"a": "<p>Chat with Rose Zebroski in Qwaxford</p>", "b": GREETING}, {"page_id": "a"}, {"page_id": "b"})
    own = Pseudonyms(SECRET, "u")
    assert f"Chat with {own.placeholder('name', 'Rose Zebroski')} in {own.placeholder('city', 'Qwaxford')}" in _html(
        day, "a"
    )
    assert day.findings.filter(pl.col("detector") == "gazetteer").height == 2
    assert day.pages.sort("page_id")["n_findings"].to_list() == [2, 4]


def test_a_page_that_is_dropped_still_tells() -> None:
    page = {"url": "https://shop.example/account/addresses"}
    account = "<ul class=saved-address><li>Rose Zebroski</li><li>1742 Zanzibrook Lane</li></ul>"
    events, raw = [{"page_id": "a"}, {"page_id": "b", **page}], {"a": "<p>left at 1742 ZANZIBROOK LANE</p>"}
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    shared = {"user_id": "u", "session_id": "s", "event_type": "click", "url": URL, "timestamp": start}
    rows = [shared | {"event_id": f"e{n}"} | one for n, one in enumerate(events)]
    pages = [
        {"page_id": "a", "url": URL, "html": raw["a"].encode()},
        {"page_id": "b", **page, "html": account.encode()},
    ]
    day = scrub_day(
        pl.DataFrame(rows, schema=table("traffic.events").schema()),
        pl.DataFrame(pages, schema=table("traffic.pages").schema()),
        SECRET,
    )
    assert day.drops["reason"].to_list() == ["restricted"] and "ZANZI" not in _html(day, "a")


@pytest.mark.parametrize("url", [URL, "https://shop.example/checkout/address"])
def test_what_is_typed_into_a_field_is_gone_elsewhere(url: str) -> None:
    target = json.dumps({"tag": "input", "attributes": {"autocomplete": "street-address"}})
    typed = [{"url": url, "target": target, "value": value} for value in ("17", "1742 Zanzi", "1742 Zanzibrook Lane")]
    day = _day(
        {"a": "<p>left at 1742 Zanzibrook Lane</p>"}, {"page_id": "a", "value": "map 1742 zanzibrook lane"}, *typed
    )
    assert "Zanzi" not in _html(day, "a") and "zanzi" not in _said(day, "e0", "value")


def test_another_user_keeps_their_words() -> None:
    day = _day(
        {"a": GREETING, "b": "<p>by Qwaxford</p>"},
        {"page_id": "a"},
        {"page_id": "b", "user_id": "v", "value": "qwaxford mug"},
    )
    assert "by Qwaxford" in _html(day, "b") and _said(day, "e1", "value") == "qwaxford mug"


def test_a_page_seen_by_two_loses_the_values_of_both() -> None:
    day = _day(
        {"a": GREETING, "b": "<p>Qwaxford</p>"}, {"page_id": "b", "user_id": "v"}, {"page_id": "a"}, {"page_id": "b"}
    )
    assert Pseudonyms(SECRET, NOBODY).placeholder("city", "Qwaxford") in _html(day, "b")
    assert "Qwaxford" not in _html(day, "b")


def _text(markup: str) -> str:
    return "".join(map(str, html.fromstring(markup).itertext()))


TITLES = {
    "title": "<h2><a data-eid=n1 href=/Rose-Ring/dp/B1>Rose Gold Ring, Zebroski Style</a></h2>",
    "card": "<div data-eid=n1 class=card><h3>Zebroski Ring</h3> for Zebroski</div>",
    "list": "<h1 data-eid=n1>Rose’s wish list</h1>",
    "chat": "<p data-eid=n1>Thanks, Zebroski, see you in Qwaxford</p>",
}


@pytest.mark.parametrize(("name", "changes"), [("title", False), ("list", True), ("chat", True)])
@pytest.mark.parametrize("locator", [{"node_id": "n1"}, {}])
def test_a_target_says_what_its_page_says(name: str, changes: bool, locator: dict[str, str]) -> None:
    said = _text(TITLES[name])
    target = {**locator, "tag": "h2" if name == "title" else "p", "text": said, "href": "/Rose-Ring/dp/B1"}
    day = _day({"a": GREETING + TITLES[name]}, {"page_id": "a", "target": json.dumps(target)})
    after = json.loads(_said(day, "e0", "target"))
    assert after["text"] in _text(_html(day, "a"))
    assert (after["text"] != said) is changes and after["href"] == "/Rose-Ring/dp/B1"


def test_an_optimal_action_is_scrubbed_too() -> None:
    optimal = {
        "event_type": "submit",
        "target": {"text": "Rose Zebroski’s list"},
        "value": "card for zebroski",
        "probability": 0.5,
    }
    day = _day({"a": GREETING}, {"page_id": "a", "optimal": json.dumps(optimal)})
    assert (
        "ebroski" not in _said(day, "e0", "optimal") and json.loads(_said(day, "e0", "optimal"))["probability"] == 0.5
    )


def test_a_hierarchical_name_stays_one_on_the_page_and_in_the_event() -> None:
    body = GREETING + "<nav name=menu><a name=menu.rose_zebroski_list>x</a></nav>"
    day = _day({"a": body}, {"page_id": "a", "target": json.dumps({"name": "menu.rose_zebroski_list"})})
    name = json.loads(_said(day, "e0", "target"))["name"]
    assert name.startswith("menu.name_") and f'name="{name}"' in _html(day, "a")


@pytest.mark.parametrize(
    "greeting", ["Hi, there!", "Hello, friend", "Hello, Guest", "Hi, Friend", "Hello, sign in for free delivery"]
)
def test_a_greeting_to_nobody_takes_no_word_from_the_page(greeting: str) -> None:
    prose = "<p>There are friends of free delivery out there, and a guest is a friend.</p>"
    day = _day(
        {"a": f"<p class=user-greeting>{greeting}</p>{prose}"}, {"page_id": "a", "value": "guest towels for friends"}
    )
    assert prose in _html(day, "a") and _said(day, "e0", "value") == "guest towels for friends"


def test_whom_a_search_names_is_gone_from_its_results_as_a_whole_and_goods_called_alike_stay() -> None:
    results = "<h1>gift for amber potter</h1><a href='/s?k=gift+for+amber+potter'>again</a><p>Amber Basket, Harry Potter Mug</p>"
    day = _day(
        {"a": results},
        {"page_id": "a", "value": "gift for Kayla Potter"},
        {"page_id": "a", "value": "mug for amber potter"},
    )
    assert "Amber Basket, Harry Potter Mug" in _html(day, "a")
    day = _day({"a": results.replace("amber", "kayla")}, {"page_id": "a", "value": "gift for Kayla Potter"})
    assert "kayla" not in _html(day, "a") and "Harry Potter Mug" in _html(day, "a")


def test_a_number_in_a_zone_of_the_user_is_known_where_its_shape_says_nothing() -> None:
    own = "<ul class=saved-address><li>Rose Zebroski</li><li>Phone: (212) 664-7665</li></ul>"
    day = _day({"a": own, "b": "<p>The courier tried 2126647665</p>"}, {"page_id": "a"}, {"page_id": "b"})
    assert Pseudonyms(SECRET, "u").placeholder("phone", "(212) 664-7665") in _html(day, "b")
