"""The files of the ledger: one for each answer that was bought, under `ledger/<first two digits>/<key>.json`.

Only how entries are written, found and read, many at a time; who buys is `ledger`'s business. Names are listed a folder at
a time and files are read by several threads, so that a hundred thousand entries on an object store take seconds, not hours.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice

from pydantic import TypeAdapter, ValidationError

from shopcart_assets.platform.lake import Lake
from shopcart_assets.platform.llm.port import LedgerError, LLMResponse
from shopcart_assets.platform.pool import map_threads

# As many keys are looked up one by one; for more, listing whole folders is quicker.
_FEW = 32
_KEYS_PER_TASK = 64
N_THREADS = 16
"""Enough to hide an object store's latency, few enough for a directory."""


@dataclass(frozen=True)
class Entry:
    """What a file holds; `key` again, so that a misplaced file is noticed. `about`: session ids; none in older entries."""

    key: str
    response: LLMResponse
    about: tuple[str, ...] = ()


_ENTRY = TypeAdapter(Entry)
_NAME = re.compile(r"ledger/[0-9a-f]{2}/([^/]+)\.json")


class Entries:
    """The entries of one lake. Any number of processes and machines may read and write at once."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def get(self, key: str) -> Entry | None:
        """The entry, or None where there is none. Raises LedgerError where it cannot be read."""
        try:
            with self.lake.open(path_of(key)) as file:
                entry = _ENTRY.validate_json(file.read())
        except FileNotFoundError:
            return None
        except ValidationError:
            entry = None
        if entry is None or entry.key != key:
            raise LedgerError(
                f"{self.lake.uri(path_of(key))} is not the ledger entry that its name promises: restore it, or delete it to ask again"
            )
        return entry

    def read(self, keys: Iterable[str]) -> Iterator[Entry]:
        """The entries that are there, in the order of the keys, a bounded number of them in memory. Raises LedgerError."""

        def some(asked: tuple[str, ...]) -> list[Entry | None]:
            return [self.get(key) for key in asked]

        for found in map_threads(some, _in_tuples(keys, _KEYS_PER_TASK), N_THREADS):
            yield from (entry for entry in found if entry is not None)

    def have(self, keys: Collection[str]) -> set[str]:
        """Which of the keys have an entry, by its name alone: one that cannot be read counts."""
        if len(keys) <= _FEW:
            return {key for key in keys if self.lake.exists(path_of(key))}
        asked = set(keys)
        return asked.intersection(self._names({key[:2] for key in asked}))

    def keys(self) -> list[str]:
        """The keys of all entries, sorted."""
        return sorted(self._names(f"{number:02x}" for number in range(256)))

    def _names(self, folders: Iterable[str]) -> Iterator[str]:
        listed = map_threads(lambda folder: self.lake.keys(f"ledger/{folder}/"), folders, N_THREADS)
        return (match[1] for paths in listed for path in paths if (match := _NAME.fullmatch(path)))

    def put(self, entry: Entry) -> None:
        """Keeps the entry, on the disk before this returns."""
        with self.lake.put(path_of(entry.key)) as path:
            path.write_text(json.dumps(asdict(entry), ensure_ascii=False), encoding="utf-8")

    def put_all(self, entries: Iterable[Entry]) -> None:
        """Keeps a stream of entries of any length, all of them on the disk before this returns."""
        for _ in map_threads(self.put, entries, N_THREADS):
            pass

    def delete(self, key: str) -> None:
        """Removes the entry; nothing happens where there is none."""
        self.lake.delete(path_of(key))


def _in_tuples(keys: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    rest = iter(keys)
    return iter(lambda: tuple(islice(rest, size)), ())


def path_of(key: str) -> str:
    """Where in the lake the entry of a key is."""
    return f"ledger/{key[:2]}/{key}.json"
