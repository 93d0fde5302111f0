"""What people typed, and all places that repeat the whole of it."""

import json

from shopcart_assets.platform.warehouse import Warehouse
from tests.privacy.llm_pass.days import event, name_of, page, passing, raw_day, scrubbed
from tests.privacy.llm_pass.models import finding

ZIBO = name_of("zibo quellan")
RESULTS = (
    "<title>Gift for zibo quellan - Shop</title><input type=search value='gift for zibo quellan'><h1>“gift for zibo quellan”</h1>"
    "<a href='/s?k=gift+for+zibo+quellan&page=2'>2</a><a href='/find/gift-for-zibo-quellan'>find</a><h2>zibo quellan Skirt</h2><p>Gift for all</p>"
)
URL = "https://shop.example/s?k=gift+for+zibo+quellan"


def test_the_words_go_from_the_event_its_address_and_everything_that_repeats_them(warehouse: Warehouse) -> None:
    target = json.dumps({"tag": "input", "text": "", "attributes": {"value": "gift for zibo quellan"}})
    optimal = json.dumps({"event_type": "submit", "value": "gift for zibo quellan", "target": None})
    raw = raw_day(
        {"p": RESULTS},
        {"page_id": "p", "url": URL, "value": "gift for zibo quellan", "target": target, "optimal": optimal},
        url=URL,
    )
    day = scrubbed(raw, passing(warehouse, finding("zibo quellan")))
    said = event(day)
    assert said["value"] == json.loads(said["optimal"])["value"] == f"gift for {ZIBO}"
    assert json.loads(said["target"])["attributes"]["value"] == f"gift for {ZIBO}"
    assert said["url"] == day.pages["url"][0] == f"https://shop.example/s?k=gift%20for%20{ZIBO}"
    html = page(day)
    assert (
        html.count(ZIBO) == 5
        and html.lower().count("zibo quellan") == 1
        and "zibo quellan Skirt" in html
        and "Gift for all" in html
    )


def test_of_what_is_typed_letter_by_letter_only_the_whole_is_asked_and_its_beginnings_change_too(
    warehouse: Warehouse,
) -> None:
    texts = ["gift f", "gift for zi", "gift for zibo q", "gift for zibo quellan"]
    llm = finding("zibo quellan")
    day = scrubbed(raw_day({}, *({"value": text, "event_type": "input"} for text in texts)), passing(warehouse, llm))
    assert llm.asked == ["gift for zibo quellan"]
    assert day.events["value"].to_list() == ["gift f", f"gift for {ZIBO}", f"gift for {ZIBO}", f"gift for {ZIBO}"]


def test_another_user_s_events_and_pages_are_left_alone(warehouse: Warehouse) -> None:
    raw = raw_day(
        {"p": RESULTS, "q": RESULTS.replace("x", "y")},
        {"page_id": "p", "value": "gift for zibo quellan"},
        {"page_id": "q", "user_id": "v", "session_id": "t", "value": "skirt"},
    )
    day = scrubbed(raw, passing(warehouse, finding("zibo quellan")))
    assert "zibo quellan" in page(day, "q") and "zibo quellan" not in page(day, "p").replace("zibo quellan Skirt", "")
    assert event(day, "e1")["value"] == "skirt"


def test_each_user_has_a_pseudonym_of_their_own_for_the_same_typed_name(warehouse: Warehouse) -> None:
    llm = finding("zibo quellan")
    events = [{"value": "gift for zibo quellan", "user_id": user, "session_id": user} for user in ("u", "v")]
    day = scrubbed(raw_day({}, *events), passing(warehouse, llm))
    assert llm.asked == ["gift for zibo quellan"]
    assert day.events["value"].to_list() == [f"gift for {name_of('zibo quellan', user)}" for user in ("u", "v")]


def test_what_was_said_of_why_is_asked_about_like_what_was_typed(warehouse: Warehouse) -> None:
    llm = finding("zibo quellan")
    said = raw_day({}, {"value": "skirt", "rationale": "she is zibo quellan"})
    day = scrubbed(said, passing(warehouse, llm))
    assert llm.asked == ["she is zibo quellan"]
    assert event(day)["rationale"] == f"she is {ZIBO}" and event(day)["value"] == "skirt"
