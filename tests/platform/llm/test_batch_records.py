"""The records under two clients that are killed, are not answered, and take turns in any order: nothing is paid twice, nothing is left."""

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shopcart_assets.platform.llm import batch_claims
from shopcart_assets.platform.llm.ledger import Ledger
from shopcart_assets.platform.llm.owner import Owner
from shopcart_assets.platform.llm.port import (
    CUSTOM_ID_LENGTH,
    Batch,
    BatchRow,
    LLMBusyError,
    LLMRequest,
    LLMResponse,
    LLMUnavailableError,
)
from tests.platform.llm.mortal import Killed, Life, MortalLake, ask

REQUESTS = ask(7)


class Shop:
    """What a server knows: its batches, and how often each request was paid. It never forgets what it was paid for."""

    def __init__(self) -> None:
        self.batches: dict[str, tuple[Batch, list[str]]] = {}
        self.deleted: set[str] = set()
        self.paid: Counter[str] = Counter()
        self.given_up: set[tuple[str, str]] = set()

    def accept(self, ids: list[str], given_up: int) -> str:
        name = f"b{len(self.batches)}"
        self.batches[name] = (Batch(name, dt.datetime.now(dt.UTC), len(ids), False), ids)
        self.given_up |= {(name, one) for one in ids[:given_up]}
        self.paid.update(ids[given_up:])
        return name

    def end(self, name: str) -> None:
        batch, ids = self.batches[name]
        self.batches[name] = replace(batch, has_ended=True), ids


class Client:
    """A BatchLLM in memory, with a life of its own. `fault`: what goes wrong with its next batch."""

    address = "memory"
    lag_seconds = 0.0

    def __init__(self, shop: Shop, life: Life, fault: str, n_given_up: int) -> None:
        self.shop, self.life, self.fault, self.n_given_up = shop, life, fault, n_given_up

    def size(self, request: LLMRequest) -> int:
        return 1

    def create(self, requests: Sequence[LLMRequest]) -> str:
        self.life.moment()
        if self.fault == "busy":
            raise LLMBusyError("later")
        if self.fault == "broken":
            raise LLMUnavailableError("500")
        name = self.shop.accept([one.key()[:CUSTOM_ID_LENGTH] for one in requests], self.n_given_up)
        self.life.moment()
        if self.fault == "drop":
            raise LLMUnavailableError("no reply")
        return name

    def list(self, since: dt.datetime) -> Iterator[Batch]:
        self.life.moment()
        yield from (one for one, _ in self.shop.batches.values() if one.id not in self.shop.deleted)

    def retrieve(self, batch_id: str) -> Batch | None:
        return None if batch_id in self.shop.deleted else self.shop.batches[batch_id][0]

    def results(self, batch_id: str, model: str) -> Iterator[BatchRow]:
        if batch_id in self.shop.deleted:
            raise LLMUnavailableError("404")
        for one in sorted(self.shop.batches[batch_id][1]):
            self.life.moment()
            if (batch_id, one) in self.shop.given_up:
                yield BatchRow(one, reason="expired", is_again=True)
            else:
                yield BatchRow(one, LLMResponse("yes", model, 1, 1, "end_turn", 0.1, "{}"), cost_usd=0.1)

    def delete(self, batch_id: str) -> None:
        self.life.moment()
        assert self.shop.batches[batch_id][0].has_ended
        self.shop.deleted.add(batch_id)
        self.life.moment()


class Machine(RuleBasedStateMachine):
    """Each call is a process of its own, which ends with the call, or is killed in it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.shop = Shop()
        self.ended: set[int] = set()
        self.n_calls = 0

    def run(self, first: int, last: int, fatal: int = 0, fault: str = "", n_given_up: int = 0) -> int:
        """One process's call; how many answers it got."""
        self.n_calls += 1
        me, life, n_answers = Owner("here", self.n_calls, ""), Life(fatal), 0
        ledger = Ledger(MortalLake(self.folder, life))
        with (
            mock.patch.object(Owner, "me", lambda: me),
            mock.patch.object(Owner, "is_dead", lambda owner: owner.pid in self.ended),
            mock.patch.object(batch_claims, "MAX_REQUESTS", 3),
        ):
            try:
                batched = ledger.generate_batch(Client(self.shop, life, fault, n_given_up), REQUESTS[first:last])
                n_answers = len(batched.answers)
            except (Killed, LLMUnavailableError):
                pass
        self.ended.add(self.n_calls)
        return n_answers

    @rule(
        first=st.integers(0, 6),
        n=st.integers(1, 7),
        fatal=st.sampled_from([0, *range(1, 60)]),
        fault=st.sampled_from(["", "", "", "drop", "broken", "busy"]),
        n_given_up=st.sampled_from([0, 0, 1]),
    )
    def call(self, first: int, n: int, fatal: int, fault: str, n_given_up: int) -> None:
        self.run(first, first + n, fatal, fault, n_given_up)

    @rule(number=st.integers(0, 30))
    def end(self, number: int) -> None:
        if number < len(self.shop.batches):
            self.shop.end(f"b{number}")

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        assert all(n == 1 for n in self.shop.paid.values()), self.shop.paid

    def teardown(self) -> None:
        for _ in range(12):
            for name in self.shop.batches:
                self.shop.end(name)
            n_answers = self.run(0, 7)
        shutil.rmtree(self.folder)
        assert n_answers == 7 == self.shop.paid.total()
        self.nothing_is_paid_twice()
        assert self.shop.deleted == set(self.shop.batches), "nothing is left at the server"


TestRecords = Machine.TestCase
TestRecords.settings = settings(max_examples=15, stateful_step_count=10, deadline=None)
