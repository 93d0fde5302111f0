"""Processes that are killed, and processes that want the same at once: each request is paid exactly once."""

import multiprocessing
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from shopcart_assets.platform.lake import Lake, LocalLake
from shopcart_assets.platform.llm import batch_claims
from shopcart_assets.platform.llm.batch_records import intent
from shopcart_assets.platform.llm.batch_server import BatchServer
from shopcart_assets.platform.llm.budget import LakeBudget
from shopcart_assets.platform.llm.ledger import Ledger
from shopcart_assets.platform.llm.owner import Owner
from shopcart_assets.platform.llm.port import (
    BudgetError,
    LLMRequest,
    LLMResponse,
    LLMSpendLimitError,
    LLMUnavailableError,
    Route,
)
from shopcart_assets.platform.llm.prices import Price, vendored
from tests.platform.llm.fake_batches import serve
from tests.platform.llm.fake_state import bills
from tests.platform.llm.mortal import Killed, Life, MortalClient, ask, generator, main, work

ROOT = Path(__file__).parents[3]


def paid(fake: Path) -> Counter[str]:
    return Counter(bill.sha for bill in bills(fake))


@pytest.mark.slow
def test_killed_at_any_moment_and_run_again_each_request_is_paid_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_claims, "MAX_REQUESTS", 3)
    dead: set[int] = set()
    monkeypatch.setattr(Owner, "is_dead", lambda owner: owner.pid in dead)
    fatal, was_killed = 0, True
    prices = vendored().with_own([Price(model=ask(1)[0].model, input_usd=1, output_usd=5, batch_factor=0.5)])

    def budget(lake: Lake) -> LakeBudget:
        paying = replace(generator("http://127.0.0.1"), budget_usd=1.0)
        return LakeBudget(lake, paying, prices, owner=Owner.me(), is_gone=lambda owner: owner.pid in dead)

    with serve(tmp_path / "fake") as fake:
        client = MortalClient(generator(fake.url), "key", lag_seconds=0.01, prices=prices)
        while was_killed:
            fatal += 1
            monkeypatch.setattr(Owner, "me", staticmethod(lambda pid=fatal: Owner("here", pid, "")))
            lake, was_killed = tmp_path / str(fatal), False
            before = paid(tmp_path / "fake")
            try:
                work(lake, client, 4, Life(fatal), budget)
            except Killed:
                was_killed = True
                dead.add(fatal)
            monkeypatch.setattr(Owner, "me", staticmethod(lambda: Owner("here", 0, "")))
            work(lake, client, 4, Life(), budget)
            assert set((paid(tmp_path / "fake") - before).values()) == {1}, fatal
            assert (paid(tmp_path / "fake") - before).total() == 4, fatal
            assert fake.state.page(None, 10)[0] == [], fatal
            assert _spent(budget(LocalLake(lake))) == pytest.approx(_cost(lake)), fatal
    assert fatal > 40


def _spent(budget: LakeBudget) -> float:
    """What a budget says was spent, once what killed runs left open is settled; nothing may stay reserved."""
    budget.recover()
    assert [one.reserved_usd for one in budget.spends()] == [0.0, 0.0]
    return budget.spends()[0].spent_usd


def _cost(lake: Path) -> float:
    ledger = Ledger(LocalLake(lake))
    return sum(answer.cost_usd or 0.0 for _, answer in ledger.read(ledger.keys()))


