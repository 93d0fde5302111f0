"""Which built days a change of consent touches: who said something else than before, and where these people are. No files of drops.

What days were judged by is kept as a copy of the consent table, one file for each content of the consent files, outside the lake.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse


def keep(folder: Path, content: str, history: pl.DataFrame) -> None:
    """Remembers the consent table of a content of the consent files; nothing happens where it is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    if not _file(folder, content).exists():
        scratch = folder / f".{content}"
        history.write_parquet(scratch)
        scratch.replace(_file(folder, content))


def forget_all_but(folder: Path, content: str) -> None:
    """Removes the copies that no later change will be compared with."""
    for file in folder.glob("*.parquet"):
        if file != _file(folder, content):
            file.unlink(missing_ok=True)


def recall(folder: Path, content: str) -> pl.DataFrame:
    """The consent table that was kept; no rows where none of today's columns was, so that everybody counts as changed."""
    file, empty = _file(folder, content), table("traffic.consent").empty()
    kept = pl.read_parquet(file) if file.exists() else empty
    return kept if kept.schema == empty.schema else empty


def changed_users(before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
    """The users whose history is not the same in both consent tables, sorted."""
    entries = pl.concat([before.with_columns(side=1), after.select(before.columns).with_columns(side=2)])
    lone = entries.group_by(before.columns).agg(pl.col("side").n_unique()).filter(pl.col("side") == 1)
    return lone["user_id"].unique().sort()


def days_of(users: pl.Series, days: Iterable[str], warehouse: Warehouse) -> list[str]:
    """Those of the days that have a session of one of the users, admitted or not, or a quarantined row that may be one's."""
    written = [text for user in users for text in {user, json.dumps(user)[1:-1]}]
    return [day for day in days if written and _touches(users, written, day, warehouse)]


def _touches(users: pl.Series, written: list[str], day: str, warehouse: Warehouse) -> bool:
    """`written` are the users as they may stand in a raw row."""
    if not warehouse.exists("traffic.sessions", day=day):
        return False
    known = warehouse.read("traffic.sessions", day=day)["user_id"]
    raw = warehouse.read("traffic.quarantine", day=day)["raw"]
    return bool(known.is_in(users.implode()).any() or raw.str.contains_any(written).any())


def _file(folder: Path, content: str) -> Path:
    return folder / f"consent-{content}.parquet"
