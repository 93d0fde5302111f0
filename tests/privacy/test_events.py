"""Events: what was typed, where, and on what, with the placeholders that the page shows."""

import json
from typing import Any

import pytest

from shopcart_assets.privacy.events import EventScrubber
from shopcart_assets.privacy.page import ScrubbedPage, scrub_page
from shopcart_assets.privacy.pseudonyms import Pseudonyms

ANN, BOB = Pseudonyms(b"secret", "ann"), Pseudonyms(b"secret", "bob")
URL = "https://shop.example/s?k=rings"
HTML = b"""<html><body><div id=nav><a data-eid=n1 class=user-greeting>Hello, <b>Rose Lee</b></a></div>
<a id=ring href=/dp/B1>Rose Lee Gold Ring</a><form><input name=recipient><input name=k></form></body></html>"""


def _page() -> ScrubbedPage:
    return scrub_page(HTML, url=URL, pseudonyms=ANN)


def _event(**fields: Any) -> dict[str, Any]:
    target = fields.pop("target", None)
    plain = {"event_id": "e1", "user_id": "bob", "url": URL, "page_id": "p1", "value": None}
    plain |= {"optimal": None, "rationale": None}
    return plain | {"target": json.dumps(target) if target else None} | fields


def _target(scrubber: EventScrubber, **target: Any) -> Any:
    return json.loads(scrubber.scrub(_event(target=target))[0]["target"])


@pytest.mark.parametrize("locator", [{"node_id": "n1"}, {"css": "#nav"}, {"xpath": "/html/body/div[1]/a/b"}, {}])
def test_a_target_in_a_zone_says_what_the_page_says(locator: dict[str, str]) -> None:
    target = _target(EventScrubber(BOB, ANN, _page()), **locator, text="Hello, Rose LeeAccount")
    assert target == {**locator, "text": f"Hello, {ANN.placeholder('name', 'Rose Lee')}Account"}
    assert ANN.placeholder("name", "Rose Lee") in _page().html


@pytest.mark.parametrize("locator", [{"css": "#ring"}, {"xpath": "/html/body/a"}])
def test_a_product_that_is_called_like_the_person_keeps_its_title(locator: dict[str, str]) -> None:
    target = {**locator, "tag": "a", "text": "Rose Lee Gold Ring", "href": "/dp/B1"}
    assert _target(EventScrubber(BOB, ANN, _page()), **target) == target


def test_a_typed_value_is_the_persons_own() -> None:
    scrubber = EventScrubber(BOB, ANN, _page())
    query, found = scrubber.scrub(_event(value="gift for ann@example.com"))
    assert query["value"] == f"gift for {BOB.placeholder('email', 'ann@example.com')}"
    assert [(one.kind, one.place) for one in found] == [("email", "value")]


def test_a_rationale_is_the_persons_own_words_whatever_they_acted_on() -> None:
    said = "so that ann@example.com likes it"
    field = {"tag": "input", "attributes": {"autocomplete": "shipping name"}}
    event, found = EventScrubber(BOB, ANN, _page()).scrub(_event(rationale=said, target=field, value="Rose Lee"))
    assert event["rationale"] == f"so that {BOB.placeholder('email', 'ann@example.com')} likes it"
    assert [(one.kind, one.place) for one in found] == [("name", "value"), ("email", "rationale")]
    friend, _ = EventScrubber(BOB, BOB).scrub(_event(rationale="I live with Sarah Miller and she likes red"))
    assert friend["rationale"] == f"I live with {BOB.placeholder('name', 'Sarah Miller')} and she likes red"
    checkout, _ = EventScrubber(BOB, BOB).scrub(_event(url="https://shop.example/checkout", rationale="my flat"))
    assert checkout["rationale"] == BOB.placeholder("restricted", "my flat")


@pytest.mark.parametrize(
    "target", [{"xpath": "/html/body/form/input[1]"}, {"tag": "input", "attributes": {"autocomplete": "shipping name"}}]
)
def test_what_is_typed_into_a_personal_field_goes_whole(target: dict[str, Any]) -> None:
    event, _ = EventScrubber(BOB, ANN, _page()).scrub(_event(target=target, value="Rose Lee"))
    assert event["value"] == BOB.placeholder("name", "Rose Lee")


def test_a_search_box_keeps_its_query() -> None:
    event, found = EventScrubber(BOB, ANN, _page()).scrub(
        _event(target={"xpath": "/html/body/form/input[2]"}, value="rose gold ring")
    )
    assert (event["value"], found) == ("rose gold ring", [])


def test_on_a_restricted_page_only_locators_stay() -> None:
    target = {"xpath": "/html/body/a", "tag": "a", "text": "12 Oak Street", "attributes": {"title": "Rose Lee"}}
    event, _ = EventScrubber(BOB, BOB).scrub(
        _event(url="https://shop.example/checkout", target=target, value="12 Oak Street")
    )
    assert json.loads(event["target"]) == {"xpath": "/html/body/a", "tag": "a"}
    assert event["value"] == BOB.placeholder("restricted", "12 Oak Street")


def test_attributes_and_unknown_keys_follow_the_rules_of_the_page() -> None:
    attributes = {
        "class": "x",
        "data-user": "Rose",
        "onclick": "Rose",
        "href": "/x?user=Rose&k=1",
        "title": "to ann@example.com",
    }
    target = _target(EventScrubber(BOB, ANN, _page()), css="#ring", attributes=attributes, outer_html="Rose")
    assert target == {
        "css": "#ring",
        "attributes": {"class": "x", "href": "/x?k=1", "title": f"to {ANN.placeholder('email', 'ann@example.com')}"},
    }


