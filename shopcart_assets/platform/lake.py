"""Where bytes live: a local directory or an object-store URL. Whole objects only, put in place atomically.

Knows keys (`traffic/events/day=2026-10-01/part.parquet`), not tables; tables are the warehouse's business.
"""

import contextlib
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import urlparse
from urllib.request import url2pathname

from shopcart_assets.platform.files import disk_advice

if TYPE_CHECKING:
    from shopcart_assets.platform.object_files import ObjectFiles


_SCRATCH = re.compile(r"\..+\.[0-9a-f]{32}")


class LakeError(OSError):
    """The lake cannot be read or written; the message says where and what to do."""


@contextlib.contextmanager
def disk_is_told(where: Path, more: str = "") -> Iterator[None]:
    """An error of the body that is a disk's becomes a LakeError: what is wrong with `where`, what to do, and `more`."""
    try:
        yield
    except Exception as error:
        if isinstance(error, LakeError) or not (advice := disk_advice(error, where)):
            raise
        raise LakeError(advice + more) from error


class Lake(Protocol):
    """A flat space of keys. `put` replaces a whole object or leaves the old one; readers never see half of one."""

    url: str

    @contextlib.contextmanager
    def put(self, key: str) -> Iterator[Path]:
        """A local path to write to; on a clean exit its content becomes the object `key`, on an error nothing changes."""
        ...

    def open(self, key: str) -> BinaryIO:
        """The object's bytes. Raises FileNotFoundError."""
        ...

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin with `prefix` (a folder, ending in /), sorted."""
        ...

    def delete(self, key: str) -> None:
        """Removes the object; nothing happens where there is none."""
        ...

    def sweep(self, prefix: str) -> int:
        """Removes what killed writers left of objects below `prefix` (a folder, ending in /, or all); how many files.

        Only while nothing writes there: what a living writer has begun would go too.
        """
        ...

    def uri(self, key: str) -> str:
        """The address under which DuckDB reads the object, or a glob of objects."""
        ...

    def files(self) -> "ObjectFiles | None":
        """The file system that a DuckDB connection must register before it reads a `uri`; None where it needs none."""
        ...


def open_lake(url: str, scratch: Path) -> Lake:
    """The lake at a directory path, a `file://` URL or an `s3://bucket/prefix` URL; `scratch` holds uploads in the making.

    Raises LakeError for another scheme, for a URL with a password in it, or where the `s3` extra is not installed.
    """
    scheme = urlparse(url).scheme
    if scheme and "@" in urlparse(url).netloc:
        raise LakeError(
            "SHOPCART_LAKE has a user or a password in it, where logs would show it: use AWS_ACCESS_KEY_ID and its like"
        )
    if scheme in ("", "file"):
        return LocalLake(Path(url2pathname(urlparse(url).path)) if scheme else Path(url))
    if scheme == "s3":
        try:
            from shopcart_assets.platform.object_lake import ObjectLake
        except ImportError as error:
            raise LakeError(f"SHOPCART_LAKE={url!r} needs the s3 extra: pip install 'shopcart-assets[s3]'") from error
        return ObjectLake(url, scratch)
    raise LakeError(f"SHOPCART_LAKE={url!r}: use a directory, file:///path or s3://bucket/prefix")


def check_inside(key: str) -> str:
    """The key itself, if it stays inside the lake wherever that is. Raises LakeError."""
    if key.startswith("/") or "\\" in key or "\0" in key or ".." in key.split("/"):
        raise LakeError(f"{key!r} is not a key of the lake: it would lie outside")
    return key


class LocalLake:
    """A directory. A reader's glob (`part.parquet`) never matches a file in the making (`.part.parquet.<id>`)."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self.url = str(self.root)

    @contextlib.contextmanager
    def put(self, key: str) -> Iterator[Path]:
        """See Lake. The file is flushed to the disk before it takes its name."""
        final = self.root / check_inside(key)
        scratch = final.parent / f".{final.name}.{uuid.uuid4().hex}"
        try:
            with disk_is_told(self.root, f"; {key} is as it was"):
                final.parent.mkdir(parents=True, exist_ok=True)
                scratch.touch()
                yield scratch
                with scratch.open("rb") as written:
                    os.fsync(written.fileno())
                scratch.replace(final)
        finally:
            with contextlib.suppress(OSError):
                scratch.unlink(missing_ok=True)

    def open(self, key: str) -> BinaryIO:
        """See Lake."""
        return (self.root / check_inside(key)).open("rb")

    def exists(self, key: str) -> bool:
        """See Lake."""
        return (self.root / key).is_file()

    def keys(self, prefix: str) -> list[str]:
        """See Lake."""
        # os.walk asks for no file's state, which makes it twenty times as quick as Path.rglob with is_file.
        found = ((Path(folder).relative_to(self.root), names) for folder, _, names in os.walk(self.root / prefix))
        placed = (("" if folder == Path() else f"{folder.as_posix()}/", names) for folder, names in found)
        return sorted(folder + name for folder, names in placed for name in names if not name.startswith("."))

    def delete(self, key: str) -> None:
        """See Lake."""
        (self.root / check_inside(key)).unlink(missing_ok=True)

    def sweep(self, prefix: str) -> int:
        """See Lake."""
        left = [path for path in (self.root / prefix).rglob(".*") if _SCRATCH.fullmatch(path.name)]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def uri(self, key: str) -> str:
        """See Lake. Absolute, so that a query works from any directory."""
        return str(self.root / key)

    def files(self) -> None:
        """See Lake."""
