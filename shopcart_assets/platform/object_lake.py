"""The lake in an object store (S3 and what speaks its language), by obstore. Needs the extra `s3`.

Credentials and endpoint come from the AWS_* environment, as everywhere, and stand in no message.
"""

import contextlib
import datetime as dt
import io
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from shopcart_assets.platform.lake import LakeError, check_inside, disk_is_told
from shopcart_assets.platform.object_files import ObjectFiles, first_line

if TYPE_CHECKING:
    from obstore.store import RetryConfig

_SMALL_BYTES = 64 * 2**20
"""What is read into memory; a larger object becomes a file without a name, so that a day of pages need not fit."""

_RETRY: "RetryConfig" = {"max_retries": 10, "retry_timeout": dt.timedelta(minutes=3)}
"""How long an overloaded or restarted store is waited for."""


class ObjectLake:
    """One PUT of one object is atomic in a store; a rename is not. So objects are uploaded under their final key."""

    def __init__(self, url: str, scratch: Path) -> None:
        self.url = url.rstrip("/")
        self.scratch = scratch
        with self._told():
            self.store = from_url(self.url, retry_config=_RETRY)

    @contextlib.contextmanager
    def put(self, key: str) -> Iterator[Path]:
        """See Lake."""
        scratch = self.scratch / uuid.uuid4().hex
        try:
            with disk_is_told(self.scratch, f"; {key} is as it was"):
                self.scratch.mkdir(parents=True, exist_ok=True)
                yield scratch
                with self._told(missing=LakeError):
                    obstore.put(self.store, check_inside(key), scratch)
        finally:
            scratch.unlink(missing_ok=True)

    def open(self, key: str) -> BinaryIO:
        """See Lake. All bytes are of one version, also where it is replaced meanwhile: they come by one request."""
        with self._told():
            got = obstore.get(self.store, key)
            if got.meta["size"] <= _SMALL_BYTES:
                return io.BytesIO(memoryview(got.bytes()))
            self.scratch.mkdir(parents=True, exist_ok=True)
            with contextlib.ExitStack() as on_error:
                file = on_error.enter_context(tempfile.TemporaryFile(dir=self.scratch))
                for chunk in got.stream():
                    file.write(chunk)
                file.seek(0)
                on_error.pop_all()
            return cast(BinaryIO, file)

    def exists(self, key: str) -> bool:
        """See Lake."""
        try:
            with self._told():
                obstore.head(self.store, key)
        except FileNotFoundError:
            return False
        return True

    def keys(self, prefix: str) -> list[str]:
        """See Lake."""
        with self._told():
            return sorted(meta["path"] for batch in obstore.list(self.store, prefix) for meta in batch)

    def delete(self, key: str) -> None:
        """See Lake."""
        with self._told(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self.store, key)

    def sweep(self, prefix: str) -> int:
        """See Lake. Uploads in the making have no key yet: all of them go."""
        left = list(self.scratch.iterdir()) if self.scratch.is_dir() else []
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def uri(self, key: str) -> str:
        """See Lake."""
        return f"{self.url}/{key}"

    def files(self) -> ObjectFiles:
        """See Lake. DuckDB's own reader of s3:// is a download; the lake's client serves it instead."""
        return ObjectFiles(self.store, self.url)

    @contextlib.contextmanager
    def _told(self, missing: type[OSError] = FileNotFoundError) -> Iterator[None]:
        """What the store refuses, as one line; `missing` where there is no such object or, when one is put, no such bucket."""
        try:
            yield
        except FileNotFoundError as error:
            raise missing(f"{self.url}: {first_line(error)}") from error
        except BaseError as error:
            raise LakeError(
                f"SHOPCART_LAKE={self.url}: {first_line(error)}; look at AWS_ENDPOINT_URL, AWS_REGION and the AWS_* credentials"
            ) from error
