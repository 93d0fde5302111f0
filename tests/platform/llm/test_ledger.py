import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm.ledger import Ledger, LedgerError
from shopcart_assets.platform.llm.port import Keep, LLMRequest, LLMResponse, LLMUnavailableError, Message, forget


class Counting:
    """A model that repeats the question, counts what it is asked, and fails at the question `breaks_at`."""

    def __init__(self, breaks_at: str | None = None) -> None:
        self.asked: list[str] = []
        self.breaks_at = breaks_at

    def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
        return [self._answer(request, keep) for request in requests]

    def _answer(self, request: LLMRequest, keep: Keep) -> LLMResponse:
        question = request.messages[0].content
        if question == self.breaks_at:
            raise LLMUnavailableError("gone")
        self.asked.append(question)
        response = LLMResponse(f"“{question}”\n\x00", "m", 3, 4, "end_turn", 0.25, "{}")
        keep(request, response)
        return response


def ask(*questions: str) -> list[LLMRequest]:
    return [LLMRequest("m", "", (Message("user", question),), 9) for question in questions]


def test_nothing_is_bought_twice(tmp_path: Path) -> None:
    llm, ledger = Counting(), Ledger(LocalLake(tmp_path))
    first = ledger.generate(llm, ask("a", "b", "a"))
    again = Ledger(LocalLake(tmp_path)).generate(llm, ask("b", "c", "a"))

    assert llm.asked == ["a", "b", "c"]
    assert [answer.is_reused for answer in first] == [False, False, False]
    assert [answer.is_reused for answer in again] == [True, False, True]
    assert again[2].response == first[0].response, "word for word, price included"


def test_a_run_that_fails_keeps_what_it_paid_for(tmp_path: Path) -> None:
    ledger = Ledger(LocalLake(tmp_path))
    with pytest.raises(LLMUnavailableError):
        ledger.generate(Counting(breaks_at="c"), ask("a", "b", "c"))
    llm = Counting()
    ledger.generate(llm, ask("a", "b", "c"))

    assert llm.asked == ["c"]


@pytest.mark.parametrize("damage", ["", "{", '{"key": "x"}', "null"])
def test_an_unreadable_entry_is_an_error_and_not_a_missing_one(tmp_path: Path, damage: str) -> None:
    llm, ledger = Counting(), Ledger(LocalLake(tmp_path))
    ledger.generate(llm, ask("a"))
    (file,) = (tmp_path / "ledger").glob("*/*.json")
    file.write_text(damage)

    with pytest.raises(LedgerError, match="delete it to ask again"):
        ledger.generate(llm, ask("a"))
    assert llm.asked == ["a"]


def test_an_entry_under_another_requests_name_is_an_error(tmp_path: Path) -> None:
    ledger = Ledger(LocalLake(tmp_path))
    ledger.generate(Counting(), ask("a"))
    (file,) = (tmp_path / "ledger").glob("*/*.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"key": "0" * 64}))

    with pytest.raises(LedgerError):
        ledger.generate(Counting(), ask("a"))


def test_the_ledger_keeps_no_prompt(tmp_path: Path) -> None:
    request = LLMRequest("m", "secret system", (Message("user", "secret question"),), 9)
    Ledger(LocalLake(tmp_path)).put(request, LLMResponse("yes", "m", 1, 1, "end_turn", None, "yes"))

    assert all("secret" not in file.read_text() for file in tmp_path.rglob("*.json"))


def test_writers_at_the_same_time_leave_whole_entries(tmp_path: Path) -> None:
    questions = [str(number) for number in range(30)]
    threads = [
        threading.Thread(target=lambda: Ledger(LocalLake(tmp_path)).generate(Counting(), ask(*questions)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    llm = Counting()
    answers = Ledger(LocalLake(tmp_path)).generate(llm, ask(*questions))

    assert llm.asked == []
    assert [answer.response.text for answer in answers] == [f"“{question}”\n\x00" for question in questions]


def test_what_was_bought_for_a_session_goes_with_it_and_what_others_use_stays_without_its_name(tmp_path: Path) -> None:
    ledger = Ledger(LocalLake(tmp_path))
    ledger.generate(Counting(), ask("own", "both", "stray", "bob"), about=["ann-1", "ann-1", "ann-1", "bob-1"])
    ledger.generate(Counting(), ask("unknown"))
    own, both, _stray, bob, _unknown = (request.key() for request in ask("own", "both", "stray", "bob", "unknown"))
    counted, gone, again = (ledger.forget({"ann-1"}, {own, both}, {both}, do=do) for do in (False, True, True))
    assert (counted, gone, again) == (3, 3, 0)
    assert set(ledger.keys()) == {both, bob} and ledger.get(both)
    assert not any(b"ann-1" in path.read_bytes() for path in tmp_path.rglob("*.json"))


def test_entries_of_before_routes_and_prices_still_load(tmp_path: Path) -> None:
    (request,) = ask("a")
    old = {
        "text": "hi",
        "model": "m",
        "input_tokens": 3,
        "output_tokens": 4,
        "stop_reason": "end_turn",
        "cost_usd": 0.25,
    }
    file = tmp_path / "ledger" / request.key()[:2] / f"{request.key()}.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"key": request.key(), "response": old | {"raw": "{}"}}))
    llm = Counting()
    (answer,) = Ledger(LocalLake(tmp_path)).generate(llm, [request])

    assert llm.asked == []
    assert answer.response == LLMResponse("hi", "m", 3, 4, "end_turn", 0.25, "{}")
