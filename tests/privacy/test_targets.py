"""Targets of any shape: texts are kept, what the contract does not know goes, and no day is lost for one of them."""

import json
from typing import Any

import pytest

from shopcart_assets.privacy.events import EventScrubber
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.targets import attributes_of, target_of, text_of

ANN = Pseudonyms(b"secret", "ann")
ODD: list[Any] = [["Rose Lee"], {"x": "Rose Lee"}, [["Rose Lee"]]]


def _scrubbed(**fields: Any) -> dict[str, Any]:
    plain = dict.fromkeys(("url", "page_id", "value", "target", "optimal", "rationale"))
    return EventScrubber(ANN, ANN).scrub(plain | {name: json.dumps(said) for name, said in fields.items()})[0]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("key", ["node_id", "name", "xpath", "css", "tag", "text", "href"])
def test_a_list_or_an_object_in_place_of_a_text_is_an_unknown_channel(key: str, odd: Any) -> None:
    event = _scrubbed(target={"tag": "a", key: odd}, optimal={"target": {key: odd}, "value": odd, "event_type": odd})
    assert "Rose" not in str(event) and json.loads(event["target"])[key] is None
    assert json.loads(event["optimal"])["value"] is None


@pytest.mark.parametrize("odd", [*ODD, "Rose Lee", 7])
def test_attributes_that_are_no_object_and_an_optimal_without_a_target_lose_no_event(odd: Any) -> None:
    event = _scrubbed(
        target={"attributes": odd if not isinstance(odd, dict) else {"title": odd}}, optimal={"target": odd}
    )
    assert "Rose" not in str(event)
    assert json.loads(event["target"]) == {"attributes": {}}


def test_of_an_optimal_the_contract_s_keys_stay() -> None:
    told = {"event_type": "click", "target": {"node_id": 7}, "value": None, "page_id": "p", "probability": 0.5}
    assert json.loads(_scrubbed(optimal=told | {"note": "Rose Lee"})["optimal"]) == told | {"target": {"node_id": "7"}}


def test_numbers_are_texts_and_a_target_may_be_json() -> None:
    assert text_of(7) == "7" and text_of(None) is None and text_of(["a"]) is None
    assert attributes_of({"attributes": {"id": 7, "x": None, "y": {}}}) == {"id": "7"}
    assert target_of({"target": '{"tag": "a"}'}) == {"tag": "a"}
    assert target_of({"target": "[" * 100_000}) is None is target_of({"target": "a"})
