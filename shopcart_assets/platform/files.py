"""Small files outside the lake that several processes share, and what goes wrong with disks, in a line. No tables, no drops."""

import errno
import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What Polars raises over a damaged file. Of one that gets shorter while it is read it panics, which is no Exception."""

# Polars, DuckDB and SQLite tell a disk's trouble in words only.
_FULL = ("No space left on device", "Disk quota exceeded", "disk is full")
_SHUT = ("Read-only file system", "readonly database", "read-only database")
# What SQLite says where a disk has not even room for its own small files, and where it may not make them.
_EITHER = ("disk I/O error", "unable to open database file")
_FULL_CODES, _SHUT_CODES = (errno.ENOSPC, errno.EDQUOT), (errno.EROFS, errno.EACCES, errno.EPERM)


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Only one process at a time is inside, for the same file `lock`; the others wait. A process that ends lets go of it."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_once(path: Path, text: str, mode: int = 0o666) -> None:
    """Makes the file where there is none, whole or not at all; of several processes the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    with exclusive(path.with_name(f".{path.name}.lock")):
        if path.exists():
            return
        scratch = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)


def disk_trouble(error: BaseException | str) -> str | None:
    """`is full`, `cannot be written` or `is full or cannot be written`, where an error, or its text, means that of a disk.

    >>> disk_trouble(OSError(28, "No space left on device")), disk_trouble("attempt to write a readonly database")
    ('is full', 'cannot be written')
    >>> disk_trouble(ValueError("no such column"))
    """
    code = error.errno if isinstance(error, OSError) else None
    text = str(error)
    if code in _FULL_CODES or any(sign in text for sign in _FULL):
        return "is full"
    if code in _SHUT_CODES or any(sign in text for sign in _SHUT):
        return "cannot be written"
    return "is full or cannot be written" if any(sign in text for sign in _EITHER) else None


def disk_advice(
    error: BaseException | str, where: object = "a disk that is written to (lake, state folder, /tmp)"
) -> str | None:
    """One line for a person, where the error is a disk's: what is wrong with `where` and what to do."""
    match disk_trouble(error):
        case None:
            return None
        case "is full":
            return f"no space left under {where}: free some and run again"
        case trouble:
            return f"{where} {trouble}: give it room and this user the right to write there, or choose another place, and run again"
