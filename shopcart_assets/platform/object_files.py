"""The objects of a store as files that DuckDB reads: found by a glob and read, never written. Knows no tables and no lake.

DuckDB opens a file several times in one query: to bind it, then for each thread. So the first look at an object decides
which version of it a connection reads. Where that has been replaced since, reading fails; two versions are never mixed.
"""

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any

import obstore
from fsspec import AbstractFileSystem
from obstore.exceptions import BaseError, PreconditionError

if TYPE_CHECKING:
    from obstore import Bytes, GetOptions, ObjectMeta
    from obstore.store import ObjectStore


class ObjectFiles(AbstractFileSystem):  # type: ignore[misc]
    """What one DuckDB connection registers; `root` is the store's URL, `s3://bucket/prefix`."""

    protocol = "s3"
    cachable = False

    def __init__(self, store: "ObjectStore", root: str) -> None:
        super().__init__()
        self.was_replaced = False
        """Whether reading failed because an object was replaced or removed meanwhile: a new connection reads the new one."""
        self.failure: str | None = None
        """Why reading failed, in one line: DuckDB tells it at the end of a traceback."""
        self._store, self._root = store, f"{root}/"
        self._seen: dict[str, ObjectMeta] = {}

    def glob(self, path: str, **_: Any) -> list[str]:
        """The URLs that match, sorted; `*` is part of one name. One listing tells versions and sizes: no object is asked for its own."""
        key = path.removeprefix(self._root)
        pattern = re.compile("[^/]*".join(map(re.escape, key.split("*"))))
        folder = key.partition("*")[0].rpartition("/")[0]
        listed = [meta for batch in obstore.list(self._store, folder or None) for meta in batch]
        found = [meta for meta in listed if pattern.fullmatch(meta["path"])]
        for meta in found:
            self._seen.setdefault(meta["path"], meta)
        return sorted(self._root + meta["path"] for meta in found)

    def open(self, path: str, mode: str = "rb", **_: Any) -> "ObjectFile":
        """The object to be read, as it was when this connection first saw it. Raises FileNotFoundError."""
        if mode != "rb":
            raise io.UnsupportedOperation(f"{path} is only read here, not opened as {mode}")
        return ObjectFile(self, self._look(path))

    def size(self, path: str) -> int:
        """Bytes."""
        return self._look(path)["size"]

    def modified(self, path: str) -> dt.datetime:
        """When that version was written."""
        return self._look(path)["last_modified"]

    def exists(self, path: str, **_: Any) -> bool:
        """Whether there is such an object."""
        try:
            self._look(path)
        except FileNotFoundError:
            return False
        return True

    def read(self, meta: "ObjectMeta", start: int, end: int) -> "Bytes":
        """The bytes from `start` to before `end` of this version. Raises what the store says, and remembers it."""
        options: GetOptions = {"if_match": meta["e_tag"], "range": (start, end)}
        try:
            return obstore.get(self._store, meta["path"], options=options).bytes()
        except (PreconditionError, FileNotFoundError):
            self.was_replaced = True
            self.failure = (
                f"{self._root}{meta['path']} was replaced while it was read: ask again when its run has ended"
            )
            raise
        except BaseError as error:
            self.failure = first_line(error)
            raise

    def _look(self, path: str) -> "ObjectMeta":
        key = path.removeprefix(self._root)
        if key not in self._seen:
            self._seen[key] = obstore.head(self._store, key)
        return self._seen[key]


def first_line(error: BaseException) -> str:
    """What a store's client says, without its request's history."""
    return str(error).strip().splitlines()[0].strip()


class ObjectFile(io.RawIOBase):
    """One object as a file with a place in it; each read is one request."""

    def __init__(self, files: ObjectFiles, meta: "ObjectMeta") -> None:
        self._files, self._meta, self._at = files, meta, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """The new place."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._meta["size"]}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fills `buffer` from the place on, as far as the object goes; how many bytes."""
        end = min(self._at + len(buffer), self._meta["size"])
        if end <= self._at:
            return 0
        n, content = end - self._at, self._files.read(self._meta, self._at, end)
        buffer[:n] = memoryview(content)
        self._at = end
        return n
