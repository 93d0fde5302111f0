"""A browser's events become what a person did, tab by tab, and each of them has one fate."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.traffic.gestures import recognize
from shopcart_assets.traffic.rows import GESTURE_TYPES
from tests.traffic.browser import AREA, BOX, BUY, ENTER, PRODUCT, SEARCH, Event, actions, event, fates, rows_of

TYPED = [event("input", BOX, "mu"), event("input", BOX, "mugs", after=0.2)]
NEXT_PAGE = "https://shop.example/red-mug"


def test_typing_and_enter_with_all_that_a_browser_says_of_it_is_one_submit_into_the_field() -> None:
    echoes = [
        event("keydown", BOX, extra=ENTER, after=0.5),
        event("keypress", BOX, extra=ENTER, after=0.001),
        event("change", BOX, "mugs", after=0.001),
        event("click", SEARCH, after=0.001),
        event("submit", {"tag": "form"}, after=0.001),
    ]
    rows = rows_of([*TYPED, *echoes])
    assert actions(rows) == [("e2", "submit", "mugs")]
    assert fates(rows) == {
        "e0": "merged_input",
        "e1": "merged_input",
        "e3": "merged_keypress",
        "e4": "merged_change",
        "e5": "merged_click",
        "e6": "merged_submit",
    }
    target = recognize(rows).filter(pl.col("fate").is_null())["target"][0]
    assert json.loads(target) == BOX


@pytest.mark.parametrize(
    ("submitting", "text"),
    [
        (event("keydown", BOX, "Enter"), "mugs"),
        (event("keydown", None, extra={"keyCode": 13}), "mugs"),
        (event("submit"), "mugs"),
        (event("submit", BOX, "mug tree"), "mug tree"),
        (event("click", SEARCH), "mugs"),
        (event("click", {"tag": "input", "attributes": {"type": "submit"}}), "mugs"),
        (event("click", {"tag": "svg", "attributes": {"class": "search-icon"}}), "mugs"),
    ],
)
def test_each_way_to_submit(submitting: Event, text: str) -> None:
    rows = rows_of([*TYPED, submitting])
    assert actions(rows) == [("e2", "submit", text)] and set(fates(rows).values()) == {"merged_input"}
    assert recognize(rows).filter(pl.col("fate").is_null())["target"].to_list() == [json.dumps(BOX)]


def _rationales(events: list[Event]) -> list[tuple[str, str | None]]:
    kept = recognize(rows_of(events)).filter(pl.col("fate").is_null())
    return kept.select("event_id", "rationale").rows()


def test_an_action_keeps_its_own_rationale_else_the_last_of_what_was_merged_into_it() -> None:
    typed = [event("input", BOX, "mu", rationale="first"), event("input", BOX, "mugs", rationale="second")]
    enter, echo = event("keydown", BOX, "Enter"), event("submit", {"tag": "form"}, after=0.01)
    after = event("click", PRODUCT)
    assert _rationales([*typed, enter, echo, after]) == [("e2", "second"), ("e4", None)]
    assert _rationales([*typed, enter | {"rationale": "own"}, echo | {"rationale": "late"}]) == [("e2", "own")]
    assert _rationales([*typed, enter, echo | {"rationale": "late"}, after]) == [("e2", "late"), ("e4", None)]


def test_a_rationale_of_what_came_to_nothing_goes_to_no_other_action() -> None:
    typed = event("input", BOX, "mu", rationale="a mug")
    assert _rationales([typed, event("click", PRODUCT, rationale="red"), event("click", AREA)]) == [("e1", "red")]
    assert _rationales([typed, event("click", PRODUCT)]) == [("e1", None)]


def test_a_forms_own_event_tells_which_click_was_on_its_button() -> None:
    for unknown in ({"node_id": "99", "tag": "div"}, {"tag": "a"}, None):
        rows = rows_of([*TYPED, event("click", unknown), event("submit", {"tag": "form"}, after=0.01)])
        assert actions(rows) == [("e2", "submit", "mugs")] and fates(rows)["e3"] == "merged_submit"
    bought = rows_of([event("input", {"node_id": "2"}, "3"), event("click", BUY), event("submit", after=0.01)])
    assert actions(bought)[0] == ("e1", "click", None)


@pytest.mark.parametrize(
    "acting",
    [
        event("click", PRODUCT),
        event("click", {"tag": "li", "text": "mug tree"}),
        event("click", SEARCH, url=NEXT_PAGE),
        event("close"),
    ],
)
def test_typing_that_nothing_submits_came_to_nothing(acting: Event) -> None:
    """A suggestion is clicked, the search button of another page, or the window is closed."""
    rows = rows_of([*TYPED, acting])
    assert actions(rows) == [("e2", acting["event_type"], None)] and set(fates(rows).values()) == {"ignored_input"}


def test_what_was_typed_before_another_action_is_not_submitted_after_it() -> None:
    rows = rows_of([*TYPED, event("click", PRODUCT), event("keydown", BOX, extra=ENTER), event("click", SEARCH)])
    assert actions(rows) == [("e2", "click", None), ("e4", "click", None)]
    assert fates(rows)["e3"] == "ignored_keydown"


def test_a_click_on_the_search_button_stays_a_click_where_nothing_is_typed() -> None:
    emptied = [*TYPED, event("input", BOX, ""), event("click", SEARCH)]
    assert actions(rows_of([event("click", SEARCH)])) == [("e0", "click", None)]
    assert actions(rows_of(emptied)) == [("e3", "click", None)]
    both = rows_of([event("click", SEARCH), event("submit", {"tag": "form"}, after=0.01)])
    assert actions(both) == [("e0", "click", None)] and fates(both) == {"e1": "merged_submit"}


def test_one_submission_told_twice_is_one_action_and_two_are_two() -> None:
    def submits(*more: Event) -> list[str]:
        return [at for at, _, _ in actions(rows_of([event("submit", BOX, "mugs"), *more]))]

    assert submits(event("submit", BOX, "mugs", after=0.3)) == ["e0"]
    assert submits(event("submit", None, after=0.3)) == ["e0"]
    assert submits(event("submit", BOX, "cups", after=0.3)) == ["e0", "e1"]
    assert submits(event("submit", BOX, "mugs", after=1.0)) == ["e0", "e1"]


def test_focus_and_clicks_on_nothing_are_counted_and_do_not_part_typing_from_enter() -> None:
    plain = {"xpath": "/html/body/input", "tag": "input"}
    rows = rows_of(
        [
            event("click", plain),
            event("focus", plain),
            event("input", plain, "mugs"),
            event("click", AREA),
            event("scroll"),
            event("click", BOX),
            event("keydown", plain, extra=ENTER),
        ]
    )
    assert actions(rows) == [("e6", "submit", "mugs")]
    assert fates(rows) == {
        "e0": "ignored_click_into_field",
        "e1": "ignored_focus",
        "e2": "merged_input",
        "e3": "ignored_click_nowhere",
        "e4": "ignored_scroll",
        "e5": "ignored_click_into_field",
    }


def test_enter_that_submits_no_text_is_no_action() -> None:
    area = {"tag": "textarea", "node_id": "5"}
    for events in (
        [event("keydown", BOX, extra=ENTER)],
        [event("input", area, "hello"), event("keydown", area, extra=ENTER)],
        [*TYPED, event("keydown", {"tag": "a", "href": "/"}, extra=ENTER)],
        [*TYPED, event("keydown", BOX, extra={"key": "Escape"})],
    ):
        assert actions(rows_of(events)) == []


def test_a_key_event_can_carry_the_fields_text() -> None:
    keys = [event("keydown", BOX, "mug", extra={"key": "s"}), event("keydown", BOX, "mugs", extra=ENTER)]
    assert actions(rows_of(keys)) == [("e1", "submit", "mugs")]
    single = [event("keydown", BOX, "m"), event("keydown", BOX, "Enter")]
    assert fates(rows_of(single)) == {"e0": "ignored_keydown", "e1": "ignored_keydown"}


def test_only_the_submitted_fields_typing_is_merged_and_a_check_box_types_nothing() -> None:
    other, box = {"node_id": "3", "tag": "input"}, {"node_id": "4", "tag": "input"}
    rows = rows_of([event("input", other, "94110"), *TYPED, event("click", SEARCH)])
    assert actions(rows) == [("e3", "submit", "mugs")] and fates(rows)["e0"] == "ignored_input"
    ticked = rows_of([event("click", box), event("change", box, "on", after=0.01), event("click", SEARCH)])
    assert actions(ticked) == [("e0", "click", None), ("e2", "click", None)]


def test_tabs_and_windows_do_not_part_each_others_gestures() -> None:
    def tab(window: int, number: int | str) -> Event:
        return {"window_id": window, "tab_id": number}

    rows = rows_of(
        [
            event("input", BOX, "mugs", extra=tab(1, 1)),
            event("input", BOX, "tea", extra=tab(1, "b")),
            event("click", PRODUCT, extra=tab(2, 1)),
            event("keydown", BOX, extra=ENTER | tab(1, 1)),
            event("click", SEARCH, extra=tab(1, "b")),
        ]
    )
    assert actions(rows) == [("e2", "click", None), ("e3", "submit", "mugs"), ("e4", "submit", "tea")]


def test_what_happens_on_a_sign_in_page_is_no_action() -> None:
    page = "https://shop.example/ap/signin?to=cart"
    field = {"tag": "input", "attributes": {"type": "password"}}
    events = [
        event("input", field, "secret"),
        event("keydown", field, extra=ENTER),
        event("click", SEARCH),
        event("submit"),
    ]
    rows = rows_of([one | {"url": page} for one in events])
    assert actions(rows) == []
    assert list(fates(rows).values()) == [
        "ignored_input",
        "ignored_keydown",
        "ignored_on_sign_in",
        "ignored_on_sign_in",
    ]


ANYTHING = st.builds(
    lambda kind, target, value, after, extra: event(kind, target, value, after=after, extra=extra),
    st.sampled_from((*GESTURE_TYPES, "navigate", "scroll")),
    st.sampled_from((None, BOX, SEARCH, PRODUCT, BUY, AREA, {}, {"attributes": {"type": "checkbox"}})),
    st.sampled_from((None, "", "mugs", "tea")),
    st.sampled_from((0.0, 0.4, 3.0)),
    st.sampled_from(({}, ENTER, {"tab_id": 2}, ENTER | {"tab_id": 2})),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ANYTHING, max_size=12))
def test_whatever_comes_keeps_its_row_and_order_and_has_one_fate(events: list[Event]) -> None:
    rows = rows_of(events)
    found = recognize(rows)
    assert found["event_id"].equals(rows["event_id"])
    kept = found.filter(pl.col("fate").is_null())
    assert set(kept["event_type"]) <= {"submit", "click", "close"}
    lost = found.filter(pl.col("fate").is_not_null())["fate"].to_list()
    assert all(fate.startswith(("ignored_", "merged_")) for fate in lost)
    typed = {one["value"] for one in events}
    assert set(kept["value"]) <= typed
