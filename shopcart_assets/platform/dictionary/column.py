"""What a table and a column are. The tables themselves are in the stage modules beside this one."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

TIMESTAMP = pl.Datetime("us", "UTC")

PARTITION_COLUMNS: Mapping[str, str] = {
    "day": "day of the session's first event (ISO date, UTC)",
    "generator": "model that wrote the rationales",
    "experiment": "fine-tuning run: base model, arm and seed",
    "policy": "what predicted the actions: a baseline, a prompted model or a fine-tuned checkpoint",
    "round": "when a server was asked, as an ISO week such as 2026-W48: servers drift",
}


PERSON_IDS = ("user_id", "session_id", "event_id", "page_id")
"""Ids that lead to a person: the user's own, what the user did, and what the user saw."""


class DictionaryError(ValueError):
    """A frame does not have the columns that the dictionary promises, or a table is unknown."""


@dataclass(frozen=True)
class Column:
    """One column: its type and what it means, with its unit where it has one.

    A column that holds some of PERSON_IDS under another name says which; `is_raw_text` may quote any of them.
    """

    name: str
    dtype: pl.DataType
    description: str
    is_key: bool = False
    holds: tuple[str, ...] = ()
    is_raw_text: bool = False

    def person_ids(self) -> tuple[str, ...]:
        """Which of PERSON_IDS its values are."""
        return (self.name,) if self.name in PERSON_IDS else self.holds


@dataclass(frozen=True)
class Table:
    """One table of the lake. `description` is one sentence that says what a row is.

    `partitioned_by` names the columns that are folders in the lake (`day=2026-10-01`), not columns in the files. `is_raw`: what
    was delivered, word for word; it has a time to live and is read by the traffic and privacy stages only. `no_person` says why
    no row leads to a person, in a table where no column does. `is_view`: its rows follow from other tables by `sql/`; it is
    read as any table, and never written.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    partitioned_by: tuple[str, ...] = ()
    is_raw: bool = False
    no_person: str = ""
    is_view: bool = False

    @property
    def stage(self) -> str:
        """The schema, and the folder of the code."""
        return self.name.split(".")[0]

    def persons(self) -> dict[str, tuple[str, ...]]:
        """The columns that lead to a person, each with the PERSON_IDS that its values are; none where it is raw text."""
        return {one.name: one.person_ids() for one in self.columns if one.person_ids() or one.is_raw_text}

    def schema(self) -> pl.Schema:
        """Column names and types as they stand in the files, partition columns left out."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """A frame of this table with no rows."""
        return pl.DataFrame(schema=self.schema())

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with exactly this table's columns, in order and in type; partition columns are dropped.

        Raises DictionaryError on a missing or unknown column, or a type that cannot be cast without loss.
        """
        self._require(frame.columns)
        wanted = self.schema()
        try:
            return frame.select(pl.col(name).cast(dtype, strict=True) for name, dtype in wanted.items())
        except pl.exceptions.InvalidOperationError as error:
            # The error's own text can quote values, which may be personal data: say the types only.
            raise self._misfit(frame.schema) from error.with_traceback(None)

    def conform_lazily(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """As `conform`, for a frame that is not read yet: its types must be the table's, since a cast would fail too late."""
        found = frame.collect_schema()
        self._require(found.names())
        if any(found[name] != dtype for name, dtype in self.schema().items()):
            raise self._misfit(found)
        return frame.select(self.schema().names())

    def _require(self, columns: list[str]) -> None:
        wanted, have = set(self.schema()), {name for name in columns if name not in self.partitioned_by}
        missing, unknown = sorted(wanted - have), sorted(have - wanted)
        if missing or unknown:
            raise DictionaryError(f"{self.name}: missing columns {missing}, columns not in the dictionary {unknown}")

    def _misfit(self, schema: pl.Schema) -> DictionaryError:
        found = {name: str(schema[name]) for name, dtype in self.schema().items() if schema[name] != dtype}
        return DictionaryError(f"{self.name}: columns whose values do not fit their type: {found}")
