"""What the registered drops hold, from one look to the next: which folders are whole, and what is in them by hash.

Knows files and a clock that it is given; decides nothing about runs (`arrivals` does) and reads no rows.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from shopcart_assets.traffic import drops as contract

MARKER = "_SUCCESS"
CONSENT = "consent"
"""Stands for the day where the drop's own folder is meant: its consent file arrives by the same rules."""

BLOCK_BYTES = 8 << 20
BYTES_A_LOOK = 1 << 30
"""What one look may read for hashing; a larger delivery is hashed over several."""

Version = tuple[int, int]
"""A file's time of change (ns) and size (bytes): where both are as before, its content is taken to be."""


class File(BaseModel):
    """A file as the last look found it. `digest` covers its first `n_hashed` bytes; empty where hashing has not begun."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Version
    n_hashed: int = 0
    digest: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the digest is that of the whole file."""
        return self.digest != "" and self.n_hashed == self.version[1]


class Folder(BaseModel):
    """A day of a drop, unchanged `since` (seconds). No files: it is gone.

    `content` is the hash of its last whole delivery, empty before the first: what tables are built from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: dict[str, File] = {}
    since: float = 0.0
    marked_ns: int | None = None
    content: str = ""

    @property
    def is_arriving(self) -> bool:
        """Whether it holds what `content` does not tell yet."""
        return bool(self.files) and (not self.content or self.hash_files() != self.content)

    def hash_files(self) -> str:
        """The hash of all its files' names and contents; empty while one of them is not known."""
        if not all(file.is_known for file in self.files.values()):
            return ""
        text = "".join(f"{name} {file.digest}\n" for name, file in sorted(self.files.items()))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def versions(self) -> dict[str, Version]:
        """The version of each file."""
        return {name: file.version for name, file in self.files.items()}

    def is_whole(self, now: float, quiet_seconds: float) -> bool:
        """Whether nothing more is to come: a marker not older than the files, or no change seen for `quiet_seconds`."""
        if self.marked_ns is not None and all(file.version[0] <= self.marked_ns for file in self.files.values()):
            return True
        return now - self.since >= quiet_seconds


Seen = dict[str, dict[str, Folder]]
"""Drop (path) -> day, or CONSENT -> folder. What is gone stays with its last content, since tables were built from it."""


def look(
    seen: Seen, drops: Sequence[Path], now: float, quiet_seconds: float, budget_bytes: int = BYTES_A_LOOK
) -> tuple[Seen, list[str]]:
    """What the drops hold `now` (seconds), and a line for each folder that came, came again or went.

    Files that are whole and new, or changed in time or size, are hashed, oldest day first and `budget_bytes` a call (rounded
    up to a block). Raises DropError where a drop or a file cannot be read.
    """
    found = {str(drop): dict(_folders(drop)) for drop in drops}
    after: Seen = {
        drop: {day: _follow(seen.get(drop, {}).get(day), found.get(drop, {}).get(day, {}), now) for day in days}
        for drop in {**seen, **found}
        if (days := {**seen.get(drop, {}), **found.get(drop, {})})
    }
    places = sorted((day, drop) for drop, folders in after.items() for day in folders)
    for day, drop in places:
        folder = after[drop][day]
        if folder.is_arriving and folder.is_whole(now, quiet_seconds):
            after[drop][day], budget_bytes = _hash(folder, Path(drop, "" if day == CONSENT else day), budget_bytes)
    lines = [
        f"{day} of {drop} {event}"
        for day, drop in places
        if (event := _event(seen.get(drop, {}).get(day, Folder()), after[drop][day]))
    ]
    kept = {
        drop: {day: one for day, one in folders.items() if one.files or one.content} for drop, folders in after.items()
    }
    return kept, lines


def _folders(drop: Path) -> Iterator[tuple[str, dict[str, Version]]]:
    """The versions of the drop's files by day and name, the marker's among them."""
    yield CONSENT, dict(_versions(drop, (*contract.CONSENT_FILES, MARKER)))
    for day in contract.days(drop):
        yield day, dict(_versions(drop / day, (*contract.EVENT_FILES, contract.PAGES_FILE, MARKER)))


def _versions(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, Version]]:
    for name in names:
        try:
            stat = (folder / name).stat()
        except FileNotFoundError:
            continue
        yield name, (stat.st_mtime_ns, stat.st_size)


def _follow(before: Folder | None, found: Mapping[str, Version], now: float) -> Folder:
    """The folder as it is now, with what is known of files that did not change."""
    before = before or Folder()
    versions = {name: version for name, version in found.items() if name != MARKER}
    files = {
        name: known if (known := before.files.get(name)) and known.version == version else File(version=version)
        for name, version in versions.items()
    }
    return Folder(
        files=files,
        since=min(before.since, now) if before.versions() == versions else now,  # a clock may be set back
        marked_ns=found[MARKER][0] if MARKER in found else None,
        content=before.content,
    )


def _hash(folder: Folder, path: Path, budget_bytes: int) -> tuple[Folder, int]:
    """The folder with more of its files hashed, its content where all are, and what is left of the budget."""
    files = dict(folder.files)
    for name, file in folder.files.items():
        if not file.is_known and budget_bytes > 0:
            files[name] = _hash_blocks(file, path / name, budget_bytes)
            budget_bytes -= files[name].n_hashed - file.n_hashed
    after = folder.model_copy(update={"files": files})
    return after.model_copy(update={"content": after.hash_files() or folder.content}), budget_bytes


def _hash_blocks(file: File, path: Path, budget_bytes: int) -> File:
    """The file hashed on from where the last look stopped: each block's hash is over the one before it and its bytes."""
    n_hashed, digest, size = file.n_hashed, file.digest, file.version[1]
    try:
        with path.open("rb") as stream:
            stream.seek(n_hashed)
            while digest == "" or n_hashed < min(size, file.n_hashed + budget_bytes):
                block = stream.read(min(BLOCK_BYTES, size - n_hashed))
                if not block and n_hashed < size:
                    break
                digest = hashlib.blake2b(digest.encode() + block, digest_size=16).hexdigest()
                n_hashed += len(block)
    except FileNotFoundError:
        return file
    except OSError as error:
        raise contract.DropError(
            f"{path} cannot be read ({error.strerror}): give this user the right to read it"
        ) from None
    return file.model_copy(update={"n_hashed": n_hashed, "digest": digest})


def _event(before: Folder, after: Folder) -> str:
    """What became of the folder between two looks, for a person to read; empty where nothing did."""
    if after.is_arriving or before.files == after.files or not after.content:
        return ""
    if not after.files:
        return "is gone: what was built from it stays, but a neighbour that is built again is built without it"
    if not before.content:
        return "arrived"
    return "was delivered again with the same content" if before.content == after.content else "changed"