def test_the_optimal_event_is_scrubbed_too() -> None:
    optimal = {
        "event_type": "submit",
        "target": {"css": "#nav", "text": "Rose Lee"},
        "value": "ann@example.com",
        "page_id": "p1",
        "probability": 0.5,
    }
    event, _ = EventScrubber(BOB, ANN, _page()).scrub(_event(optimal=json.dumps(optimal)))
    assert json.loads(event["optimal"]) == optimal | {
        "target": {"css": "#nav", "text": ANN.placeholder("name", "Rose Lee")},
        "value": BOB.placeholder("email", "ann@example.com"),
    }


@pytest.mark.parametrize("target", ["{broken Rose", '"Rose"', "[1]"])
def test_a_target_that_is_no_object_is_refused_without_a_quote(target: str) -> None:
    with pytest.raises(ValueError, match="^target and optimal must be JSON objects$"):
        EventScrubber(BOB, BOB).scrub(_event() | {"target": target})


NAMED = b"""<div name=nav_bar><div name=nav_bar.deliver_to_rose_springfield_62701><span>Deliver to Rose - Springfield 62701</span>
</div><a name=nav_bar.deliver_to_rose_springfield_62701.change>Change</a></div><a name=rose_gold_ring>Rose Gold Ring</a>
<input name=address.zip_code><input name=nav_bar.search_input>"""


def test_a_name_loses_what_its_zone_loses_and_the_event_on_it_the_same() -> None:
    page = scrub_page(NAMED, url=URL, pseudonyms=ANN)
    assert "springfield" not in page.html.lower() and "62701" not in page.html
    scrubber = EventScrubber(BOB, ANN, page)
    for said in ("nav_bar.deliver_to_rose_springfield_62701", "nav_bar.deliver_to_rose_springfield_62701.change"):
        name = _target(scrubber, name=said)["name"]
        assert name != said and f'name="{name}"' in page.html
    assert _target(scrubber, name="rose_gold_ring") == {"name": "rose_gold_ring"} and "rose_gold_ring" in page.html
    assert _target(EventScrubber(BOB, ANN), name="call_ann@example.com") == {
        "name": f"{ANN.placeholder('email', 'call_ann@example.com')}"
    }
    assert ("zone:name", "attribute:name") in {(one.detector, one.place) for one in page.findings}


def test_what_is_typed_into_a_named_field_is_judged_by_its_name() -> None:
    scrubber = EventScrubber(BOB, ANN, scrub_page(NAMED, url=URL, pseudonyms=ANN))
    kept, _ = scrubber.scrub(_event(target={"name": "nav_bar.search_input"}, value="62701"))
    gone, _ = scrubber.scrub(_event(target={"name": "address.zip_code"}, value="62701"))
    assert (kept["value"], gone["value"]) == ("62701", BOB.placeholder("postcode", "62701"))


def test_a_locator_that_no_document_can_hold_is_not_found() -> None:
    event, _ = EventScrubber(BOB, ANN, _page()).scrub(_event(target={"node_id": "\x00", "name": "\ud800"}))
    assert json.loads(event["target"]) == {"node_id": "\x00", "name": "\ud800"}


REVIEW = b"""<html><body><p id=by>Photo by Kayla Whitfield</p><h2><a id=lamp href=/dp/B2>Kayla Whitfield Lamp</a></h2></body></html>"""


def test_a_target_says_of_other_people_what_the_page_says_and_goods_stay() -> None:
    scrubber = EventScrubber(BOB, ANN, scrub_page(REVIEW, url=URL, pseudonyms=ANN))
    name = ANN.placeholder("name", "Kayla Whitfield")
    assert _target(scrubber, css="#by", text="Photo by Kayla Whitfield")["text"] == f"Photo by {name}"
    assert _target(scrubber, css="#lamp", text="Kayla Whitfield Lamp")["text"] == "Kayla Whitfield Lamp"


def test_a_search_names_nobody_and_says_whom_to_look_for() -> None:
    scrubber = EventScrubber(BOB, ANN, _page())
    url = "https://shop.example/s?k=gift+for+Kayla+Whitfield"
    event, found = scrubber.scrub(_event(value="gift for Kayla Whitfield", url=url))
    name = BOB.placeholder("name", "Kayla Whitfield")
    assert event["value"] == f"gift for {name}" and event["url"] == f"https://shop.example/s?k=gift%20for%20{name}"
    assert [one.detector for one in found] == ["people:cue", "people:cue"]
    assert scrubber.searched == [("name", "Kayla Whitfield")] and scrubber.typed == []


def test_a_product_that_is_called_like_a_greeting_keeps_its_title_with_a_page_and_without() -> None:
    page = scrub_page(b"<div id=card><a href=/dp/B1>Dear Zoo</a></div>", url=URL, pseudonyms=ANN)
    for target in ({"css": "#card", "text": "Dear Zoo"}, {"text": "Dear Zoo", "href": "/dp/B1"}):
        assert _target(EventScrubber(BOB, ANN, page if "css" in target else None), **target) == target
    assert _target(EventScrubber(BOB, ANN), text="Dear Zoe")["text"] != "Dear Zoe"
