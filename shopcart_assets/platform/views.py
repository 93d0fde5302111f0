"""The SQL face of the lake: a small DuckDB file that holds schemas, views and comments, and no data.

Generated from the dictionary and from `sql/<schema>/<view>.sql`. Built aside and swapped in, so open readers keep theirs.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb
import polars as pl

from shopcart_assets.platform.files import exclusive
from shopcart_assets.platform.lake import Lake, disk_is_told
from shopcart_assets.platform.view_statements import create_empty, show_written
from shopcart_assets.platform.view_text import SqlError, made_from, rows

if TYPE_CHECKING:
    from shopcart_assets.platform.object_files import ObjectFiles

T = TypeVar("T")
_OLDEST_READER = "v1.0.0"
"""The oldest DuckDB that opens the file. Other tools bring their own, which is often older than the one that writes here."""
# Between the times that a question is asked whose objects are replaced while they are read.
_PAUSES_SECONDS = (0, 0.1, 0.3, 1, 3, None)


class Views:
    """The views file of one lake."""

    def __init__(self, lake: Lake, path: Path) -> None:
        self.lake = lake
        self.path = path

    def refresh(self) -> Path:
        """Builds the file anew and swaps it in. Only one process builds at a time, so none puts back an older state."""
        with disk_is_told(self.path.parent):
            return self._replace()

    def _replace(self) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with exclusive(self.path.with_name(f".{self.path.name}.lock")):
            for left in self.path.parent.glob(f".{self.path.name}.[0-9]*"):  # by builders that were killed
                left.unlink()
            try:
                _patiently(self.lake, partial(self._build, scratch))
                scratch.replace(self.path)
            finally:
                scratch.unlink(missing_ok=True)
        return self.path

    def _build(self, scratch: Path, files: "ObjectFiles | None") -> None:
        scratch.write_bytes(_empty(made_from()))
        with _writable(scratch) as connection:
            _register(connection, files)
            show_written(connection, self.lake)

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection, for as many processes at once as like. Times are shown in UTC.

        A file that was not made from the views' text as it is now, or is damaged, is built anew first.
        """
        with self._connect(self.lake.files()) as connection:
            yield connection

    def _current(self) -> duckdb.DuckDBPyConnection | None:
        """The file opened, where it is whole and was made from the views' text as it is now."""
        with suppress(duckdb.Error):
            connection = duckdb.connect(str(self.path), read_only=True)
            made = connection.execute("select comment from duckdb_views() where view_name = 'dictionary'").fetchone()
            if made == (made_from(),):
                return connection
            connection.close()
        return None

    @contextmanager
    def owed(self, key: str) -> Iterator[None]:
        """The body puts in place what the views do not show yet; then they do. A process killed between leaves a mark of it."""
        mark = self._mark(key)
        with disk_is_told(mark.parent):
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        yield
        self.refresh()
        mark.unlink(missing_ok=True)

    def is_owed(self, key: str) -> bool:
        """Whether a process was killed before the views showed what it had put in place under `key`."""
        return self._mark(key).exists()

    def _mark(self, key: str) -> Path:
        return self.path.with_name(f".{self.path.name}.owed-{hashlib.sha256(key.encode()).hexdigest()[:16]}")

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
        """The rows of one statement; `parameters` are the values of its `$name`s. Raises SqlError."""
        return self.ask(partial(rows, sql=sql, parameters=parameters))

    def ask(self, question: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """What `question` makes of a connection; it is asked again where an object of the lake was replaced while it read."""

        def once(files: "ObjectFiles | None") -> T:
            with self._connect(files) as connection:
                return question(connection)

        return _patiently(self.lake, once)

    @contextmanager
    def _connect(self, files: "ObjectFiles | None") -> Iterator[duckdb.DuckDBPyConnection]:
        with self._current() or duckdb.connect(str(self.refresh()), read_only=True) as connection:
            _register(connection, files)
            connection.execute("set timezone = 'UTC'")
            yield connection


def _writable(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), config={"storage_compatibility_version": _OLDEST_READER})


@lru_cache(maxsize=1)
def _empty(made: str) -> bytes:
    """The views file of an empty lake, from texts with this hash. Kept: a table that is new to a lake has the file built again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        with _writable(path) as connection:
            create_empty(connection)
        return path.read_bytes()


def _register(connection: duckdb.DuckDBPyConnection, files: "ObjectFiles | None") -> None:
    if files is not None:
        connection.register_filesystem(files)
        # It keeps blocks by path and time of change, to the second: a partition may be written twice in one.
        connection.execute("set enable_external_file_cache = false")


def _patiently(lake: Lake, read: Callable[["ObjectFiles | None"], T]) -> T:
    """What `read` finds; it is called again with fresh eyes where it failed because an object was replaced under it."""
    for pause in _PAUSES_SECONDS:
        files = lake.files()
        try:
            return read(files)
        except (duckdb.Error, SqlError) as error:
            if files is None or files.failure is None:
                raise
            if pause is None or not files.was_replaced:
                raise SqlError(files.failure) from error
        time.sleep(pause)
    raise AssertionError("the last pause is None")
