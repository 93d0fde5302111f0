"""How much of a delivered file is read, whatever it holds: lines of text one at a time, and no file that unpacks to a flood.

Knows the forms of files (plain, gzip, zstd, Parquet), not what rows mean.
"""

import gzip
import io
import math
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

from shopcart_assets.platform.files import UNREADABLE
from shopcart_assets.traffic.errors import DropError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_ROW_BYTES = 16 * 2**20
"""Of one event. The longest that people cause, a review or a pasted text, has some kilobytes."""

MOST_UNPACKED = 250
"""Times its size on disk: logs of a shop pack to a tenth, at best to a fiftieth; a bomb to a thousandth."""

_ALWAYS_BYTES = 64 * 2**20
"""What any packed file may unpack to."""

_END_BYTES = 2**16
_BLOCK_BYTES = 2**20


@dataclass(frozen=True)
class TooLong:
    """A row of more than MOST_ROW_BYTES: `ends` are its first and its last 64 KiB, all that was kept of it.

    `is_about` says whether any of it has a word that was looked for.
    """

    ends: bytes = b""
    is_about: bool = False


@contextmanager
def damage_is_named(file: Path) -> Iterator[None]:
    """Whatever a reader makes of a file that is cut off or damaged becomes a DropError."""
    try:
        yield
    except (OSError, EOFError, zlib.error, zstd.ZstdError, *UNREADABLE) as error:
        raise DropError(f"{file} is cut off or damaged ({type(error).__name__}): deliver it again") from None


def lines(file: Path, words: tuple[bytes, ...] = ()) -> Iterator[bytes | TooLong]:
    """The lines of a text file, without their ends. Raises DropError where it unpacks to a flood, and what its reader raises.

    Memory is bounded by one line of MOST_ROW_BYTES. Of a longer one is said whether it has one of the `words` (lower case).
    """
    most, n_bytes = _most_bytes(file), 0
    with _opened(file) as text:
        while line := text.readline(MOST_ROW_BYTES + 1):
            n_bytes += len(line)
            if len(line) <= MOST_ROW_BYTES or line.endswith(b"\n"):
                yield line.rstrip(b"\r\n")
            else:
                head, tail, is_about = line[:_END_BYTES], line[-_END_BYTES:], has(line, words)
                while not tail.endswith(b"\n") and n_bytes <= most and (more := text.readline(_BLOCK_BYTES)):
                    both, n_bytes = tail + more, n_bytes + len(more)
                    tail, is_about = both[-_END_BYTES:], is_about or has(both, words)
                yield TooLong(head + tail, is_about)
            if n_bytes > most:
                raise _flood(file)


def has(text: bytes, words: tuple[bytes, ...]) -> bool:
    """Whether one of the words (lower case) is in the text."""
    lower = text.lower()
    return any(word in lower for word in words)


def check_parquet(file: Path) -> None:
    """Raises DropError where a Parquet file says of itself that it unpacks to a flood of bytes or of rows; reads its end only."""
    stat = file.stat()
    if max(_told(file, stat.st_mtime_ns, stat.st_size)) > max(_ALWAYS_BYTES, MOST_UNPACKED * stat.st_size):
        raise _flood(file)


@lru_cache(maxsize=1_000)
def _told(file: Path, _mtime_ns: int, _size: int) -> tuple[int, int]:
    """Bytes and rows that the file of this state says to hold. Files of pages are opened again and again."""
    import duckdb

    with duckdb.connect() as connection:
        try:
            n_bytes, n_rows = connection.execute(
                "select coalesce(sum(total_uncompressed_size), 0), "
                "(select coalesce(sum(num_rows), 0) from parquet_file_metadata($file)) from parquet_metadata($file)",
                {"file": _literally(file)},
            ).fetchone() or (0, 0)
        except duckdb.Error as error:
            raise DropError(f"{file} is cut off or damaged ({type(error).__name__}): deliver it again") from None
    return int(n_bytes), int(n_rows)


def _literally(file: Path) -> str:
    """The path as a pattern that matches it alone: DuckDB takes what it is given for a glob."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(file))


def _most_bytes(file: Path) -> float:
    is_packed = file.suffix in (".gz", ".zst")
    return max(_ALWAYS_BYTES, MOST_UNPACKED * file.stat().st_size) if is_packed else math.inf


def _flood(file: Path) -> DropError:
    return DropError(
        f"{file} unpacks to more than {MOST_UNPACKED} times its size, as no log does: if it is one, deliver it unpacked"
    )


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    if file.suffix not in (".gz", ".zst"):
        with file.open("rb") as plain:
            yield plain
        return
    # Their own readline is Python for each line; a buffer's is not.
    with gzip.open(file) if file.suffix == ".gz" else zstd.open(file) as packed:
        yield io.BufferedReader(cast("io.RawIOBase", packed), _BLOCK_BYTES)
