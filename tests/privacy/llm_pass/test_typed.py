"""What people typed, and all places that repeat the whole of it."""

import json

from shopcart_assets.platform.warehouse import Warehouse
from tests.privacy.llm_pass.days import event, name_of, page, passing, raw_day, scrubbed
from tests.privacy.llm_pass.models import finding

ANN = name_of("ann lee")
RESULTS = (
    "<title>Gift for Ann Lee - Shop</title><input type=search value='gift for ann lee'><h1>“gift for ann lee”</h1>"
    "<a href='/s?k=gift+for+ann+lee&page=2'>2</a><a href='/find/gift-for-ann-lee'>find</a><h2>Ann Lee Skirt</h2><p>Gift for all</p>"
)
URL = "https://shop.example/s?k=gift+for+ann+lee"


def test_the_words_go_from_the_event_its_address_and_everything_that_repeats_them(warehouse: Warehouse) -> None:
    target = json.dumps({"tag": "input", "text": "", "attributes": {"value": "gift for ann lee"}})
    optimal = json.dumps({"event_type": "submit", "value": "gift for ann lee", "target": None})
    raw = raw_day(
        {"p": RESULTS},
        {"page_id": "p", "url": URL, "value": "gift for ann lee", "target": target, "optimal": optimal},
        url=URL,
    )
    day = scrubbed(raw, passing(warehouse, finding("Ann Lee")))
    said = event(day)
    assert said["value"] == json.loads(said["optimal"])["value"] == f"gift for {ANN}"
    assert json.loads(said["target"])["attributes"]["value"] == f"gift for {ANN}"
    assert said["url"] == day.pages["url"][0] == f"https://shop.example/s?k=gift%20for%20{ANN}"
    html = page(day)
    assert (
        html.count(ANN) == 5
        and html.lower().count("ann lee") == 1
        and "Ann Lee Skirt" in html
        and "Gift for all" in html
    )


def test_of_what_is_typed_letter_by_letter_only_the_whole_is_asked_and_its_beginnings_change_too(
    warehouse: Warehouse,
) -> None:
    texts = ["gift f", "gift for an", "gift for ann l", "gift for ann lee"]
    llm = finding("ann lee")
    day = scrubbed(raw_day({}, *({"value": text, "event_type": "input"} for text in texts)), passing(warehouse, llm))
    assert llm.asked == ["gift for ann lee"]
    assert day.events["value"].to_list() == ["gift f", f"gift for {ANN}", f"gift for {ANN}", f"gift for {ANN}"]


def test_another_user_s_events_and_pages_are_left_alone(warehouse: Warehouse) -> None:
    raw = raw_day(
        {"p": RESULTS, "q": RESULTS.replace("x", "y")},
        {"page_id": "p", "value": "gift for ann lee"},
        {"page_id": "q", "user_id": "v", "session_id": "t", "value": "skirt"},
    )
    day = scrubbed(raw, passing(warehouse, finding("ann lee")))
    assert "ann lee" in page(day, "q") and "ann lee" not in page(day, "p").replace("Ann Lee Skirt", "")
    assert event(day, "e1")["value"] == "skirt"


def test_each_user_has_a_pseudonym_of_their_own_for_the_same_typed_name(warehouse: Warehouse) -> None:
    llm = finding("ann lee")
    events = [{"value": "gift for ann lee", "user_id": user, "session_id": user} for user in ("u", "v")]
    day = scrubbed(raw_day({}, *events), passing(warehouse, llm))
    assert llm.asked == ["gift for ann lee"]
    assert day.events["value"].to_list() == [f"gift for {name_of('ann lee', user)}" for user in ("u", "v")]
