"""How a batch gets from its record to its answers, so that a kill at any moment neither loses an answer nor pays for it twice.

intent (what is about to be sent, see `batch_claims`) -> submitted -> ended -> collected (all answers on the disk) -> deleted there.
An intent whose process died, or whose reply never came, is `lost`: its batch is looked for at the server, and adopted where its
results are ours. Every step may be done twice, also by two processes at once. Knows no server's words and no file's layout.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from shopcart_assets.platform.llm.batch_claims import SENDABLE, settle, withdraw
from shopcart_assets.platform.llm.batch_records import Record, Records
from shopcart_assets.platform.llm.entries import Entries, Entry
from shopcart_assets.platform.llm.port import (
    CUSTOM_ID_LENGTH,
    Batch,
    BatchLLM,
    BatchRow,
    Budget,
    LedgerError,
    LLMError,
    LLMUnusableError,
)

# An intent is given up for lost after this time; its writer sends it within SENDABLE. The difference is for a slow upload and
# for clocks that differ.
_STALE = 6 * SENDABLE
# How much later than the server's our clock may be. A batch is told by its content; this only bounds the search.
_CLOCK_SKEW = dt.timedelta(hours=24)


class Batches:
    """The batches of one server, recorded in one lake. `n_undeleted`: answers kept, but the server has not deleted its own yet."""

    def __init__(self, entries: Entries, records: Records, server: BatchLLM, budget: Budget | None = None) -> None:
        self.entries = entries
        self.records = records
        self.server = server
        self.budget = budget
        self.n_undeleted = 0

    def collect(self, keys: Collection[str], asked_for: Mapping[str, Collection[str]]) -> int:
        """Keeps what has come of these requests, whichever batch it is in; how many the server gave up.

        What can be collected is, before the first error is raised. Raises LLMError.
        """
        counts: Counter[str] = Counter()
        problems: list[LLMError] = []
        mine = self._mine(set(keys))
        mine, found = self._look_for_lost(mine, problems) if any(one.state == "lost" for one in mine) else (mine, [])
        for record in (*mine, *found):
            try:
                counts.update(self._move_on(record, asked_for))
            except LLMError as error:
                if not self.records.is_done_by_others(record):
                    problems.append(error)
        if problems:
            raise problems[0]
        return counts["again"]

    def still_away(self) -> set[str]:
        """The requests that a call of `collect` could not move on: their batch has not ended, or somebody is about to send it."""
        away: set[str] = set()
        for record in self.records.open():
            is_here = record.address == self.server.address
            batch = self.server.retrieve(_id(record)) if is_here and record.state == "submitted" else None
            if (batch and not batch.has_ended) or (record.state == "intent" and not self._is_given_up(record)):
                away.update(record.keys)
        return away

    def _mine(self, keys: set[str]) -> list[Record]:
        """The records to look at: with these requests in them, or with nothing left to wait for but the deletion."""
        mine = []
        for record in self.records.open():
            is_here = record.address == self.server.address
            if record.state == "collected" or len(record.forgotten) == len(record.keys):
                if is_here:
                    mine.append(self._given_up(record))
            elif keys.intersection(record.keys):
                if not is_here:
                    raise LedgerError(
                        f"{len(record.keys)} requests are in a batch at {record.address}: ask with this base_url until it is collected"
                    )
                mine.append(self._given_up(record))
        return mine

    def _given_up(self, record: Record) -> Record:
        """The record, `lost` where its writer cannot be about to send it any more."""
        if record.state == "intent" and self._is_given_up(record):
            return self.records.put(record, state="lost")
        return record

    @staticmethod
    def _is_given_up(record: Record) -> bool:
        return dt.datetime.now(dt.UTC) - record.changed_at > _STALE or record.owner.is_dead()

    def _look_for_lost(self, mine: list[Record], problems: list[LLMError]) -> tuple[list[Record], list[Record]]:
        """The records that are not lost, and the lost ones that were found again. What was never sent is dropped."""
        lost = [record for record in mine if record.state == "lost"]
        known = {record.batch_id for record in self.records.open()}
        # Asked before the time is looked at: what was accepted in the meantime is not taken for never sent.
        asked_at = dt.datetime.now(dt.UTC)
        found = []
        try:
            since = min(record.intent_at for record in lost) - _CLOCK_SKEW
            batches = [batch for batch in self.server.list(since) if batch.id not in known]
            for record in lost:
                if adopted := self._look_for(record, batches, asked_at):
                    found.append(adopted)
        except LLMError as error:
            problems.append(error)
        return [record for record in mine if record.state != "lost"], found

    def _look_for(self, record: Record, batches: Sequence[Batch], asked_at: dt.datetime) -> Record | None:
        alike = [batch for batch in batches if batch.n_requests == len(record.keys)]
        for batch in alike:
            if batch.has_ended and self._is_of(record, self.server.results(batch.id, record.model)):
                return self.records.put(record, state="submitted", batch_id=batch.id)
        is_settled = asked_at - record.changed_at > dt.timedelta(seconds=self.server.lag_seconds)
        if is_settled and all(batch.has_ended for batch in alike):
            withdraw(self.records, self.budget, record)
        return None

    @staticmethod
    def _is_of(record: Record, rows: Iterator[BatchRow]) -> bool:
        first = next(rows, None)
        return first is not None and first.custom_id in {key[:CUSTOM_ID_LENGTH] for key in record.keys}

    def _move_on(self, record: Record, asked_for: Mapping[str, Collection[str]]) -> Mapping[str, int]:
        counts: Mapping[str, int] = {}
        if record.state in ("submitted", "ended"):
            batch = self.server.retrieve(_id(record))
            if batch is None:
                raise LLMUnusableError(
                    f"{self.server.address} does not have batch {record.batch_id} of {len(record.keys)} requests any more: look whether"
                    f" the key is of the same workspace, or delete record {record.id} under ledger/batches/open to ask, and pay, again"
                )
            if batch.has_ended:
                record = self.records.put(record, state="ended") if record.state == "submitted" else record
                record = self._harvest(record, asked_for)
                counts = record.counts
        if record.state == "collected":
            self._delete(record)
        return counts

    def _harvest(self, record: Record, asked_for: Mapping[str, Collection[str]]) -> Record:
        """Keeps every answer of an ended batch, then says so in the record. Raises LLMError where any is missing."""
        unseen = {key[:CUSTOM_ID_LENGTH]: key for key in record.keys}
        had, forgotten = self.entries.have(record.keys), set(record.forgotten)
        counts: Counter[str] = Counter()
        reasons: dict[str, str] = {}
        spent = 0.0

        def new() -> Iterator[Entry]:
            nonlocal spent
            for row in self.server.results(_id(record), record.model):
                key = unseen.pop(row.custom_id, None)
                if key is None:
                    continue  # a duplicate, or nothing that we asked
                spent += row.cost_usd or 0.0
                counts["answered" if row.response else "again" if row.is_again else "failed"] += 1
                if row.response is None and not row.is_again:
                    reasons[key] = row.reason
                elif row.response is not None and key not in had and key not in forgotten:
                    yield Entry(key, row.response, tuple(sorted(asked_for.get(key, ()))))

        self.entries.put_all(new())
        if unseen:
            raise LLMUnusableError(
                f"{self.server.address} lists no result for {len(unseen)} of the {len(record.keys)} requests of batch {record.batch_id}:"
                f" run again later; to ask, and pay, again delete record {record.id} under ledger/batches/open"
            )
        self.records.fail(record, reasons)
        settle(self.budget, record, spent)
        return self.records.put(record, state="collected", counts=dict(counts), cost_usd=spent)

    def _delete(self, record: Record) -> None:
        """What the server keeps of a collected batch goes; where it will not go now, the next call tries again."""
        try:
            self.server.delete(_id(record))
        except LLMError:
            self.n_undeleted += 1
        else:
            self.records.close(record)


def _id(record: Record) -> str:
    if record.batch_id is None:
        raise LedgerError(
            f"record {record.id} under ledger/batches/open is {record.state} but names no batch: restore it"
        )
    return record.batch_id
