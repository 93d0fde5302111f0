"""Both adapters against llmock, a mock of model servers that this project did not write and that grades its client."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.calls import Patience
from shopcart_assets.platform.llm.messages import MessagesLLM
from shopcart_assets.platform.llm.port import (
    LLM,
    LLMError,
    LLMRefusedError,
    LLMRequest,
    LLMSpendLimitError,
    LLMUnavailableError,
    Message,
)

pytest.importorskip("llmock", reason="llmock, which the development lock has, is not installed")

PATIENCE = Patience(first_wait_seconds=0.01, max_retries=3)

Opened = Callable[..., LLM]


@pytest.fixture(params=["messages", "openai"])
def opened(request: pytest.FixtureRequest, llmock: Any) -> Opened:
    def messages(patience: Patience = PATIENCE, log: Callable[[str], None] = print) -> LLM:
        where = GeneratorConfig("g", "messages", "mock-1", llmock.base_url("anthropic"))
        return MessagesLLM(where, "sk-test", patience=patience, log=log)

    def chat(patience: Patience = PATIENCE, log: Callable[[str], None] = print) -> LLM:
        from shopcart_assets.platform.llm.openai_chat import OpenAIChatLLM

        where = GeneratorConfig("g", "openai", "mock-1", llmock.base_url("openai"))
        return OpenAIChatLLM(where, "sk-test", patience=patience, log=log)

    if request.param == "openai":
        pytest.importorskip("openai", reason="the optional client of /v1/chat/completions is not installed")
    return messages if request.param == "messages" else chat


def ask(number: int = 0) -> LLMRequest:
    return LLMRequest("mock-1", "You write rationales.", (Message("user", f"question {number}"),), 40)


def test_an_answer_is_the_one_that_was_scripted(opened: Opened, llmock: Any) -> None:
    llmock.reply("I want the red mug.")
    (answer,) = opened().generate([ask()])

    assert (answer.text, answer.model, answer.stop_reason) == ("I want the red mug.", "mock-1", "end_turn")
    assert answer.input_tokens > 0 < answer.output_tokens
    llmock.assert_resilient(strict=True)


def test_a_server_that_is_busy_in_every_way_is_asked_again_as_it_wants(opened: Opened, llmock: Any) -> None:
    llmock.rate_limit(retry_after=0.05).fail(529, retry_after=0.02).fail(503, retry_after=0.01)
    (answer,) = opened().generate([ask()])

    assert answer.text
    assert [record.status for record in llmock.requests] == [429, 529, 503, 200]
    assert {record.sdk_retry_count for record in llmock.requests} == {0}, "the client's own retries are off"
    llmock.assert_resilient(strict=True)


def test_a_break_that_is_too_long_ends_the_run_and_is_not_cut_short(opened: Opened, llmock: Any) -> None:
    llmock.rate_limit(retry_after=3600)
    with pytest.raises(LLMUnavailableError, match="run again later"):
        opened().generate([ask()])

    assert len(llmock.requests) == 1
    llmock.assert_resilient()


def test_an_outage_is_given_up_after_the_retries(opened: Opened, llmock: Any) -> None:
    llmock.fail(503, times=None, retry_after=0.01)
    with pytest.raises(LLMUnavailableError, match="503"):
        opened().generate([ask()])

    assert len(llmock.requests) == 1 + PATIENCE.max_retries
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize(
    ("status", "family"),
    [
        (400, LLMRefusedError),
        (401, LLMRefusedError),
        (402, LLMSpendLimitError),
        (403, LLMRefusedError),
        (404, LLMRefusedError),
    ],
)
def test_what_no_retry_helps_is_not_tried_again(
    opened: Opened, llmock: Any, status: int, family: type[LLMError]
) -> None:
    llmock.fail(status, times=None)
    with pytest.raises(family):
        opened(Patience(max_concurrency=1)).generate([ask(number) for number in range(9)])

    assert len(llmock.requests) == 1, "nor is anything else sent"
    llmock.assert_resilient()


@pytest.mark.parametrize("fault", ["disconnect", "truncate", "corrupt", "stall"])
def test_a_broken_stream_harms_nobody_who_streams_nothing(opened: Opened, llmock: Any, fault: str) -> None:
    getattr(llmock, fault)(times=None, after_chunks=0)
    (answer,) = opened().generate([ask()])

    assert answer.stop_reason == "end_turn"
    assert not llmock.last_request.stream


def test_an_answer_that_does_not_come_is_asked_for_again_as_often_as_is_said_and_told(
    opened: Opened, llmock: Any
) -> None:
    """It may have been paid for: each lost answer is in the log."""
    llmock.delay(0.6, times=None)
    told: list[str] = []
    with pytest.raises(LLMUnavailableError, match="it may have been paid for"):
        opened(Patience(max_lost=2, first_wait_seconds=0.01, timeout_seconds=0.2), told.append).generate([ask()])

    assert len(llmock.requests) == 3
    assert [line.partition(";")[0].partition(": ")[2] for line in told] == [
        "an answer was lost (1 so far)",
        "an answer was lost (2 so far)",
    ]


def test_many_answers_come_through_a_real_quota(opened: Opened, llmock: Any) -> None:
    """60,000 tokens a minute, which the first request takes at once: each further one has to wait for some of the next."""
    llmock.limits(tpm=60_000)
    llm = opened(Patience(max_retries=50))
    llm.generate([replace(ask(), max_tokens=59_950)])
    answers = llm.generate([ask(number) for number in range(8)])

    assert len(answers) == 8
    assert 429 in {record.status for record in llmock.requests}
    llmock.assert_resilient()
