"""Requests through the ledger and a fake server of batches: whatever happens, each is answered, and paid once."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shopcart_assets.platform.lake import Lake, LocalLake
from shopcart_assets.platform.llm import batch_claims
from shopcart_assets.platform.llm import batches as module
from shopcart_assets.platform.llm.batch_records import intent
from shopcart_assets.platform.llm.batch_server import BatchServer
from shopcart_assets.platform.llm.ledger import Batched, Ledger
from shopcart_assets.platform.llm.port import (
    LedgerError,
    LLMBusyError,
    LLMError,
    LLMRequest,
    LLMSpendLimitError,
    LLMUnavailableError,
    LLMUnusableError,
    Message,
)
from tests.platform.llm.fake_batches import FakeBatches, serve
from tests.platform.llm.fake_state import bills
from tests.platform.llm.mortal import MODEL, generator

KEY = "sk-canary-key"
PROMPT = "canary prompt"


def ask(n: int, model: str = MODEL, first: int = 0) -> list[LLMRequest]:
    return [
        LLMRequest(model, "Say why.", (Message("user", f"{PROMPT} {number}"),), 60)
        for number in range(first, first + n)
    ]


def client(server: FakeBatches, lag_seconds: float = 0.05) -> BatchServer:
    return BatchServer(generator(server.url), KEY, lag_seconds=lag_seconds)


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeBatches]:
    with serve(tmp_path / "fake") as server:
        yield server


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(LocalLake(tmp_path / "lake"))


def insist(ledger: Ledger, server: FakeBatches, requests: list[LLMRequest], n_times: int = 40, **more: Any) -> Batched:
    """Calls until everything is settled."""
    for _ in range(n_times):
        try:
            batched = ledger.generate_batch(client(server), requests, **more)
        except LLMUnavailableError:
            time.sleep(0.06)
            continue
        if len(batched.answers) + len(batched.failed) == len(requests):
            return batched
        time.sleep(0.02)
    raise AssertionError("never settled")


def paid(server: FakeBatches) -> Counter[str]:
    return Counter(bill.sha for bill in bills(server.directory))


def test_sent_then_collected_then_free(fake: FakeBatches, ledger: Ledger) -> None:
    requests = ask(30)
    sent = ledger.generate_batch(client(fake), requests)
    assert (len(sent.answers), len(sent.pending), sent.failed) == (0, 30, {})
    got = ledger.generate_batch(client(fake), requests)
    again = ledger.generate_batch(client(fake), requests)

    assert set(got.answers) == {request.key() for request in requests} and not got.pending
    assert not any(answer.is_reused for answer in got.answers.values())
    assert all(answer.is_reused for answer in again.answers.values())
    assert len(paid(fake)) == 30 == paid(fake).total()
    assert fake.state.page(None, 10) == ([], False), "what is collected here is deleted there"


def test_many_requests_go_in_several_batches_and_the_list_has_pages(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_claims, "MAX_REQUESTS", 4)
    with serve(tmp_path / "fake", page=2, end_after_seconds=0.05) as fake:
        insist(ledger, fake, ask(27) + ask(3, "claude-opus-5"))
        assert len(paid(fake)) == 30 == paid(fake).total()
        assert fake.state.db.execute("select count(*), max(n) from batches").fetchone() == (8, 4)


@pytest.mark.parametrize("fault", ["drop", "broken", "overloaded"])
def test_a_create_without_a_reply_is_looked_for_and_never_sent_blindly(
    fake: FakeBatches, ledger: Ledger, fault: str
) -> None:
    fake.state.plan(fault)
    with pytest.raises(LLMUnavailableError):
        ledger.generate_batch(client(fake), ask(9))
    assert [record.state for record in ledger.records.open()] == ["lost"]
    insist(ledger, fake, ask(9))

    assert len(paid(fake)) == 9 == paid(fake).total()
    (n_batches,) = fake.state.db.execute("select count(*) from batches").fetchone()
    assert n_batches == 1, "the dropped one was adopted; the refused ones were sent again"


def test_a_lost_batch_that_still_runs_is_waited_for_however_late_it_is(tmp_path: Path, ledger: Ledger) -> None:
    with serve(tmp_path / "fake", end_after_seconds=1e6) as fake:
        fake.state.plan("drop")
        with pytest.raises(LLMUnavailableError):
            ledger.generate_batch(client(fake, 0.001), ask(5))
        for _ in range(3):
            assert len(ledger.generate_batch(client(fake, 0.001), ask(5)).pending) == 5
        fake.state.end()
        assert len(ledger.generate_batch(client(fake), ask(5)).answers) == 5
        assert paid(fake).total() == 5


def test_somebody_elses_batch_of_the_same_size_is_not_ours(fake: FakeBatches, ledger: Ledger, tmp_path: Path) -> None:
    stranger = Ledger(LocalLake(tmp_path / "other"))
    fake.state.plan("broken")
    with pytest.raises(LLMUnavailableError):
        ledger.generate_batch(client(fake), ask(5))
    stranger.generate_batch(client(fake), ask(5, first=100))
    insist(ledger, fake, ask(5))

    assert len(stranger.generate_batch(client(fake), ask(5, first=100)).answers) == 5
    assert len(paid(fake)) == 10 == paid(fake).total()


def test_results_are_adopted_from_any_batch(fake: FakeBatches, ledger: Ledger) -> None:
    ledger.generate_batch(client(fake), ask(6))
    ledger.generate_batch(client(fake), ask(9, first=3))
    batched = ledger.generate_batch(client(fake), ask(12))

    assert len(batched.answers) == 12 == paid(fake).total()


def test_rows_that_the_server_gave_up_are_sent_again_and_others_faults_are_not(tmp_path: Path, ledger: Ledger) -> None:
    requests = ask(60)
    with serve(tmp_path / "fake", errored=0.2, expired=0.2, canceled=0.2, invalid=0.1, seed=3) as fake:
        ledger.generate_batch(client(fake), requests)
        first = ledger.generate_batch(client(fake), requests)
        done = insist(ledger, fake, requests)
        n_batches = fake.state.db.execute("select count(*) from batches").fetchone()
        again = ledger.generate_batch(client(fake), requests)

        assert first.n_again > 10 and len(first.pending) == first.n_again
        assert set(done.failed.values()) == {"prompt_too_long"} and again.failed == done.failed
        assert len(done.answers) + len(done.failed) == 60
        assert len(paid(fake)) == len(done.answers) == paid(fake).total()
        assert fake.state.db.execute("select count(*) from batches").fetchone() == n_batches, (
            "what failed is not sent again"
        )


def test_a_broken_download_is_read_again_and_deletes_nothing(tmp_path: Path, ledger: Ledger) -> None:
    with serve(tmp_path / "fake", cut=0.6, seed=1) as fake:
        insist(ledger, fake, ask(40))
        assert len(paid(fake)) == 40 == paid(fake).total()
        assert fake.state.page(None, 10)[0] == []


def test_a_delete_that_fails_is_tried_again_by_the_next_call(
    fake: FakeBatches, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = client(fake)
    ledger.generate_batch(server, ask(3))
    with monkeypatch.context() as patched:
        patched.setattr(server.batches, "delete", _refuse)
        got = ledger.generate_batch(server, ask(3))
        assert (len(got.answers), got.n_undeleted) == (3, 1)
    other = ledger.generate_batch(server, ask(1, first=50))

    assert other.n_undeleted == 0
    assert {row["n"] for row in fake.state.page(None, 10)[0]} == {1}


def _refuse(_id: str) -> None:
    import anthropic
    import httpx2

    raise anthropic.APIConnectionError(request=httpx2.Request("DELETE", "http://127.0.0.1"))


@pytest.mark.parametrize(
    ("fault", "family"), [("spend", LLMSpendLimitError), ("limit", LLMSpendLimitError), ("busy", LLMBusyError)]
)
def test_a_refused_batch_leaves_no_record_and_tells_no_secret(
    fake: FakeBatches, ledger: Ledger, fault: str, family: type[LLMError]
) -> None:
    fake.state.plan(fault)
    with pytest.raises(family) as caught:
        ledger.generate_batch(client(fake), ask(3))

    assert ledger.records.open() == [] and paid(fake).total() == 0
    assert KEY not in str(caught.value) and PROMPT not in str(caught.value) and "\n" not in str(caught.value)
    assert len(insist(ledger, fake, ask(3)).answers) == 3


def test_an_unreadable_record_is_an_error_and_never_no_record(
    fake: FakeBatches, ledger: Ledger, tmp_path: Path
) -> None:
    ledger.generate_batch(client(fake), ask(3))
    (file,) = (tmp_path / "lake/ledger/batches/open").iterdir()
    whole = file.read_bytes()
    for damage in (b"", whole[: len(whole) // 2], b"{}", whole.replace(b'"id":"', b'"id":"x')):
        file.write_bytes(damage)
        with pytest.raises(LedgerError, match="look at the server"):
            ledger.generate_batch(client(fake), ask(3))
    file.write_bytes(whole)
    assert len(ledger.generate_batch(client(fake), ask(3)).answers) == 3
    assert paid(fake).total() == 3


def test_a_batch_that_somebody_deleted_at_the_server_is_said_and_not_paid_again(
    fake: FakeBatches, ledger: Ledger
) -> None:
    ledger.generate_batch(client(fake), ask(3))
    fake.state.delete("msgbatch_000000")
    for _ in range(2):
        with pytest.raises(LLMUnusableError, match="does not have batch msgbatch_000000"):
            ledger.generate_batch(client(fake), ask(3))
    assert paid(fake).total() == 3


def test_a_batch_at_another_server_is_not_sent_again_here(fake: FakeBatches, ledger: Ledger, tmp_path: Path) -> None:
    ledger.generate_batch(client(fake), ask(3))
    with serve(tmp_path / "second") as second, pytest.raises(LedgerError, match="ask with this base_url"):
        ledger.generate_batch(client(second), ask(3))


def test_one_broken_batch_does_not_keep_the_others_from_being_collected(fake: FakeBatches, ledger: Ledger) -> None:
    ledger.generate_batch(client(fake), ask(3))
    ledger.generate_batch(client(fake), ask(3, first=10))
    fake.state.delete("msgbatch_000000")
    with pytest.raises(LLMUnusableError):
        ledger.generate_batch(client(fake), ask(20))
    assert len(ledger.have([request.key() for request in ask(3, first=10)])) == 3


def test_what_is_erased_while_it_is_under_way_is_not_kept_and_goes_at_the_server(
    fake: FakeBatches, ledger: Ledger
) -> None:
    mine, others = ask(2), ask(3, first=10)
    ledger.generate_batch(client(fake), [*mine, *others], about=["ann"] * 2 + ["bob"] * 3)
    theirs = {request.key() for request in mine}
    assert [ledger.forget({"ann"}, theirs, set(), do=do) for do in (False, True, True)] == [2, 2, 0]
    ledger.generate_batch(client(fake), others, about=["bob"] * 3)

    assert set(ledger.keys()) == {request.key() for request in others}
    assert fake.state.page(None, 10)[0] == [], "and the batch is gone at the server"


def test_a_batch_of_nothing_but_erased_requests_is_deleted_by_any_later_call(fake: FakeBatches, ledger: Ledger) -> None:
    ledger.generate_batch(client(fake), ask(2))
    ledger.forget({"ann"}, {request.key() for request in ask(2)}, set())
    ledger.generate_batch(client(fake), [])

    assert ledger.keys() == [] and fake.state.page(None, 10)[0] == []


def test_records_hold_no_prompt_no_session_and_no_key_of_the_server(
    fake: FakeBatches, ledger: Ledger, tmp_path: Path
) -> None:
    for _ in range(2):
        ledger.generate_batch(client(fake), ask(3), about=["session-of-ann"] * 3)
        written = b"".join(file.read_bytes() for file in (tmp_path / "lake/ledger/batches").rglob("*.json"))
        assert written and not any(word.encode() in written for word in (PROMPT, KEY, "session-of-ann"))


def test_an_intent_of_a_living_process_is_pending_until_it_is_stale(
    fake: FakeBatches, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [request.key() for request in ask(3)]
    ledger.records.put(intent(client(fake).address, MODEL, keys, None))
    for _ in range(2):
        assert len(ledger.generate_batch(client(fake, 0.001), ask(3)).pending) == 3
        time.sleep(0.01)
    monkeypatch.setattr(module, "_STALE", batch_claims.SENDABLE * 0)
    insist(ledger, fake, ask(3))
    assert paid(fake).total() == 3


def test_an_intent_that_was_not_sent_in_time_is_not_sent_at_all(
    fake: FakeBatches, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_claims, "SENDABLE", batch_claims.SENDABLE * 0)
    assert not ledger.generate_batch(client(fake), ask(3)).pending
    assert ledger.records.open() == [] and paid(fake).total() == 0


def test_batches_live_on_an_object_store_too(fake: FakeBatches, lake: Lake) -> None:
    ledger = Ledger(lake)
    for fault in ("drop", "broken"):
        fake.state.plan(fault)
        with pytest.raises(LLMUnavailableError):
            ledger.generate_batch(client(fake), ask(8 if fault == "drop" else 12))
        ledger.generate_batch(client(fake), ask(8 if fault == "drop" else 12))
    assert len(insist(ledger, fake, ask(12)).answers) == 12 == paid(fake).total()
    assert ledger.records.open() == [] and len(ledger.keys()) == 12


def test_a_batch_that_another_process_collects_at_the_same_time_is_no_failure(
    fake: FakeBatches, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is through when we ask how the batch is, or when we are about to ask for its results."""
    for number, method in enumerate(("retrieve", "results")):
        requests = ask(3, first=10 * number)
        ledger.generate_batch(client(fake), requests)
        slow = client(fake)
        overtaken: list[str] = []
        whole = getattr(slow, method)

        def overtake(*asked: Any, whole: Any = whole, requests: Any = requests, overtaken: Any = overtaken) -> Any:
            overtaken += Ledger(LocalLake(tmp_path / "lake")).generate_batch(client(fake), requests).answers
            return whole(*asked)

        monkeypatch.setattr(slow, method, overtake)
        assert len(ledger.generate_batch(slow, requests).answers) == 3 == len(overtaken)
        assert ledger.records.open() == []


def test_results_that_lack_a_row_are_not_taken_for_whole(fake: FakeBatches, ledger: Ledger) -> None:
    ledger.generate_batch(client(fake), ask(3))
    fake.state.db.execute("delete from results where custom_id = ?", (ask(1)[0].key()[:40],))
    for _ in range(2):
        with pytest.raises(LLMUnusableError, match="no result for 1 of the 3 requests"):
            ledger.generate_batch(client(fake), ask(3))
    assert len(ledger.keys()) == 2 and fake.state.get("msgbatch_000000") is not None, "nothing is deleted"


def test_rows_that_come_twice_or_were_never_asked_are_ignored(fake: FakeBatches, ledger: Ledger) -> None:
    ledger.generate_batch(client(fake), ask(3))
    fake.state.db.execute("insert into results select batch, custom_id, kind, line from results")
    strange = (
        "insert into results select batch, 'strange', kind, replace(line, custom_id, 'strange') from results limit 1"
    )
    fake.state.db.execute(strange)
    got = ledger.generate_batch(client(fake), ask(3))
    assert len(got.answers) == 3 == len(ledger.keys()) and not got.failed
