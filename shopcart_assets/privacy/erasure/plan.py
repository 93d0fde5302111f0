"""What is one user's: sessions, events and pages by day, found by the dictionary's columns. Reads only.

The plan is found before the first row goes and kept until the last one is gone, since the rows that tell what is whose go too.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl
from pydantic import TypeAdapter

from shopcart_assets.platform.dictionary import TABLES, Table
from shopcart_assets.platform.dictionary.column import TIMESTAMP
from shopcart_assets.platform.tombstones import Tombstone
from shopcart_assets.platform.warehouse import Warehouse

NO_DAY = ""
"""The day of sessions that only tables without days know."""

_IDS = {"day": pl.String(), "user_id": pl.String(), "session_id": pl.String(), "event_id": pl.String()}
_SCHEMA = {**_IDS, "page_id": pl.String(), "at": TIMESTAMP}

ByDay = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Mark:
    """Something made from the user's sessions that stays: the weights of an experiment, or the rest of a batch of rationales."""

    kind: str
    name: str
    version: str | None
    n_sessions: int


@dataclass(frozen=True)
class Removal:
    """How many rows of a partition are the user's. `partition` as in the lake's folders, such as `day=2026-10-01/`."""

    table: str
    partition: str
    n_rows: int


@dataclass(frozen=True)
class Plan:
    """What is to go. Personal data: it is kept only until it is done.

    `is_whole`: the lake has nothing of the user from after the erasure, so that the user's id itself must be nowhere.
    `placeholders`: pseudonyms that stand in the user's rows and in nothing that the user had no part in. `seen`: pages that the user
    saw, with those that stay because others saw them too.
    """

    user_id: str
    stone: Tombstone
    is_whole: bool
    sessions: ByDay
    events: ByDay
    pages: ByDay
    placeholders: tuple[str, ...] = ()
    request_keys: tuple[str, ...] = ()
    removals: tuple[Removal, ...] = ()
    marks: tuple[Mark, ...] = ()
    seen: ByDay = field(default_factory=dict)

    def session_ids(self) -> tuple[str, ...]:
        """The sessions of all days."""
        return tuple(sorted({one for ids in self.sessions.values() for one in ids}))

    def page_ids(self) -> tuple[str, ...]:
        """The pages of all days that nobody else saw on that day."""
        return tuple(sorted({one for ids in self.pages.values() for one in ids}))

    def of(self, column: str, day: str | None) -> tuple[str, ...]:
        """The user's values of one of dictionary.PERSON_IDS, on one day; `None` = on all days."""
        if column == "user_id":
            return (self.user_id,)
        by_day = {"session_id": self.sessions, "event_id": self.events, "page_id": self.pages}[column]
        return by_day.get(day, ()) if day is not None else tuple(one for ids in by_day.values() for one in ids)

    def merged(self, earlier: "Plan") -> "Plan":
        """This plan and an earlier one that was not done to its end."""
        removals: dict[tuple[str, str], Removal] = {}
        for one in (*earlier.removals, *self.removals):
            known = removals.get((one.table, one.partition), one)
            removals[one.table, one.partition] = max(known, one, key=lambda removal: removal.n_rows)
        return replace(
            self,
            sessions=_union(earlier.sessions, self.sessions),
            events=_union(earlier.events, self.events),
            pages=_union(earlier.pages, self.pages),
            seen=_union(earlier.seen, self.seen),
            placeholders=tuple(sorted({*earlier.placeholders, *self.placeholders})),
            request_keys=tuple(sorted({*earlier.request_keys, *self.request_keys})),
            removals=tuple(removals.values()),
            marks=tuple({(one.kind, one.name): one for one in (*self.marks, *earlier.marks)}.values()),
        )


PLAN = TypeAdapter(Plan)
"""To and from JSON."""


def find(warehouse: Warehouse, user_id: str, stone: Tombstone) -> Plan:
    """Sessions that began up to the erasure, with their events, and the pages that nobody else saw on their day.

    A session whose begin nobody knows is taken to be from before.
    """
    rows = pl.concat([_empty(), *(_rows(warehouse, *one).filter(user_id=user_id) for one in _places(warehouse))])
    began = rows.group_by("day", "session_id").agg(pl.col("at").min())
    is_later = (pl.col("at") > stone.erased_at).fill_null(False)
    sessions = began.filter(~is_later).select("day", "session_id")
    dated = [one for one in _places(warehouse) if one[1].get("day") in set(sessions["day"])]
    theirs, others = [_empty()], [_empty()]
    for table, partition in dated:
        found = _rows(warehouse, table, partition)
        theirs.append(found.join(sessions, on=["day", "session_id"], how="semi"))
        others.append(found.join(sessions, on=["day", "session_id"], how="anti"))
    own, foreign = pl.concat(theirs), pl.concat(others)
    later = began.filter(is_later)["session_id"].implode()
    return Plan(
        user_id,
        stone,
        is_whole=not len(later[0]) and not _said_later(warehouse, user_id, stone.erased_at),
        sessions=_by_day(sessions.filter((pl.col("day") != NO_DAY) | ~pl.col("session_id").is_in(later)), "session_id"),
        events=_by_day(own, "event_id"),
        pages=_by_day(own.join(foreign, on=["day", "page_id"], how="anti"), "page_id"),
        seen=_by_day(own, "page_id"),
    )


def _places(warehouse: Warehouse) -> Iterator[tuple[Table, dict[str, str]]]:
    """The partitions of the tables that say whose a session is."""
    for table in TABLES.values():
        if {"user_id", "session_id"} <= table.schema().keys():
            for partition in warehouse.partitions(table.name):
                yield table, partition


def _rows(warehouse: Warehouse, table: Table, partition: Mapping[str, str]) -> pl.DataFrame:
    """_SCHEMA of one partition; `at` is the row's earliest time."""
    schema = table.schema()
    moments = [name for name, dtype in schema.items() if dtype == TIMESTAMP]
    ids = [name for name in _IDS if name in schema] + (["page_id"] if "page_id" in schema else [])
    read = warehouse.read_columns(table.name, [*ids, *moments], **partition)
    at = pl.min_horizontal(moments) if moments else pl.lit(None, TIMESTAMP)
    day = pl.lit(partition.get("day", NO_DAY)).alias("day")
    return pl.concat([_empty(), read.select(*ids, day, at=at)], how="diagonal")


def _empty() -> pl.DataFrame:
    return pl.DataFrame(schema=_SCHEMA)


def _said_later(warehouse: Warehouse, user_id: str, erased_at: dt.datetime) -> bool:
    if not warehouse.exists("traffic.consent"):
        return False
    theirs = warehouse.read("traffic.consent").filter(user_id=user_id)
    return not theirs.filter(pl.col("effective_at") > erased_at).is_empty()


def _by_day(rows: pl.DataFrame, column: str) -> dict[str, tuple[str, ...]]:
    named = rows.select("day", column).drop_nulls().unique().sort("day", column)
    return {str(day): tuple(found[column]) for (day,), found in named.group_by("day", maintain_order=True)}


def _union(one: ByDay, other: ByDay) -> dict[str, tuple[str, ...]]:
    days = sorted({*one, *other})
    return {day: tuple(sorted({*one.get(day, ()), *other.get(day, ())})) for day in days}