@contextmanager
def own_process(state: Path, **rules: float) -> Iterator[str]:
    """The fake as a process of its own; its address."""
    options = [text for name, value in rules.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, "-m", "tests.platform.llm.fake_batches", "--state", str(state), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def start(lake: Path, url: str, n: int, fatal: int = 0) -> ForkServerProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.platform.llm.mortal", "anthropic", "httpx2"])
    process = context.Process(target=main, args=(lake, url, n, fatal, 0.3))
    process.start()
    return process


@pytest.mark.slow
def test_killed_by_sigkill_at_random_moments_each_request_is_paid_once(tmp_path: Path) -> None:
    draw, n_killed = random.Random(6), 0
    lakes: list[Path] = []
    rules = {"accept_seconds": 0.05, "end_after_seconds": 0.2, "dropped": 0.1, "cut": 0.2, "errored": 0.02, "seed": 6}
    with own_process(tmp_path / "fake", **rules) as url:
        while n_killed < 24:
            lakes.append(tmp_path / f"lake{len(lakes)}")
            for _ in range(6):
                # Some die at a moment of the work that is drawn, some whenever the clock says.
                process = start(lakes[-1], url, 40, draw.choice([0, *range(1, 160)]))
                process.join(draw.uniform(0.2, 1.5))
                process.kill()
                process.join()
                n_killed += process.exitcode == -signal.SIGKILL
        client = MortalClient(generator(url), "key", lag_seconds=0.3)
        for lake in lakes:
            work(lake, client, 40, Life())
    assert set(paid(tmp_path / "fake").values()) == {1}
    assert len(paid(tmp_path / "fake")) == 40 * len(lakes)
    for lake in lakes:
        assert len(Ledger(LocalLake(lake)).keys()) == 40
        assert Ledger(LocalLake(lake)).records.open() == []


def test_processes_that_want_the_same_at_once_do_not_both_pay(tmp_path: Path) -> None:
    with serve(tmp_path / "fake", accept_seconds=0.02) as fake:
        processes = [start(tmp_path / "lake", fake.url, 60) for _ in range(4)]
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * 4
    assert len(paid(tmp_path / "fake")) == 60 == paid(tmp_path / "fake").total()


def test_an_intent_that_overlaps_anothers_is_withdrawn(tmp_path: Path) -> None:
    ledger, keys = Ledger(LocalLake(tmp_path / "lake")), [request.key() for request in ask(5)]
    with serve(tmp_path / "fake") as fake:
        client = BatchServer(generator(fake.url), "key")
        other = ledger.records.put(intent(client.address, "m", keys[3:], None))
        with_others = {request.key(): request for request in ask(5)}
        # What another process sees that looked for what is under way before this intent was written.
        blind = Ledger(LocalLake(tmp_path / "lake"))
        blind.records.under_way = lambda keys: set()  # type: ignore[method-assign]
        batch_claims.submit(with_others, blind.entries, blind.records, client)

        assert ledger.records.open() == [other] and not paid(tmp_path / "fake")


def test_what_somebody_else_has_bought_in_the_meantime_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(LocalLake(tmp_path / "lake"))
    ledger.put(ask(5)[2], LLMResponse("yes", "m", 1, 1, "end_turn", 0.1, "{}"))
    monkeypatch.setattr(batch_claims, "_missing", lambda requests, *_: requests)
    with serve(tmp_path / "fake") as fake:
        client = BatchServer(generator(fake.url), "key")
        batch_claims.submit({one.key(): one for one in ask(5)}, ledger.entries, ledger.records, client)
    assert ledger.records.open() == [] and not paid(tmp_path / "fake")


class Purse:
    """A budget in memory: a dollar a request."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.held: dict[str, float] = {}
        self.spent: dict[str, float] = {}

    def reserve(self, requests: Sequence[LLMRequest], route: Route) -> "Pledge":
        if sum(self.held.values()) + sum(self.spent.values()) + len(requests) > self.limit:
            raise BudgetError("the budget does not suffice")
        pledge = Pledge(self, f"r{len(self.held) + len(self.spent)}")
        self.held[pledge.id] = len(requests)
        return pledge

    def reopen(self, reservation_id: str) -> "Pledge":
        return Pledge(self, reservation_id)


class Pledge:
    def __init__(self, purse: Purse, name: str) -> None:
        self.purse = purse
        self.id = name

    def settle(self, spent_usd: float) -> None:
        if self.purse.held.pop(self.id, None) is not None:
            self.purse.spent[self.id] = spent_usd


def test_nothing_is_sent_beyond_the_budget_and_what_was_reserved_is_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_claims, "MAX_REQUESTS", 4)
    ledger, purse = Ledger(LocalLake(tmp_path / "lake")), Purse(10)
    with serve(tmp_path / "fake", errored=0.3, seed=1) as fake:
        prices = vendored().with_own([Price(model=ask(1)[0].model, input_usd=1, output_usd=5, batch_factor=0.5)])
        client = BatchServer(generator(fake.url), "key", lag_seconds=0.01, prices=prices)
        with pytest.raises(BudgetError):
            ledger.generate_batch(client, ask(11), budget=purse)
        assert not paid(tmp_path / "fake") and not purse.held and ledger.records.open() == []

        ledger.generate_batch(client, ask(10), budget=purse)
        assert sum(purse.held.values()) == 10 and ledger.records.reservations() == set(purse.held)
        got = ledger.generate_batch(client, ask(10), budget=purse)
        while len(got.answers) < 10:
            got = ledger.generate_batch(client, ask(10), budget=purse)
        cost = sum(answer.response.cost_usd or 0 for answer in got.answers.values())
        assert not purse.held and sum(purse.spent.values()) == pytest.approx(cost) and cost > 0


@pytest.mark.parametrize(("fault", "is_held"), [("spend", False), ("busy", False), ("drop", True), ("broken", True)])
def test_a_reservation_is_held_as_long_as_nobody_knows_whether_the_batch_was_accepted(
    tmp_path: Path, fault: str, is_held: bool
) -> None:
    ledger, purse = Ledger(LocalLake(tmp_path / "lake")), Purse(10)
    with serve(tmp_path / "fake") as fake:
        client = BatchServer(generator(fake.url), "key", lag_seconds=0.01)
        fake.state.plan(fault)
        with pytest.raises((LLMSpendLimitError, LLMUnavailableError)):
            ledger.generate_batch(client, ask(3), budget=purse)
        assert bool(purse.held) == is_held
        got = ledger.generate_batch(client, ask(3), budget=purse)
        while len(got.answers) < 3:
            time.sleep(0.02)
            got = ledger.generate_batch(client, ask(3), budget=purse)
        assert not purse.held and paid(tmp_path / "fake").total() == 3


def test_the_budget_is_asked_before_anything_is_sent_online_too(tmp_path: Path) -> None:
    from tests.platform.llm.test_ledger import Counting

    ledger, purse, llm = Ledger(LocalLake(tmp_path)), Purse(3), Counting()
    with pytest.raises(BudgetError):
        ledger.generate(llm, ask(4), budget=purse)
    assert llm.asked == []
    ledger.generate(llm, ask(3), budget=purse)
    ledger.generate(llm, ask(3), budget=purse)
    assert list(purse.spent.values()) == [0.75], (
        "each of Counting's answers costs a quarter; what is there costs nothing"
    )


def test_batches_are_cut_by_bytes_by_number_and_by_model() -> None:
    requests = [*ask(5), LLMRequest("other", "", (), 9), LLMRequest(ask(1)[0].model, "", (), 9)]
    shards = list(batch_claims._shards(requests, lambda request: batch_claims.MAX_BYTES // 2))

    assert [len(shard) for shard in shards] == [2, 2, 2, 1]
    assert all(len({request.model for request in shard}) == 1 for shard in shards)
    assert len(list(batch_claims._shards(requests[:5], lambda request: 2 * batch_claims.MAX_BYTES))) == 5
