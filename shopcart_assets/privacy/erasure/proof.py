"""Looks for what is left of an erased user in everything that the lake and the state folder hold. Changes nothing.

Twice: by the columns that the dictionary says lead to a person, and by searching all text for ids and pseudonyms as whole words.
An id shorter than MIN_LENGTH stands in any text by chance, so it is looked for in those columns only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.lake import Lake
from shopcart_assets.platform.warehouse import FILE, Warehouse
from shopcart_assets.privacy.erasure.plan import Plan
from shopcart_assets.privacy.erasure.rows import is_theirs, named_in_text

MIN_LENGTH = 5

FOLDERS = ("consent", "scratch", "uploads", "work", "report", "dagster")
"""Of the state folder: what is made from the lake or the drops, logs too. Not its drops, models and checkpoints."""

_CHUNK = 16 * 2**20
_OVERLAP = 1024
"""Longer than any id, so that none is cut in two unseen."""


@dataclass(frozen=True)
class Needles:
    """What must not be found. `words` as they are written, `names` in the lower-case form that they have inside element names."""

    words: tuple[str, ...]
    names: tuple[str, ...]

    @staticmethod
    def of(plan: Plan) -> "Needles":
        """The session ids, the user's id where nothing of the user may remain, and the user's own pseudonyms."""
        ids = (*plan.session_ids(), *((plan.user_id,) if plan.is_whole else ()))
        own = tuple(one.strip("[]").lower() for one in plan.placeholders)
        return Needles(tuple(one for one in ids if len(one) >= MIN_LENGTH), own)

    def in_text(self, text: pl.Expr) -> pl.Expr:
        """Whether a text has one of them; never null."""
        found: list[pl.Expr] = [pl.lit(False)]
        for needles, any_case in ((self.words, False), (self.names, True)):
            if needles:  # a quick search for any of them first: hardly any text has one
                may_have = text.str.contains_any(list(needles), ascii_case_insensitive=any_case)
                pattern = f"(?i:{named_in_text(needles)})" if any_case else named_in_text(needles)
                found.append(pl.when(may_have).then(text).str.contains(pattern))
        return pl.any_horizontal(found).fill_null(False)

    def in_bytes(self, content: bytes, *, inside_words: bool = False) -> bool:
        """Whether the content of a file has one of them; in a database's file any byte may stand beside a word."""
        found = ((self.words, content), (self.names, content.lower()))
        there = [(needle.encode(), one) for needles, one in found for needle in needles if needle.encode() in one]
        return any(inside_words or re.search(_word(needle), one) for needle, one in there)

    def in_file(self, file: BinaryIO, *, inside_words: bool = False) -> bool:
        """The same for a file of any size."""
        before = b""
        while chunk := file.read(_CHUNK):
            if self.in_bytes(before + chunk, inside_words=inside_words):
                return True
            before = chunk[-_OVERLAP:]
        return False


def _word(needle: bytes) -> bytes:
    return rb"(?<![0-9A-Za-z])" + re.escape(needle) + rb"(?![0-9A-Za-z])"


def left_in_tables(warehouse: Warehouse, plan: Plan) -> dict[str, int]:
    """Rows, by table, that are the user's or name the user."""
    needles, left = Needles.of(plan), dict.fromkeys(TABLES, 0)
    for table in TABLES.values():
        columns = [one.name for one in table.columns if one.dtype in (pl.String(), pl.Binary())]
        keyed = [*table.persons(), *(["effective_at"] if "effective_at" in table.schema() else [])]
        for partition in warehouse.partitions(table.name):
            rows = warehouse.read_columns(table.name, list(dict.fromkeys([*keyed, *columns])), **partition)
            is_own = is_theirs(table, plan, partition) if keyed else pl.lit(False)
            is_found = pl.any_horizontal(is_own, *(_searched(rows, name, needles) for name in columns))
            left[table.name] += rows.select(is_found.sum()).item()
    return left


def _searched(rows: pl.DataFrame, column: str, needles: Needles) -> pl.Expr:
    if rows.schema[column] == pl.Binary():
        found = [needles.in_bytes(content or b"") for content in rows[column]]
        return pl.lit(pl.Series(found, dtype=pl.Boolean()))
    return needles.in_text(pl.col(column))


def left_in_files(lake: Lake, state: Path, plan: Plan) -> Iterator[str]:
    """The lake's objects that are no tables, and the state folder's files, that name the user."""
    needles = Needles.of(plan)
    for key in lake.keys(""):
        if not key.endswith((FILE, ".duckdb")):
            with lake.open(key) as file:
                if needles.in_file(file):
                    yield key
    for path in (path for folder in FOLDERS for path in sorted((state / folder).rglob("*")) if path.is_file()):
        if _is_parquet(path):
            frame = pl.read_parquet(path)
            texts = [name for name, dtype in frame.schema.items() if dtype == pl.String()]
            is_left = frame.select(pl.any_horizontal(*(needles.in_text(pl.col(one)) for one in texts)).any()).item()
        else:
            with path.open("rb") as content:
                is_left = needles.in_file(content, inside_words=path.suffix == ".db")
        if is_left:
            yield str(path.relative_to(state))


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"
