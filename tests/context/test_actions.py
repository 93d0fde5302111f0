import json
from typing import Any

import pytest

from shopcart_assets.context.actions import DayActions, actions_of_day
from shopcart_assets.platform.dictionary import TABLES
from tests.context.days import BUYS, FADES, LEAVES, PAGES, SEARCH, event, events, simplified


def acted(**sessions: list[dict[str, Any]]) -> DayActions:
    frame = events(**sessions)
    return actions_of_day(frame, simplified(PAGES, frame).seen)


def told(day: DayActions) -> list[tuple[int, str, str | None, str | None, str]]:
    return [(row["step"], row["action_type"], row["name"], row["text"], row["resolved_by"]) for row in day.actions]


def test_a_purchase_ends_the_session_and_what_follows_is_counted() -> None:
    day = acted(s=BUYS)
    assert told(day) == [
        (1, "type_and_submit", "search_input", "mug", "no_page"),
        (2, "click", "search_results.mug_a.view_product", None, "node_id"),
        (3, "click", "buy_now", None, "node_id"),
    ]
    assert day.dropped == {"after_purchase": 2}


def test_a_closed_window_is_a_terminate_and_so_is_nobody_coming_back() -> None:
    assert told(acted(s=LEAVES))[-1] == (3, "terminate", None, None, "none")
    faded = acted(s=FADES)
    assert told(faded)[-1] == (3, "terminate", None, None, "none")
    assert (
        faded.actions[-1]["page_id"] == "results" and faded.actions[-1]["timestamp"] == faded.actions[-2]["timestamp"]
    )


def test_an_action_says_which_event_it_was_and_an_appended_terminate_that_it_was_none() -> None:
    faded, left = (acted(s=one).actions_frame() for one in (FADES, LEAVES))
    assert faded["event_id"].to_list() == ["s-0", "s-1", None] and left["event_id"].null_count() == 0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (event("submit", "results", "q", "tea"), (1, "type_and_submit", "search_input", "tea", "node_id")),
        (event("submit", "results", None, "tea"), (1, "type_and_submit", "search_input", "tea", "search_box")),
        (event("submit", "results", "go", "tea"), (1, "type_and_submit", "search_input", "tea", "search_box")),
        (event("submit", "product", None, "tea"), (1, "type_and_submit", None, "tea", "unresolved")),
        (event("submit", "lost", "q", "tea"), (1, "type_and_submit", "search_input", "tea", "no_page")),
        (event("click", "results", "go"), (1, "click", "search_button", None, "node_id")),
        (event("click", "lost", "go"), (1, "click", None, None, "no_page")),
        (event("click", "product", "text"), (1, "click", None, None, "unresolved")),
        (event("click", "results"), (1, "click", None, None, "unresolved")),
    ],
)
def test_what_an_event_acts_on(given: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert told(acted(s=[given]))[0] == expected


def test_a_window_closed_before_the_end_is_counted_not_a_terminate() -> None:
    day = acted(s=[SEARCH, event("close", "results"), event("click", "results", "titlea"), event("close", "product")])
    assert [row[:2] for row in told(day)] == [(1, "type_and_submit"), (2, "click"), (3, "terminate")]
    assert day.dropped == {"close_before_end": 1}


def test_the_best_action_is_resolved_like_the_recorded_one() -> None:
    best = json.dumps(
        {
            "event_type": "click",
            "target": {"node_id": "titlea"},
            "value": None,
            "page_id": "results",
            "probability": 0.25,
        }
    )
    leave = json.dumps({"event_type": "close", "target": None, "probability": 0.5})
    day = acted(s=[SEARCH, event("click", "results", "titleb", optimal=best), event("close", "results", optimal=leave)])
    frame = TABLES["context.optimal"].conform(day.optimal_frame())
    assert frame.select("step", "action_type", "name", "probability").rows() == [
        (2, "click", "search_results.mug_a.view_product", 0.25),
        (3, "terminate", None, 0.5),
    ]


def test_sessions_are_numbered_apart_and_rows_conform() -> None:
    day = acted(b=LEAVES, a=BUYS)
    frame = TABLES["context.actions"].conform(day.actions_frame())
    assert frame["session_id"].to_list() == ["a"] * 3 + ["b"] * 3 and frame["step"].to_list() == [1, 2, 3] * 2
