"""What a recording's events mean: when typing was a search, when a page is a new one, and which page an action saw."""

from pathlib import Path
from typing import Any

import pytest

from shopcart_assets.traffic import drops
from shopcart_assets.traffic.importers.deliver import DropWriter
from shopcart_assets.traffic.importers.rrweb_events import Interpreter
from shopcart_assets.traffic.intake import read_day
from tests.traffic.importers.test_rrweb_dom import add, element
from tests.traffic.importers.test_rrweb_html import field, text

NOON = 1_790_000_000_000
FORM = element(
    10,
    "form",
    field(11, ""),
    element(12, "button", text(13, "Go")),
    element(14, "button", attributes={"type": "button"}),
)
RESULTS = element(20, "main", *(element(n, "p") for n in range(21, 30)))
LINK = element(40, "a", text(41, "Mug"), attributes={"href": "https://shop.example/mug"})

Event = tuple[int, dict[str, Any]]


def meta(at: int, path: str) -> Event:
    return at, {"type": 4, "data": {"href": f"https://shop.example{path}"}}


def snapshot(at: int, *children: Any, first_id: int = 1) -> Event:
    root = {"type": 0, "id": first_id, "childNodes": [element(first_id + 1, "body", *children)]}
    return at, {"type": 2, "data": {"node": root}}


def incremental(at: int, source: int, **data: Any) -> Event:
    return at, {"type": 3, "data": {"source": source, **data}}


def click(at: int, node_id: int) -> Event:
    return incremental(at, 2, type=2, id=node_id)


def focus(at: int, node_id: int) -> Event:
    return incremental(at, 2, type=5, id=node_id)


def keys(at: int, node_id: int, *texts: str) -> list[Event]:
    return [incremental(at + 100 * n, 5, id=node_id, text=one, isChecked=False) for n, one in enumerate(texts)]


def replace_results(at: int, first_id: int) -> Event:
    adds = [add(20, element(n, "p")) for n in range(first_id, first_id + 9)]
    return incremental(at, 0, adds=adds, removes=[{"id": n} for n in range(21, 30)])


def story(folder: Path, *events: Event | list[Event]) -> list[tuple[str, str | None]]:
    """The searches, clicks and other rows that tell something, each with its text or target, in the order of time."""
    with DropWriter(folder / "drop", "rrweb") as drop:
        interpreter = Interpreter(drop, "u", "s")
        ms = NOON
        for at, event in [one for part in events for one in (part if isinstance(part, list) else [part])]:
            ms = NOON + at
            interpreter.take(event, ms)
        interpreter.end(ms)
    (day,) = drops.days(folder / "drop")
    intake = read_day(drops.event_files([folder / "drop"], day), day, 24.0, folder / "scratch")
    rows = intake.rows.sort("timestamp", "event_id").collect().to_dicts()
    return [
        (row["event_type"], row["value"] or _node_id(row["target"]))
        for row in rows
        if row["event_type"] not in ("focus", "navigate", "close")
    ]


def _node_id(target: str | None) -> str | None:
    return target.split('"node_id": "')[1].split('"')[0] if target else None


