"""The ledger: every answer that was ever bought, found by its request's key. What is in it is never sent again.

One small file for each answer, put in place atomically: any number of processes and machines may read and write at
once, and two that bought the same answer leave one. Prompts are not kept: the key is enough to find them again. An entry
says for which sessions it was bought, so that it goes when the last of them is erased.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shopcart_assets.platform.lake import Lake
from shopcart_assets.platform.llm.batch_claims import submit
from shopcart_assets.platform.llm.batch_records import Records
from shopcart_assets.platform.llm.batches import Batches
from shopcart_assets.platform.llm.entries import Entries, Entry
from shopcart_assets.platform.llm.port import (
    LLM,
    BatchLLM,
    Budget,
    LedgerError,
    LLMRequest,
    LLMResponse,
)


@dataclass(frozen=True)
class Answer:
    """One answer and whether it was in the ledger before this run asked."""

    response: LLMResponse
    is_reused: bool


@dataclass(frozen=True)
class Batched:
    """How far a set of requests has come, by key. What is in none of the three goes out at the next call.

    `failed` says in a word why a request will never be answered; it is not sent again. `n_again` counts what the server gave
    up in this call (expired, canceled, its own error; not billed). `n_undeleted` batches are kept here but not yet deleted there.
    """

    answers: dict[str, Answer]
    pending: frozenset[str]
    failed: dict[str, str]
    n_again: int = 0
    n_undeleted: int = 0


class Ledger:
    """The answers in one lake, under `ledger/`, and the batches that are under way."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.entries = Entries(lake)
        self.records = Records(lake)

    def get(self, key: str) -> LLMResponse | None:
        """The answer to the request with this key, or None where it was never bought. Raises LedgerError."""
        entry = self.entries.get(key)
        return entry.response if entry else None

    def have(self, keys: Collection[str]) -> set[str]:
        """Which of the keys have an answer, without reading any."""
        return self.entries.have(keys)

    def read(self, keys: Collection[str]) -> Iterator[tuple[str, LLMResponse]]:
        """The answers that are there, in the order of the keys, a bounded number of them in memory. Raises LedgerError."""
        return ((entry.key, entry.response) for entry in self.entries.read(keys))

    def put(self, request: LLMRequest, response: LLMResponse, about: Collection[str] = ()) -> None:
        """Keeps the answer, on the disk before this returns."""
        self.entries.put(Entry(request.key(), response, tuple(sorted(about))))

    def keys(self) -> list[str]:
        """The keys of all answers, sorted."""
        return self.entries.keys()

    def forget(
        self, sessions: Collection[str], theirs: Collection[str], used: Collection[str], *, do: bool = True
    ) -> int:
        """Deletes what was bought for these sessions, and returns how many answers; `do=False` only counts.

        `theirs` are keys that the sessions' requests name, `used` those that the requests of others name: what both name
        stays, as both asked for it, but does not name the sessions any more. What nobody names goes where it was bought for
        the sessions, or where it does not say for whom. An answer that is still under way in a batch will not be kept when
        it comes, and the batch is deleted at the server as soon as it has ended. Raises LedgerError.
        """
        theirs, used = set(theirs), set(used)
        n_gone = self.records.forget(theirs - used, do=do)
        for entry in self.entries.read(key for key in self.keys() if key in theirs or key not in used):
            others = tuple(one for one in entry.about if one not in sessions)
            if entry.key in used or (others and entry.key not in theirs):
                if do and others != entry.about:
                    self.entries.put(replace(entry, about=others))
            else:
                n_gone += 1
                if do:
                    self.entries.delete(entry.key)
        return n_gone

    def generate(
        self, llm: LLM, requests: Sequence[LLMRequest], about: Sequence[str] = (), budget: Budget | None = None
    ) -> list[Answer]:
        """The answers in the order of the requests; only what is missing is sent, equal requests once.

        `about` says for each request, in their order, for which session it is asked. Each answer is kept as soon as it
        arrives, so that a run that fails or is killed pays for no answer twice. `budget` is asked before anything is sent;
        a run that fails leaves its reservation to the next one. Raises LLMError.
        """
        keyed, asked_for = _keyed(requests), _asked_for(requests, about)
        found = dict(self.read(self.have(keyed)))

        def keep(request: LLMRequest, response: LLMResponse) -> None:
            self.put(request, response, asked_for.get(request.key(), ()))

        bought = {}
        if missing := [request for key, request in keyed.items() if key not in found]:
            reservation = budget.reserve(missing, "online") if budget else None
            answers = llm.generate(missing, keep)
            bought = dict(zip((request.key() for request in missing), answers, strict=True))
            if reservation:
                reservation.settle(sum(answer.cost_usd or 0.0 for answer in answers))
        return [Answer((found | bought)[key], key in found) for key in (request.key() for request in requests)]

    def generate_batch(
        self, server: BatchLLM, requests: Sequence[LLMRequest], about: Sequence[str] = (), budget: Budget | None = None
    ) -> Batched:
        """Collects what has ended, submits what is neither in the ledger nor under way, and returns at once.

        Calling it again is always safe, and the only way in which anything moves on. `about` as for `generate`.
        Raises LLMError; what had come until then is kept.
        """
        keyed = _keyed(requests)
        found = self.have(keyed)
        batches = Batches(self.entries, self.records, server, budget)
        n_again = batches.collect(keyed, _asked_for(requests, about))
        submit(keyed, self.entries, self.records, server, budget)
        failed = self.records.failed(keyed)
        answers = {key: Answer(response, key in found) for key, response in self.read(keyed)}
        pending = self.records.under_way(keyed) - answers.keys() - failed.keys()
        return Batched(answers, frozenset(pending), failed, n_again, batches.n_undeleted)

    def ready(self, server: BatchLLM, keys: Collection[str]) -> set[str]:
        """Which of these requests `generate_batch` would move on now: all but those of batches that are still under way.

        Only looks. Raises LLMError.
        """
        return set(keys) - Batches(self.entries, self.records, server).still_away()


def _keyed(requests: Sequence[LLMRequest]) -> dict[str, LLMRequest]:
    return {request.key(): request for request in requests}


def _asked_for(requests: Sequence[LLMRequest], about: Sequence[str]) -> Mapping[str, set[str]]:
    asked_for: dict[str, set[str]] = {}
    for request, session in zip(requests, about, strict=False):
        asked_for.setdefault(request.key(), set()).add(session)
    return asked_for


__all__ = ["Answer", "Batched", "Ledger", "LedgerError"]
