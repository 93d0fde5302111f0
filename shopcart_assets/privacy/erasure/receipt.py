"""The receipts: the tables privacy.erasures and privacy.erasure_marks. No personal data: the user is a keyed hash."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary import TABLES, table
from shopcart_assets.platform.warehouse import Warehouse, Written
from shopcart_assets.privacy.erasure.plan import Mark, Plan, Removal

ERASURES, MARKS = "privacy.erasures", "privacy.erasure_marks"
_COUNTS = ("n_partitions", "n_rows", "n_left")


def write(
    warehouse: Warehouse,
    plan: Plan,
    left: Mapping[str, int],
    left_files: Sequence[str],
    still_held: Sequence[tuple[str, int]],
) -> pl.DataFrame:
    """Adds the erasure's rows to both tables; returns those of privacy.erasures.

    An earlier attempt at the same moment knew of rows that are gone now: what it removed and what drops hold is kept, not what it left.
    `left` counts what the proof found by table, `left_files` names where it found something else, `still_held` counts what the
    drops hold.
    """
    frame = _with_earlier_attempt(warehouse, _receipt(plan, left, left_files, still_held))
    _replace(warehouse, MARKS, _marks(plan))
    _replace(warehouse, ERASURES, frame)
    return frame


def erased(warehouse: Warehouse) -> dict[str, dt.datetime]:
    """Who has a receipt, as keyed hashes, and the last moment up to which the user was erased."""
    if not warehouse.exists(ERASURES):
        return {}
    last = warehouse.read(ERASURES).group_by("user_key").agg(pl.col("erased_at").max())
    return dict(last.iter_rows())


def made(warehouse: Warehouse) -> list[Written]:
    """Both tables as they are, and empty where nobody was erased yet."""
    return [_replace(warehouse, name, table(name).empty()) for name in (ERASURES, MARKS)]


@dataclass(frozen=True)
class Forecast:
    """What a dry run tells: what would go, what would stay marked, what the drops would go on holding. No personal data."""

    n_sessions: int
    n_pages: int
    removals: Sequence[Removal]
    marks: Sequence[Mark]
    held_by_drops: Mapping[str, int]

    def figures(self) -> dict[str, Any]:
        """For a script."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person: tables in the order in which their rows would go."""
        n_rows: Counter[str] = Counter()
        for one in self.removals:
            n_rows[one.table] += one.n_rows
        n_partitions = Counter(one.table for one in self.removals)
        return [
            f"would go: {self.n_sessions} sessions, {self.n_pages} pages that nobody else saw on their day",
            *(f"{n:>9,} rows in {n_partitions[place]:,} partitions  {place}" for place, n in n_rows.items()),
            *(f"would be marked: {one.kind} {one.name}, {one.n_sessions} sessions" for one in self.marks),
            *(f"would stay in the drop and be refused: {n:,} rows  {place}" for place, n in self.held_by_drops.items()),
        ]


def forecast(plan: Plan, still_held: Sequence[tuple[str, int]]) -> Forecast:
    """What `write` would say, before anything goes."""
    return Forecast(len(plan.session_ids()), len(plan.page_ids()), plan.removals, plan.marks, dict(still_held))


def facts(erasures: pl.DataFrame) -> dict[str, int]:
    """For the UI: how many users were erased, what went, and what the proof found to be looked at."""
    inside = erasures.filter(pl.col("kind") != "drop")
    return {
        "n_users": erasures["user_key"].n_unique(),
        "n_rows_erased": int(inside["n_rows"].sum()),
        "n_left": int(inside["n_left"].sum()),
        "n_held_by_drops": int(erasures.filter(kind="drop")["n_left"].sum()),
    }


def problems(erasures: pl.DataFrame) -> list[str]:
    """What the proof of each user's last erasure found, place by place."""
    last = erasures.filter(pl.col("erased_at") == pl.col("erased_at").max().over("user_key"))
    left = last.filter((pl.col("kind") != "drop") & (pl.col("n_left") > 0))
    by_place = left.group_by("place").agg(pl.col("n_left").sum(), pl.col("user_key").n_unique()).sort("place")
    return [f"{place}: {n} rows name {users} erased users" for place, n, users in by_place.iter_rows()]


def _receipt(
    plan: Plan, left: Mapping[str, int], left_files: Sequence[str], still_held: Sequence[tuple[str, int]]
) -> pl.DataFrame:
    n_rows: Counter[str] = Counter()
    n_partitions: Counter[str] = Counter()
    for one in plan.removals:
        n_rows[one.table] += one.n_rows
        n_partitions[one.table] += one.table in TABLES
    n_left = Counter(left) + Counter(left_files)
    places = [*TABLES, *sorted({*n_rows, *left_files} - TABLES.keys())]
    rows = [(place, _kind(place), n_partitions[place], n_rows[place], n_left[place]) for place in places]
    rows += [(place, "drop", 0, 0, n) for place, n in still_held]
    found = pl.DataFrame(rows, ["place", "kind", "n_partitions", "n_rows", "n_left"], orient="row")
    stone = plan.stone
    named = found.with_columns(
        user_key=pl.lit(stone.key), erased_at=pl.lit(stone.erased_at), withdrawn_at=pl.lit(stone.withdrawn_at)
    )
    return table(ERASURES).conform(named)


def _with_earlier_attempt(warehouse: Warehouse, frame: pl.DataFrame) -> pl.DataFrame:
    if not warehouse.exists(ERASURES):
        return frame
    known = warehouse.read(ERASURES).join(frame, on=["user_key", "erased_at"], how="semi")
    n_left = pl.when(kind="drop").then("n_left").otherwise(0)
    both = pl.concat([frame, table(ERASURES).conform(known.with_columns(n_left=n_left))])
    rest = pl.all().exclude("place", *_COUNTS).first()
    return table(ERASURES).conform(both.group_by("place", maintain_order=True).agg(pl.col(_COUNTS).max(), rest))


def _kind(place: str) -> str:
    return "table" if place in TABLES else "ledger" if place.startswith("ledger") else "file"


def _marks(plan: Plan) -> pl.DataFrame:
    stone = plan.stone
    rows = [(stone.key, stone.erased_at, one.kind, one.name, one.version, one.n_sessions) for one in plan.marks]
    return pl.DataFrame(rows, table(MARKS).schema(), orient="row")


def _replace(warehouse: Warehouse, name: str, frame: pl.DataFrame) -> Written:
    known = warehouse.read(name) if warehouse.exists(name) else table(name).empty()
    keys = [column.name for column in table(name).columns if column.is_key]
    both = pl.concat([frame, known]).unique(keys, keep="first", maintain_order=True)
    return warehouse.write(name, both.sort(keys))
