"""Recorded events to the paper's three actions, one row each. What was not resolved stays, with no name.

A session ends with its first purchase, with the window closed, or because nobody came back: then a `terminate` is appended.
Events behind a purchase, and a close that was not the end (another window stayed open), are dropped and counted.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from shopcart_assets.context.contexts import SEARCH_INPUT, SeenPage
from shopcart_assets.context.roles import TYPED
from shopcart_assets.context.settle import UNRESOLVED, Resolution
from shopcart_assets.context.targets import Target
from shopcart_assets.platform.actions import Click, is_purchase
from shopcart_assets.platform.dictionary import table

ACTION_TYPES = {"click": "click", "submit": "type_and_submit", "close": "terminate"}
NOT_NEEDED = Resolution(None, "none")
NO_PAGE = Resolution(None, "no_page")
SEARCH_BOX = Resolution(SEARCH_INPUT, "search_box")
Row = dict[str, Any]


@dataclass
class DayActions:
    """The rows of context.actions and context.optimal, and how many events became no action, by reason."""

    actions: list[Row] = field(default_factory=list)
    optimal: list[Row] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    def actions_frame(self) -> pl.DataFrame:
        """The rows of context.actions."""
        return pl.DataFrame(self.actions, schema=table("context.actions").schema())

    def optimal_frame(self) -> pl.DataFrame:
        """The rows of context.optimal."""
        return pl.DataFrame(self.optimal, schema=table("context.optimal").schema())


def actions_of_day(events: pl.DataFrame, seen: Mapping[str, SeenPage]) -> DayActions:
    """All sessions of a day's privacy.events, each in the order of its timestamps; `seen` holds the day's simplified pages."""
    day = DayActions()
    ordered = events.sort("session_id", "timestamp", "event_id")
    for session in ordered.partition_by("session_id", maintain_order=True):
        _add_session(session.to_dicts(), seen, day)
    return day


def _add_session(events: Sequence[Row], seen: Mapping[str, SeenPage], day: DayActions) -> None:
    step = 0
    for at, event in enumerate(events):
        is_last = at == len(events) - 1
        if event["event_type"] == "close" and not is_last:
            day.dropped["close_before_end"] += 1
            continue
        step += 1
        action = _action(event, seen)
        day.actions.append(_row(event, step, action) | {"event_id": event["event_id"]})
        day.optimal.extend(_optimal(event, step, seen))
        if action["action_type"] == "click" and action["name"] and is_purchase(Click(action["name"])):
            day.dropped["after_purchase"] += len(events) - 1 - at
            return
        if is_last and event["event_type"] != "close":
            day.actions.append(_row(event, step + 1, _fields("terminate", NOT_NEEDED)) | {"event_id": None})


def _row(event: Row, step: int, action: Row) -> Row:
    return {key: event[key] for key in ("session_id", "user_id", "page_id", "timestamp")} | {"step": step} | action


def _action(event: Row, seen: Mapping[str, SeenPage]) -> Row:
    target = Target.from_json(event["target"])
    resolution = resolve(event["event_type"], event["page_id"], target, seen)
    return _fields(ACTION_TYPES[event["event_type"]], resolution, event["value"])


def _fields(action_type: str, resolution: Resolution, value: str | None = None) -> Row:
    text = (value or "") if action_type == "type_and_submit" else None
    return {"action_type": action_type, "name": resolution.name, "text": text, "resolved_by": resolution.resolved_by}


def resolve(event_type: str, page_id: str | None, target: Target | None, seen: Mapping[str, SeenPage]) -> Resolution:
    """The name that an event acted on.

    A submit belongs to what can be typed into: where its target is a button, or was not recorded, that is the page's search box.
    A search from a page that was not recorded, such as the home page, is a search all the same.
    """
    if event_type == "close":
        return NOT_NEEDED
    if page_id is None or page_id not in seen:
        said = (target and target.name) or SEARCH_INPUT
        return Resolution(said, "no_page") if event_type == "submit" else NO_PAGE
    page = seen[page_id]
    found = page.resolutions.get(target, UNRESOLVED) if target else UNRESOLVED
    if event_type == "submit" and page.role_of(found.name) not in TYPED:
        return SEARCH_BOX if page.role_of(SEARCH_INPUT) else UNRESOLVED
    return found


def _optimal(event: Row, step: int, seen: Mapping[str, SeenPage]) -> Iterator[Row]:
    """The row of context.optimal for an event of a simulated log; none for a recorded one."""
    if not event["optimal"]:
        return
    best = json.loads(event["optimal"])
    page_id = best.get("page_id") or event["page_id"]
    resolution = resolve(best["event_type"], page_id, Target.from_fields(best.get("target")), seen)
    action = _fields(ACTION_TYPES[best["event_type"]], resolution, best.get("value"))
    del action["resolved_by"]
    yield {"session_id": event["session_id"], "step": step, "probability": float(best["probability"])} | action
