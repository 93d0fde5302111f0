"""Who was erased, as keyed hashes: the lake knows a person again without knowing the person. No table, no reason, no counts.

One small file for each person under `tombstones/`, put in place atomically, so that any number of processes may read and
write. The secret lies outside the lake; under another one nobody would be known again, so that is refused.
"""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass

from shopcart_assets.platform.lake import Lake

PREFIX = "erased-"
_FOLDER = "tombstones/"
_SEAL = _FOLDER + "seal"


class TombstoneError(ValueError):
    """The lake's tombstones were made with another secret."""


@dataclass(frozen=True)
class Tombstone:
    """One erased person. What was recorded at or before `erased_at` is never used again; `withdrawn_at` is null where nothing said so."""

    key: str
    erased_at: dt.datetime
    withdrawn_at: dt.datetime | None


class Tombstones:
    """The tombstones of one lake."""

    def __init__(self, lake: Lake, secret: bytes) -> None:
        self._lake = lake
        self._secret = secret

    def key(self, user_id: str) -> str:
        """The person's pseudonym, HMAC-SHA256(secret, user) behind PREFIX: what stands for the person in receipts."""
        return PREFIX + self._hmac(f"erased\x1f{user_id}")

    def put(self, user_id: str, erased_at: dt.datetime, withdrawn_at: dt.datetime | None) -> Tombstone:
        """On the disk before this returns. An earlier one of the same person is replaced. Raises TombstoneError."""
        self._require_secret(make=True)
        stone = Tombstone(self.key(user_id), erased_at, withdrawn_at)
        moments = [moment and moment.isoformat() for moment in (erased_at, withdrawn_at)]
        with self._lake.put(_FOLDER + stone.key) as path:
            path.write_text(json.dumps(dict(zip(("erased_at", "withdrawn_at"), moments, strict=True))))
        return stone

    def among(self, users: Iterable[str]) -> dict[str, Tombstone]:
        """Those of the users who were erased. Raises TombstoneError."""
        known = set(self.keys())
        return {user: self._read(key) for user in users if (key := self.key(user)) in known} if known else {}

    def all(self) -> list[Tombstone]:
        """All of them, by key. Raises TombstoneError."""
        return [self._read(key) for key in self.keys()]

    def keys(self) -> list[str]:
        """The pseudonyms of all who were erased, sorted. Raises TombstoneError."""
        self._require_secret(make=False)
        return [key.removeprefix(_FOLDER) for key in self._lake.keys(_FOLDER) if key != _SEAL]

    def _read(self, key: str) -> Tombstone:
        with self._lake.open(_FOLDER + key) as file:
            said = json.loads(file.read())
        erased, withdrawn = (
            said[name] and dt.datetime.fromisoformat(said[name]) for name in ("erased_at", "withdrawn_at")
        )
        return Tombstone(key, erased, withdrawn)

    def _require_secret(self, *, make: bool) -> None:
        """The seal, a hash of nothing, tells whether the secret is the one with which the first tombstone was made."""
        seal = self._hmac("seal").encode()
        if self._lake.exists(_SEAL):
            with self._lake.open(_SEAL) as file:
                if not hmac.compare_digest(file.read(), seal):
                    raise TombstoneError(
                        f"people were erased from {self._lake.url} under another SHOPCART_SECRET: set that one, else they would come back"
                    )
        elif make:
            with self._lake.put(_SEAL) as path:
                path.write_bytes(seal)

    def _hmac(self, text: str) -> str:
        return hmac.new(self._secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
