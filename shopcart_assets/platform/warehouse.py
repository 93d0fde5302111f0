"""Tables on the lake: one Parquet file for each partition, written whole, read by any number of processes.

The dictionary decides columns and types; `views` makes the same tables readable by SQL. No stage's logic here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import polars as pl

from shopcart_assets.platform import partitions as keys
from shopcart_assets.platform import preview
from shopcart_assets.platform.dictionary import DictionaryError, Table
from shopcart_assets.platform.dictionary import table as lookup
from shopcart_assets.platform.lake import Lake, LakeError
from shopcart_assets.platform.views import Views

FILE = "part.parquet"
_PAGES_PER_GROUP = 16
"""Rows of a row group in tables that hold pages, of about a megabyte each: several groups are in memory at once."""


class MissingPartition(LookupError):
    """A partition that was asked for by its whole key was never written."""


@dataclass(frozen=True)
class Written:
    """What one write put in place; `sample` is what may be shown of its first rows, None of raw traffic."""

    table: str
    partition: Mapping[str, str] = field(default_factory=dict)
    n_rows: int = 0
    n_bytes: int = 0
    sample: pl.DataFrame | None = field(default=None, repr=False, compare=False)


class Warehouse:
    """Reads and writes the dictionary's tables on one lake.

    `views_file` is the small DuckDB file of views; it never holds data, so SQL users and writers never lock each other out.
    """

    def __init__(self, lake: Lake, views_file: Path) -> None:
        self.lake = lake
        self.views = Views(lake, views_file)

    def write(self, table: str, frame: pl.DataFrame | pl.LazyFrame, **partition: str) -> Written:
        """Puts `frame` in place as the table's partition, replacing what was there; a frame without rows is written too.

        A LazyFrame is streamed to the file, so that it need not fit into memory.

        Raises DictionaryError where the frame's columns are not the table's, or it is a view; LakeError where the disk is full.
        """
        description = lookup(table)
        if description.is_view:
            raise DictionaryError(f"{table} is a view: it follows from its tables, and is not written")
        key = self._key(description, partition)
        is_owed = not self.partitions(table) or self.views.is_owed(key)
        with self.views.owed(key) if is_owed else nullcontext(), self.lake.put(key) as path:
            if isinstance(frame, pl.LazyFrame):
                few = _PAGES_PER_GROUP if "html" in description.schema() else None
                description.conform_lazily(frame).sink_parquet(path, compression="zstd", row_group_size=few)
            else:
                description.conform(frame).write_parquet(path, compression="zstd")
            n_rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
            n_bytes, sample = path.stat().st_size, preview.head(path, description)
        return Written(table, dict(partition), n_rows, n_bytes, sample)

    def read(self, table: str, **partition: str) -> pl.DataFrame:
        """All rows of the partitions that match, partition columns added, in the order of their keys; a view's, in its order.

        Raises MissingPartition where the whole key was given and is not there; with a partial key no match means no rows.
        """
        if lookup(table).is_view:
            return lookup(table).conform(self.views.query(f"from {table}")).filter(**partition)
        return self.read_where(table, None, **partition)

    def read_but(self, table: str, without: Sequence[str], **partition: str) -> pl.DataFrame:
        """As `read`, but for the columns `without` as far as the table has them: they may be large, and are not read."""
        if lookup(table).is_view:
            return self.read(table, **partition).drop(without, strict=False)
        return self._matching(table, None, without, partition)

    def read_where(self, table: str, where: pl.Expr | None, **partition: str) -> pl.DataFrame:
        """As `read`, of a table, and only the rows for which `where` holds: the others are never all in memory."""
        return self._matching(table, where, (), partition)

    def _matching(
        self, table: str, where: pl.Expr | None, without: Sequence[str], partition: Mapping[str, str]
    ) -> pl.DataFrame:
        description = lookup(table)
        wanted = self.partitions(table) if set(partition) < set(description.partitioned_by) else [dict(partition)]
        frames = [
            self._read_one(description, one, where, without) for one in wanted if partition.items() <= one.items()
        ]
        empty = description.empty().drop(without, strict=False)
        return pl.concat(frames) if frames else self._with_keys(empty, description, {})

    def read_columns(self, table: str, columns: Sequence[str], **partition: str) -> pl.DataFrame:
        """These columns of one partition; the others, which may be large, are not read. Raises FileNotFoundError."""
        description = lookup(table)
        with self._opened(description, partition) as file:
            return _completed(pl.scan_parquet(file), description).select(columns).collect()

    def pages(self, table: str, **partition: str) -> Iterator[pl.DataFrame]:
        """The rows of one partition of a table that holds pages, a few at a time, in order. Raises FileNotFoundError."""
        description = lookup(table)
        with self._opened(description, partition) as file:
            stored = pl.scan_parquet(file)
            n_rows = int(stored.select(pl.len()).collect().item())
            for start in range(0, n_rows, _PAGES_PER_GROUP):
                yield _completed(stored, description).slice(start, _PAGES_PER_GROUP).collect()

    def rewrite(self, table: str, change: Callable[[pl.LazyFrame], pl.LazyFrame], **partition: str) -> Written:
        """Replaces one partition by what `change` makes of it, streamed. Raises FileNotFoundError where it was never written."""
        description = lookup(table)
        with self._opened(description, partition) as file:
            return self.write(table, change(_completed(pl.scan_parquet(file), description)), **partition)

    def delete(self, table: str, **partition: str) -> None:
        """Removes one partition; nothing happens where it was never written."""
        self.lake.delete(self._key(lookup(table), partition))
        if not self.partitions(table):
            self.views.refresh()

    def exists(self, table: str, **partition: str) -> bool:
        """Whether exactly this partition was written."""
        return self.lake.exists(self._key(lookup(table), partition))

    def partitions(self, table: str) -> list[dict[str, str]]:
        """The partitions that were written, in the order of their keys; [{}] for an unpartitioned table that exists.

        A view has none, even where its name was once a table's and a file of that is left.
        """
        if lookup(table).is_view:
            return []
        prefix = table.replace(".", "/") + "/"
        found = [key for key in self.lake.keys(prefix) if key.endswith("/" + FILE)]
        return [keys.parse_folder(key[len(prefix) : -len(FILE)]) for key in found]

    def _read_one(
        self, table: Table, partition: Mapping[str, str], where: pl.Expr | None, without: Sequence[str]
    ) -> pl.DataFrame:
        try:
            with self._opened(table, partition) as file:
                if where is None and not without:
                    rows = _completed(pl.read_parquet(file).lazy(), table).collect()
                else:
                    kept = _completed(pl.scan_parquet(file), table).filter(True if where is None else where)
                    rows = kept.drop(without, strict=False).collect()
        except FileNotFoundError:
            place = ", ".join(f"{name}={value}" for name, value in partition.items())
            raise MissingPartition(
                f"{table.name} has no partition {place or '(whole table)'}: materialize it first"
            ) from None
        return self._with_keys(rows, table, partition)

    @contextmanager
    def _opened(self, table: Table, partition: Mapping[str, str]) -> Iterator[BinaryIO]:
        """A partition's file. Raises FileNotFoundError, and LakeError where the body finds it damaged."""
        key = self._key(table, partition)
        try:
            with self.lake.open(key) as file:
                yield file
        except (pl.exceptions.ComputeError, pl.exceptions.PanicException) as error:
            again = f"materialize this partition of {table.name} again"
            raise LakeError(f"{self.lake.uri(key)} is damaged: {again}") from error

    @staticmethod
    def _with_keys(frame: pl.DataFrame, table: Table, partition: Mapping[str, str]) -> pl.DataFrame:
        return frame.with_columns(pl.lit(partition.get(name), pl.String()).alias(name) for name in table.partitioned_by)

    @staticmethod
    def _key(table: Table, partition: Mapping[str, str]) -> str:
        return f"{table.name.replace('.', '/')}/{keys.folder(table.partitioned_by, partition)}{FILE}"


def _completed(stored: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """The table's columns, those that an older file does not have as nulls."""
    have = stored.collect_schema().names()
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in table.schema().items() if name not in have]
    return stored.with_columns(missing).select(table.schema().names())
