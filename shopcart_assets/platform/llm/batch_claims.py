"""How requests are sent as batches, each exactly once: reserved, claimed by an intent on the disk, then sent without any retry.

Two processes that are about to send the same request both see the other's intent, since each writes its own before it looks:
whoever sees another's withdraws, so at most one sends (both may withdraw; the next call sends then). An intent is sent soon
after it was written or not at all, so that others can tell when it is lost. What becomes of a batch is `batches`' business.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from shopcart_assets.platform.llm.batch_records import Record, Records, intent
from shopcart_assets.platform.llm.entries import Entries
from shopcart_assets.platform.llm.port import (
    BatchLLM,
    Budget,
    LLMBusyError,
    LLMError,
    LLMRequest,
    LLMUnavailableError,
    Reservation,
)

# The API takes 100,000 requests and 256 MB; smaller batches end sooner, and one that fails to be sent costs less time.
MAX_REQUESTS = 5_000
MAX_BYTES = 32 * 2**20

SENDABLE = dt.timedelta(minutes=20)
"""An intent is sent within this time by its writer's clock, or withdrawn."""


def submit(
    requests: Mapping[str, LLMRequest],
    entries: Entries,
    records: Records,
    server: BatchLLM,
    budget: Budget | None = None,
) -> None:
    """Sends, by key, what has no answer, has not failed and is not under way.

    Raises BudgetError where the budget does not suffice (nothing is sent), LLMUnavailableError where nobody knows whether a
    batch was accepted (the next call finds out), and LLMError where it was refused.
    """
    missing = _missing(requests, entries, records)
    shards = list(_shards(missing.values(), server.size))
    waiting: list[tuple[Record, Sequence[LLMRequest]]] = []
    try:
        for shard, reservation in zip(shards, _reserved(shards, budget), strict=True):
            keys = [request.key() for request in shard]
            record = intent(server.address, shard[0].model, keys, reservation.id if reservation else None)
            waiting.append((records.put(record), shard))
        free = _free([record for record, _ in waiting], entries, records)
        while waiting:
            record, claimed = waiting.pop(0)
            if record.id in free and dt.datetime.now(dt.UTC) - record.intent_at < SENDABLE:
                _send(record, claimed, records, server, budget)
            else:
                withdraw(records, budget, record)
    finally:
        for record, _ in waiting:
            withdraw(records, budget, record)


def _missing(requests: Mapping[str, LLMRequest], entries: Entries, records: Records) -> dict[str, LLMRequest]:
    """Records first: what leaves them in the meantime is in the ledger, or has failed, by then."""
    out = records.under_way(requests)
    out |= entries.have(requests) | records.failed(requests).keys()
    return {key: request for key, request in requests.items() if key not in out}


def _reserved(shards: Sequence[Sequence[LLMRequest]], budget: Budget | None) -> list[Reservation | None]:
    """A reservation for each shard, since each is settled for itself, or none at all. Raises BudgetError for the whole."""
    if budget is None or not shards:
        return [None] * len(shards)
    if len(shards) > 1:
        budget.reserve([request for shard in shards for request in shard], "batch").settle(0.0)
    reserved: list[Reservation | None] = []
    try:
        for shard in shards:
            reserved.append(budget.reserve(shard, "batch"))
    except LLMError:
        for one in reserved:
            if one:
                one.settle(0.0)
        raise
    return reserved


def _free(written: Sequence[Record], entries: Entries, records: Records) -> set[str]:
    """Which of our intents may be sent: no other record waits for, and nobody has the answer to, any of their requests."""
    own = {record.id for record in written}
    others = (record for record in records.open() if record.id not in own and record.state != "collected")
    taken = {key for record in others for key in record.keys}
    keys = {key for record in written for key in record.keys}
    taken |= entries.have(keys) | records.failed(keys).keys()
    return {record.id for record in written if taken.isdisjoint(record.keys)}


def _send(
    record: Record, shard: Sequence[LLMRequest], records: Records, server: BatchLLM, budget: Budget | None
) -> None:
    try:
        batch_id = server.create(shard)
    except BaseException as error:
        is_in_doubt = isinstance(error, LLMUnavailableError) and not isinstance(error, LLMBusyError)
        if isinstance(error, LLMError) and not is_in_doubt:
            withdraw(records, budget, record)
        else:
            records.put(record, state="lost")
        raise
    records.put(record, state="submitted", batch_id=batch_id)


def settle(budget: Budget | None, record: Record, spent_usd: float) -> None:
    """Tells the budget what a batch has cost; a second time changes nothing."""
    if budget and record.reservation_id:
        budget.reopen(record.reservation_id).settle(spent_usd)


def withdraw(records: Records, budget: Budget | None, record: Record) -> None:
    """Drops an intent of which nothing was sent."""
    settle(budget, record, 0.0)
    records.drop(record)


def _shards(requests: Iterable[LLMRequest], size: Callable[[LLMRequest], int]) -> Iterator[list[LLMRequest]]:
    """Cuts into batches of one model each that are not too large."""
    open_shards: dict[str, tuple[list[LLMRequest], int]] = {}
    for request in requests:
        shard, n_bytes = open_shards.get(request.model, ([], 0))
        more = size(request)
        if shard and (len(shard) >= MAX_REQUESTS or n_bytes + more > MAX_BYTES):
            yield shard
            shard, n_bytes = [], 0
        shard.append(request)
        open_shards[request.model] = shard, n_bytes + more
    yield from (shard for shard, _ in open_shards.values())
