"""OPeRA (NEU-HAI/OPeRA, CC-BY-4.0) as a raw drop: its actions as events, its simplified pages as ready contexts.

One event a row, in the data set's own order: nothing is folded or left out here, which events are actions is decided later. How
a row is read is in opera_events.py, where files lie in opera_files.py.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from shopcart_assets.platform.actions import Click, is_purchase
from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.traffic.importers.deliver import Delivery, DropWriter
from shopcart_assets.traffic.importers.opera_events import (
    PAGES,
    Unusable,
    beside,
    event_type_of,
    needed,
    unused,
    user_in,
    utc,
)
from shopcart_assets.traffic.importers.opera_files import SPLITS, Config, OperaFiles, Row
from shopcart_assets.traffic.rows import ACTION_TYPES
from shopcart_assets.traffic.times import parse_time


def import_opera(
    source: Path, folder: Path, config: Config, consent_ground: str | None, count: Count = uncounted
) -> tuple[Delivery, Mapping[str, Any]]:
    """Writes the drop; returns what came of it and the figures of its `import.json`.

    `consent_ground` says where it is written that all participants agreed; None: nobody's consent is recorded. Raises DropError.
    """
    files = OperaFiles(source, config)
    notes: dict[str, Any] = {"config": config, "missing_columns": files.missing_columns()}
    with DropWriter(folder, "opera", notes, page_format="context") as drop:
        rows = ({"split": row.split, **row.values} for row in files.rows("session"))
        actions = _Actions(drop, {values["session_id"]: values for values in rows if "session_id" in values})
        for row in each(files.rows("action"), files.n_rows("action"), "rows", count):
            actions.add(row)
        if consent_ground:
            for user_id, first in actions.first_seen.items():
                drop.consent(user_id, "granted", utc(first), consent_ground)
        actions.keep_aside()
        users = [{"split": row.split, **row.values} for row in files.rows("user")]
        if users:
            drop.aside("users", _texts(users))
        for split in SPLITS:
            for images in files.files("images", split):
                drop.aside_file(images.relative_to(source).as_posix(), images)
        notes |= actions.figures()
    assert drop.delivery is not None
    return drop.delivery, notes


@dataclass
class _Session:
    """What the rows say of one session."""

    user_id: str
    splits: set[str] = field(default_factory=set)
    declared: str | None = None
    n_actions: int = 0
    last_page: str | None = None
    first_action: tuple[dt.datetime, str] | None = None  # and its event type
    times: set[dt.datetime] = field(default_factory=set)


class _Actions:
    """Rows to events, and what is counted and kept of them."""

    def __init__(self, drop: DropWriter, declared: Mapping[str, Mapping[str, str]]) -> None:
        self._drop, self._declared = drop, declared
        self._sessions: dict[str, _Session] = {}
        self._rationales: list[dict[str, Any]] = []
        self._n_purchases: Counter[bool] = Counter()
        self.first_seen: dict[str, dt.datetime] = {}
        """User -> the time of the first event."""

    def add(self, row: Row) -> None:
        """Writes the row as an event with its pages, or refuses it."""
        try:
            self._drop.event(self._event(row))
        except Unusable as error:
            self._drop.refuse(row.file, row.line, str(error))

    def _event(self, row: Row) -> dict[str, Any]:
        values = row.values
        session_id, action_type = needed(values, "session_id"), needed(values, "action_type")
        moment = parse_time(needed(values, "timestamp"))
        if moment is None:
            raise Unusable("bad_timestamp")
        session = self._session(session_id)
        moment = unused(moment, session.times)
        timestamp = utc(moment)
        event_type = event_type_of(action_type, values.get("semantic_id"))
        session.splits.add(row.split)
        session.n_actions += 1
        self.first_seen[session.user_id] = min(moment, self.first_seen.get(session.user_id, moment))
        if event_type in ACTION_TYPES:
            session.first_action = min((moment, event_type), session.first_action or (moment, event_type))
        if values.get("click_type") == "purchase":
            self._n_purchases[is_purchase(Click(values.get("semantic_id") or ""))] += 1
        event = {
            "event_id": values.get("action_id") or f"{session_id}.{session.n_actions}",
            "user_id": session.user_id,
            "session_id": session_id,
            "timestamp": timestamp,
            "event_type": event_type,
            "url": values.get("url"),
            "target": {"name": values["semantic_id"]} if "semantic_id" in values else None,
            "value": values.get("input_text"),
            "rationale": values.get("rationale"),
            "split": row.split,
            "action_type": action_type,
            **beside(values),
            **self._pages(session, values, timestamp, event_type),
        }
        if "rationale" in values:
            kept = ("session_id", "user_id", "timestamp", "split", "rationale")
            self._rationales.append({"event_id": event["event_id"]} | {name: event[name] for name in kept})
        return {name: value for name, value in event.items() if value is not None}

    def _session(self, session_id: str) -> _Session:
        if session_id not in self._sessions:
            declared = self._declared.get(session_id, {})
            user_id = declared.get("user_id") or user_in(session_id)
            if user_id is None:
                raise Unusable("missing_user_id")
            self._sessions[session_id] = _Session(user_id, declared=declared.get("action_count"))
        return self._sessions[session_id]

    def _pages(
        self, session: _Session, values: Mapping[str, str], timestamp: str, event_type: str
    ) -> dict[str, str | None]:
        """The ids of the row's pages. What was closed without a page of its own is the page that was seen last."""
        found: dict[str, str | None] = {
            name: self._drop.page(timestamp, values.get("url") if name == "page_id" else None, values[column].encode())
            for column, name in PAGES.items()
            if column in values
        }
        session.last_page = found.get("page_id") or session.last_page
        return found | ({"page_id": session.last_page} if event_type == "close" else {})

    def keep_aside(self) -> None:
        """Writes the tables of rationales and of sessions with their official split, those without a usable row too."""
        columns = ("event_id", "session_id", "user_id", "timestamp", "split", "rationale")
        self._drop.aside("rationales", pl.DataFrame(self._rationales, schema=dict.fromkeys(columns, pl.String())))
        found = {name: one for name, one in self._sessions.items() if one.n_actions}
        seen = [
            (name, one.user_id, "+".join(sorted(one.splits)), one.declared, one.n_actions)
            for name, one in found.items()
        ]
        unseen = [
            (name, one.get("user_id"), one["split"], one.get("action_count"), 0)
            for name, one in self._declared.items()
            if name not in found
        ]
        schema = dict.fromkeys(("session_id", "user_id", "split", "action_count"), pl.String()) | {
            "n_actions": pl.Int64()
        }
        self._drop.aside(
            "sessions", pl.DataFrame(sorted(seen + unseen, key=lambda row: row[0]), schema=schema, orient="row")
        )

    def figures(self) -> dict[str, int]:
        """Counts that say what the data set is and what of it the platform's rules will not take."""
        sessions = [one for one in self._sessions.values() if one.n_actions]
        users = {split: {one.user_id for one in sessions if split in one.splits} for split in SPLITS}
        first = [one.first_action[1] for one in sessions if one.first_action]
        tested = [one.user_id for one in sessions if "test" in one.splits]
        counted = [one for one in sessions if one.declared is not None]
        return {
            "n_sessions": len(sessions),
            "n_sessions_without_action": len(sessions) - len(first),
            "n_sessions_start_with_search": first.count("submit"),
            "n_sessions_count_differs": sum(one.declared != str(one.n_actions) for one in counted),
            "n_sessions_in_both_splits": sum(len(one.splits) > 1 for one in sessions),
            **{f"n_users_{split}": len(known) for split, known in users.items()},
            "n_users_in_both_splits": len(users["train"] & users["test"]),
            "n_sessions_test": len(tested),
            "n_sessions_test_of_train_users": sum(user in users["train"] for user in tested),
            "n_rationales": len(self._rationales),
            "n_purchase_clicks": self._n_purchases.total(),
            "n_purchase_clicks_by_name": self._n_purchases[True],
        }


