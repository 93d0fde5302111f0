"""Records of batches: what was about to be sent, was sent, has come back. Only how they are kept; what to do is `batches`'.

A record is one file under `ledger/batches/open/`, replaced whole at each step, and moves to `ledger/batches/done/` when its batch
is deleted at the server. It holds keys of requests, no prompt, no session, nobody's name. A record that cannot be read is an
error, never "no record": its batch may have been paid for.
"""

import datetime as dt
import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from shopcart_assets.platform.lake import Lake
from shopcart_assets.platform.llm.owner import Owner
from shopcart_assets.platform.llm.port import LedgerError
from shopcart_assets.platform.pool import map_threads

State = Literal["intent", "lost", "submitted", "ended", "collected", "deleted"]
"""intent: about to be sent by a process that may be alive. lost: sent or not, nobody knows; to be looked for at the server."""

_OPEN, _DONE, _FAILED = (f"ledger/batches/{folder}/" for folder in ("open", "done", "failed"))


@dataclass(frozen=True)
class Record:
    """One batch. Times are UTC by the writer's clock; `keys` are all that were sent, `forgotten` those whose answers must not be kept."""

    id: str
    address: str
    model: str
    keys: tuple[str, ...]
    state: State
    intent_at: dt.datetime
    changed_at: dt.datetime
    owner: Owner
    reservation_id: str | None = None
    batch_id: str | None = None
    forgotten: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = None


def intent(address: str, model: str, keys: Collection[str], reservation_id: str | None) -> Record:
    """A new record of this process."""
    now = dt.datetime.now(dt.UTC)
    name = f"{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}"
    return Record(name, address, model, tuple(keys), "intent", now, now, Owner.me(), reservation_id)


_N_THREADS = 8
_RECORD = TypeAdapter(Record)
_FAILURES = TypeAdapter(dict[str, str])


class Records:
    """The records of one lake, for any number of processes and machines."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def open(self) -> list[Record]:
        """What is not deleted at the server yet, the oldest first. Raises LedgerError."""
        read = map_threads(self._read, self.lake.keys(_OPEN), _N_THREADS)
        return [record for record in read if record is not None]

    def _read(self, path: str) -> Record | None:
        try:
            with self.lake.open(path) as file:
                record = _RECORD.validate_json(file.read())
        except FileNotFoundError:
            return None  # moved on by somebody else since it was listed
        except ValidationError:
            record = None
        if record is None or path != _path(record):
            raise LedgerError(
                f"{self.lake.uri(path)} is not the record of a batch that its name promises: restore it, or look at the server for"
                " what was sent before you delete it"
            )
        return record

    def put(self, record: Record, **changes: object) -> Record:
        """The record with these changes, on the disk before this returns."""
        changed = replace(record, **{"changed_at": dt.datetime.now(dt.UTC), **changes})  # type: ignore[arg-type]
        with self.lake.put(_path(changed)) as path:
            path.write_bytes(_RECORD.dump_json(changed))
        return changed

    def close(self, record: Record) -> None:
        """Moves the record of a batch that is deleted at the server: it does not name the keys any more."""
        self.put(record, state="deleted", keys=(), forgotten=())
        self.lake.delete(_path(record))

    def is_done_by_others(self, record: Record) -> bool:
        """Whether another process has collected or closed what we hold, so that our failure to do the same is none."""
        if self.lake.exists(_path(replace(record, state="deleted"))):
            self.drop(record)  # which a process that was slower than the other has put back
            return True
        now = self._read(_path(record))
        return now is None or now.state == "collected"

    def drop(self, record: Record) -> None:
        """Removes an open record: nothing of it was sent, or it is closed."""
        self.lake.delete(_path(record))

    def under_way(self, keys: Collection[str]) -> set[str]:
        """Which of the keys are in a batch that is not collected yet."""
        waiting = {key for record in self.open() if record.state != "collected" for key in record.keys}
        return waiting.intersection(keys)

    def reservations(self) -> set[str]:
        """The reservations of budgets that batches still hold. A batch's reservation that is not here holds nothing."""
        return {record.reservation_id for record in self.open() if record.reservation_id}

    def fail(self, record: Record, reasons: Mapping[str, str]) -> None:
        """Keeps why requests of this batch will never be answered."""
        if reasons:
            with self.lake.put(f"{_FAILED}{record.id}.json") as path:
                path.write_text(json.dumps(dict(sorted(reasons.items()))), encoding="utf-8")

    def failed(self, keys: Collection[str]) -> dict[str, str]:
        """Which of the keys will never be answered, and why. Raises LedgerError."""
        failed: dict[str, str] = {}
        for path in self.lake.keys(_FAILED):
            try:
                with self.lake.open(path) as file:
                    failed |= _FAILURES.validate_json(file.read())
            except ValidationError:
                raise LedgerError(
                    f"{self.lake.uri(path)} does not say which requests failed: restore it, or delete it to ask again"
                ) from None
        return {key: failed[key] for key in keys if key in failed}

    def forget(self, keys: Collection[str], *, do: bool) -> int:
        """From now on the answers to these requests are not kept when they come; how many of them are under way."""
        n_forgotten = 0
        for record in self.open():
            if record.state == "collected":
                continue
            if theirs := set(record.keys).intersection(keys).difference(record.forgotten):
                n_forgotten += len(theirs)
                if do:
                    self.put(record, forgotten=tuple(sorted(theirs.union(record.forgotten))))
        return n_forgotten


def _path(record: Record) -> str:
    return f"{_DONE if record.state == 'deleted' else _OPEN}{record.id}.json"


__all__ = ["Record", "Records", "State", "intent"]