START = [meta(0, "/"), snapshot(1, FORM, RESULTS, LINK)]
TYPED = [focus(1_000, 11), *keys(1_100, 11, "m", "mu", "mug")]
SEARCHED = [("input", "mug"), ("submit", "mug")]


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([meta(2_000, "/s?q=mug"), snapshot(2_001, LINK)], SEARCHED),
        ([meta(2_000, "/"), snapshot(2_001, FORM)], SEARCHED),
        ([meta(20_000, "/s?q=mug"), snapshot(20_001, LINK)], [("input", "mug")]),
        ([meta(2_000, "/"), snapshot(2_001, FORM, first_id=100)], [("input", "mug")]),
        ([(2_000, {"type": 5, "data": {"tag": "$pageview", "payload": {"href": "https://shop.example/s"}}})], SEARCHED),
        ([click(2_000, 12)], [*SEARCHED, ("search_click", "12")]),
        ([click(2_000, 13), meta(2_100, "/s"), snapshot(2_101, LINK)], [*SEARCHED, ("search_click", "12")]),
        ([click(2_000, 14), meta(2_100, "/s"), snapshot(2_101, LINK)], [("input", "mug"), ("click", "14")]),
        ([click(2_000, 40), meta(2_100, "/mug"), snapshot(2_101, LINK)], [("input", "mug"), ("click", "40")]),
        ([replace_results(1_400, 50)], SEARCHED),
        ([replace_results(1_400, 50), click(2_000, 40)], [*SEARCHED, ("click", "40")]),
        ([incremental(1_350, 5, id=11, text="", isChecked=False), meta(2_000, "/s")], SEARCHED),
        ([incremental(1_400, 0, adds=[add(10, element(n)) for n in range(50, 70)])], [("input", "mug")]),
        ([incremental(1_400, 0, adds=[add(50, element(n)) for n in range(51, 70)]
          + [add(20, element(50, attributes={"role": "listbox"}))])], [("input", "mug")]),
        ([], [("input", "mug")]),
    ],
)  # fmt: skip
def test_typing_is_a_search_when_the_page_answers_it(
    events: list[Event], told: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert story(tmp_path, START, TYPED, events) == told


def test_a_search_while_typing_is_one_and_after_a_pause_another(tmp_path: Path) -> None:
    live = [*keys(1_000, 11, "m"), replace_results(1_050, 50), *keys(1_200, 11, "mu"), replace_results(1_250, 60)]
    later = [*keys(9_000, 11, "l", "la"), replace_results(9_500, 70)]
    assert story(tmp_path, START, live, later) == [
        ("input", "mu"),
        ("submit", "mu"),
        ("input", "la"),
        ("submit", "la"),
    ]


def test_what_a_script_fills_in_is_no_search(tmp_path: Path) -> None:
    assert story(tmp_path, START, keys(1_000, 11, "mug"), replace_results(1_100, 50)) == [("input", "mug")]


def test_masked_text_is_missing_and_a_password_is_never_told(tmp_path: Path) -> None:
    secret = snapshot(1, FORM, field(15, "", type="password"))
    told = story(
        tmp_path,
        meta(0, "/"),
        secret,
        keys(1_000, 15, "hunter2"),
        focus(1_900, 11),
        keys(2_000, 11, "***"),
        click(3_000, 12),
    )
    assert told == [("choice", "15"), ("input", "11"), ("submit", "11"), ("search_click", "12")]


def test_a_click_on_a_label_is_one_on_its_control(tmp_path: Path) -> None:
    box = element(30, "input", attributes={"type": "checkbox", "id": "b"})
    label = element(31, "label", text(32, "Blue"), attributes={"for": "b"})
    wrapped = element(33, "label", element(34, "input", attributes={"type": "radio"}), element(35, "span"))
    told = story(
        tmp_path, meta(0, "/"), snapshot(1, box, label, wrapped),
        click(1_000, 31), click(1_001, 30), click(2_000, 35), click(2_002, 34), click(3_000, 34),
    )  # fmt: skip
    assert [one for one in told if one[0] == "click"] == [("click", "30"), ("click", "34"), ("click", "34")]
    assert [one for one in told if one[0] == "label_click"] == [("label_click", None)] * 2


def test_a_run_of_scrolls_is_one_row_and_a_field_is_no_target_of_a_click(tmp_path: Path) -> None:
    scrolls = [incremental(1_000 + n, 3, id=1, x=0, y=n) for n in range(9)]
    assert story(tmp_path, START, scrolls, click(2_000, 11), scrolls[-1:], click(3_000, 40)) == [
        ("scroll", None), ("scroll", None), ("field_click", None), ("click", "40"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data", [None, {}, {"source": 0, "adds": 7}, {"source": 2, "type": 2}, {"source": 5, "text": "a"}]
)
def test_data_that_is_not_what_the_type_says_is_an_error(data: Any, tmp_path: Path) -> None:
    with pytest.raises((KeyError, TypeError)):
        story(tmp_path, START, (1_000, {"type": 3, "data": data}))
