import threading
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.llm.calls import Calls, Gate, Patience, in_chains
from shopcart_assets.platform.llm.port import LLMError, LLMRequest, LLMResponse, Message


def request(*turns: str) -> LLMRequest:
    return LLMRequest("m", "", tuple(Message("user", turn) for turn in turns), 9)


def answered(request: LLMRequest, reply: str) -> LLMResponse:
    return LLMResponse(reply, request.model, 1, 1, "end_turn", None, reply)


def nothing(*_: object) -> None:
    """A `keep` that keeps nothing."""


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), max_size=12))
def test_chains_are_the_requests_in_their_order_and_each_continues_the_one_before(steps: list[tuple[int, int]]) -> None:
    requests = [request(*(f"{session}-{step}" for step in range(last))) for session, last in steps]
    chains = in_chains(requests)

    assert [one for chain in chains for one in chain] == requests
    for chain in chains:
        for before, after in pairwise(chain):
            assert after.messages[: len(before.messages)] == before.messages != after.messages


@given(st.integers(1, 8), st.lists(st.sampled_from(["answer", "busy", "busy of before"]), max_size=40))
def test_the_gate_is_never_shut_and_never_wider_than_it_may_be(most: int, events: list[str]) -> None:
    gate, before = Gate(most), -1
    for event in events:
        with gate.passed() as epoch:
            if event == "answer":
                gate.widen()
            else:
                limit = gate.limit
                gate.narrow(before if event == "busy of before" else epoch)
                assert gate.limit == (limit if event == "busy of before" else max(1.0, limit / 2))
        assert 1 <= gate.limit <= most
        before = epoch - 1


def test_calls_that_were_under_way_together_halve_the_gate_once() -> None:
    gate = Gate(8)
    with gate.passed() as one, gate.passed() as two, gate.passed() as three:
        for epoch in (one, two, three):
            gate.narrow(epoch)

    assert gate.limit == 4


def test_never_more_calls_at_once_than_the_gate_lets_through_and_one_chain_never_twice() -> None:
    """The first call of each of the four sessions waits until four are under way: they are."""
    together = threading.Barrier(4, timeout=20)
    lock, now, most, seen = threading.Lock(), [0], [0], list[str]()

    def ask(one: LLMRequest) -> str:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        if len(one.messages) == 1:
            together.wait()
        with lock:
            seen.append(one.messages[-1].content)
            now[0] -= 1
        return "yes"

    requests = [request(*(f"{session}-{step}" for step in range(last))) for session in range(4) for last in (1, 2, 3)]
    calls = Calls("h", "K", (OSError,), Patience(max_concurrency=4), print)
    answers = calls.answers(in_chains(requests), ask, answered, nothing)

    assert (len(answers), most[0]) == (12, 4)
    for session in range(4):
        assert [step for step in seen if step.startswith(str(session))] == [f"{session}-{step}" for step in range(3)]


def failing(error: Exception, at: str) -> Callable[[LLMRequest], str]:
    def ask(one: LLMRequest) -> str:
        if one.messages[-1].content == at:
            raise error
        return one.messages[-1].content

    return ask


def test_a_failure_in_the_middle_of_a_chain_ends_it_and_keeps_what_was_answered() -> None:
    kept: list[str] = []
    calls = Calls("h", "K", (OSError,), Patience(max_concurrency=1, max_lost=0), print)
    with pytest.raises(LLMError, match="h gave no answer"):
        calls.answers(
            [[request("a"), request("b"), request("c")], [request("d")]],
            failing(OSError("canary"), at="b"),
            answered,
            lambda _, answer: kept.append(answer.text),
        )

    assert kept == ["a"]


def test_an_error_of_our_own_is_not_taken_for_the_servers() -> None:
    calls = Calls("h", "K", (OSError,), Patience(), print)
    with pytest.raises(ZeroDivisionError):
        calls.answers([[request("a")]], failing(ZeroDivisionError(), at="a"), answered, nothing)