def opera_lines(figures: Mapping[str, Any]) -> list[str]:
    """What a person should know of the data set before it is used, one line each; `figures` as `import_opera` returns them."""
    n = {name: value for name, value in figures.items() if isinstance(value, int)}
    lines = [
        f"official split: {n['n_users_train']} users in train, {n['n_users_test']} in test, {n['n_users_in_both_splits']} in both, "
        f"who made {n['n_sessions_test_of_train_users']:,} of {n['n_sessions_test']:,} test sessions; "
        "it is recorded, the dataset stage splits by user by its own rule",
        f"{n['n_sessions']:,} sessions, {n['n_rationales']:,} rationales of people",
        f"{n['n_sessions_start_with_search']:,} sessions start with a search: only those are admitted later "
        "(the others: starts_without_submit)",
        f"{n['n_purchase_clicks']:,} purchase clicks, {n['n_purchase_clicks_by_name']:,} of them on what buys by its name: "
        "later stages take only those for purchases",
    ]
    if figures["missing_columns"]:
        lines.append(f"columns of the card that are not there: {', '.join(figures['missing_columns'])}")
    if n["n_sessions_count_differs"]:
        lines.append(f"{n['n_sessions_count_differs']:,} sessions have another number of actions than their table says")
    return lines


def _texts(rows: list[dict[str, str]]) -> pl.DataFrame:
    columns = {name: pl.String() for row in rows for name in row}
    return pl.DataFrame(rows, schema=columns)
