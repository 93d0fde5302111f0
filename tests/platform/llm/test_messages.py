"""The adapter against a real HTTP server on the loopback interface; the server is a fake of this project's own."""

import json
import traceback
from collections.abc import Iterator

import pytest

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.calls import Patience
from shopcart_assets.platform.llm.messages import MessagesLLM
from shopcart_assets.platform.llm.port import (
    LLMError,
    LLMRefusedError,
    LLMRequest,
    LLMResponse,
    LLMSpendLimitError,
    LLMUnavailableError,
    LLMUnusableError,
    Message,
)
from tests.platform.llm.fake_server import FakeServer, Reply, failure, message, serve

KEY = "sk-canary-key"
PROMPT = "canary-prompt of a shopper"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serve() as running:
        yield running


def request(number: int = 0, sample_index: int = 0) -> LLMRequest:
    return LLMRequest("fake-1", "You write rationales.", (Message("user", f"{PROMPT} {number}"),), 40, sample_index)


ONCE = Patience(max_retries=0, max_lost=0)
QUICK = Patience(first_wait_seconds=0.001)


def generator(url: str | None, server: str | None = "llama_cpp", model: str = "fake-1") -> GeneratorConfig:
    return GeneratorConfig("g", "messages", model, url, server=server)


def ask(server: FakeServer, *requests: LLMRequest, patience: Patience = ONCE) -> list[LLMResponse]:
    return MessagesLLM(generator(server.url), KEY, patience=patience).generate(requests or (request(),))


def test_an_answer_comes_back_whole_with_its_raw_text(server: FakeServer) -> None:
    (answer,) = ask(server)

    assert answer.text == "I want the red mug."
    assert (answer.model, answer.stop_reason, answer.input_tokens, answer.output_tokens) == (
        "fake-1",
        "end_turn",
        11,
        7,
    )
    assert answer.cost_usd is None, "the price of somebody's own server is not known"
    assert '"msg_1"' in answer.raw


def test_what_is_sent_is_the_request_and_nothing_else(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-environment")
    ask(server, request(), request(sample_index=2))

    greedy, drawn = sorted(server.bodies, key=lambda body: int(body["seed"]))
    assert greedy == {
        "model": "fake-1",
        "system": "You write rationales.",
        "messages": [{"role": "user", "content": f"{PROMPT} 0"}],
        "max_tokens": 40,
        "temperature": 0.0,
        "seed": 0,
    }
    assert (drawn["temperature"], drawn["seed"]) == (0.7, 2)
    assert all(sent["x-api-key"] == KEY and sent["authorization"] == f"Bearer {KEY}" for sent in server.headers)


def test_a_server_without_a_key_gets_none_of_ours(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-environment")
    MessagesLLM(generator(server.url), "").generate([request()])

    assert server.headers[0]["x-api-key"] == "none"


def test_anthropic_itself_is_not_asked_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-environment")
    with pytest.raises(LLMRefusedError, match="set ANTHROPIC_API_KEY"):
        MessagesLLM(generator(None, None), "")


def test_answers_are_in_the_order_of_the_requests(server: FakeServer) -> None:
    answers = ask(server, *(request(number) for number in range(20)))

    assert len(answers) == len(server.bodies) == 20
    assert {body["messages"][0]["content"] for body in server.bodies} == {f"{PROMPT} {number}" for number in range(20)}


def test_a_busy_server_is_asked_again_after_the_time_that_it_names(server: FakeServer) -> None:
    server.script = [
        failure(429, "rate_limit_error", retry_after="0.05"),
        failure(529, "overloaded_error", retry_after="0.05"),
    ]
    (answer,) = ask(server, patience=QUICK)

    assert answer.text == "I want the red mug."
    assert len(server.bodies) == 3


@pytest.mark.parametrize(
    ("reply", "family", "words"),
    [
        (failure(401, "authentication_error", f"bad key {KEY}"), LLMRefusedError, "check SHOPCART_SERVER_KEY"),
        (failure(404, "not_found_error"), LLMRefusedError, "check base_url"),
        (
            failure(400, "invalid_request_error", f"cannot read '{PROMPT} 0'"),
            LLMRefusedError,
            "does not take this request",
        ),
        (failure(429, "rate_limit_error", retry_after="1"), LLMUnavailableError, "run again later"),
        (failure(429, "rate_limit_error"), LLMSpendLimitError, "spending limit"),
        (failure(529, "overloaded_error"), LLMUnavailableError, "run again later"),
        (failure(500, f"<b>{PROMPT}</b>"), LLMUnavailableError, "500"),
        (message("hi", model="another-model"), LLMUnusableError, "another model than fake-1"),
        (message("hi", stop_reason=None), LLMUnusableError, "stop_reason"),
        (Reply(body="<html>a proxy's page</html>"), LLMUnusableError, "is it a /v1/messages server"),
        (Reply(body=f'{{"content": "{PROMPT}"', promised=500), LLMUnavailableError, "gave no answer"),
    ],
)
def test_a_failure_is_one_line_that_says_what_to_do_and_tells_no_secret(
    server: FakeServer, reply: Reply, family: type[LLMError], words: str
) -> None:
    server.script = [reply]
    with pytest.raises(family, match=words) as caught:
        ask(server)

    told = "".join(traceback.format_exception(caught.value))
    assert "\n" not in str(caught.value)
    assert KEY not in told
    assert PROMPT not in told


def test_an_unreachable_server_is_one_line_too() -> None:
    with pytest.raises(LLMUnavailableError, match=r"127\.0\.0\.1:9 gave no answer"):
        MessagesLLM(generator("http://127.0.0.1:9"), KEY, patience=ONCE).generate([request()])


def test_a_truncated_answer_is_an_answer_that_says_so(server: FakeServer) -> None:
    server.script = [message("I want the", stop_reason="max_tokens")]
    (answer,) = ask(server)

    assert (answer.text, answer.stop_reason) == ("I want the", "max_tokens")


def test_what_was_answered_before_a_failure_is_kept(server: FakeServer) -> None:
    server.script = [message("one"), message("two"), failure(401, "authentication_error")]
    kept: list[str] = []
    llm = MessagesLLM(generator(server.url), KEY, patience=Patience(max_concurrency=1))
    with pytest.raises(LLMRefusedError):
        llm.generate([request(number) for number in range(50)], lambda _, answer: kept.append(answer.text))

    assert kept[:2] == ["one", "two"]
    assert len(server.bodies) < 50, "the first failure stops what has not been sent yet"


@pytest.mark.parametrize(
    "reply",
    [
        failure(402, "billing_error"),
        failure(429, "rate_limit_error"),
        failure(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
        failure(400, "invalid_request_error", "You have reached your specified API usage limits."),
        Reply(
            400, {"error": {"type": "invalid_request_error", "details": {"error_code": "enforced_spend_limit_reached"}}}
        ),
        Reply(429, {"error": {"type": "billing_error"}}, {"retry-after": "1"}),
    ],
)
def test_the_accounts_limit_stops_at_once(server: FakeServer, reply: Reply) -> None:
    server.script = [reply]
    llm = MessagesLLM(generator(server.url), KEY, patience=Patience(max_concurrency=1))
    with pytest.raises(LLMSpendLimitError, match="spending limit is reached"):
        llm.generate([request(number) for number in range(9)])

    assert len(server.bodies) == 1


def test_a_request_that_speaks_of_limits_is_not_the_accounts_limit(server: FakeServer) -> None:
    server.script = [failure(400, "invalid_request_error", "messages.0: 'you have reached your specified usage limit'")]
    with pytest.raises(LLMRefusedError, match="does not take this request"):
        ask(server)


def test_the_time_that_a_server_names_may_be_a_date(server: FakeServer) -> None:
    past, far = "Wed, 25 Nov 2020 20:00:00 GMT", "Wed, 25 Nov 2099 20:00:00 GMT"
    server.script = [failure(503, "api_error", retry_after=past), failure(503, "api_error", retry_after=far)]
    with pytest.raises(LLMUnavailableError, match="503"):
        ask(server, patience=QUICK)

    assert len(server.bodies) == 2, "a time that is over is no wait, one that is far off ends the run"


def test_a_lost_answer_may_have_been_paid_for_so_it_is_asked_for_only_as_often_as_is_said(server: FakeServer) -> None:
    broken, told = Reply(body="{", promised=500), list[str]()
    server.script = [broken, message("at last")]
    llm = MessagesLLM(generator(server.url), KEY, patience=QUICK, log=told.append)
    (answer,) = llm.generate([request()])

    assert answer.text == "at last"
    assert [line.split(";")[0] for line in told] == [f"{llm.calls.host}: an answer was lost (1 so far)"]

    server.script = [broken] * 5
    with pytest.raises(LLMUnavailableError, match="it may have been paid for"):
        llm.generate([request(1)])
    assert len(server.bodies) == 2 + 2


def test_what_was_never_sent_was_not_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    patience = Patience(max_retries=3, max_lost=0, first_wait_seconds=0.001)
    with pytest.raises(LLMUnavailableError) as caught:
        MessagesLLM(generator("http://127.0.0.1:9"), KEY, patience=patience, log=told.append).generate([request()])

    assert "paid" not in str(caught.value)
    assert told == []


def test_nobody_is_followed_to_another_address(server: FakeServer) -> None:
    """A redirected request would carry the key to wherever the server likes."""
    with serve() as other:
        server.script = [failure(307, "moved", location=f"{other.url}/v1/messages")]
        with pytest.raises(LLMRefusedError, match="base_url points to another place"):
            ask(server)

        assert other.bodies == []


def test_steps_that_share_the_cache_are_asked_one_after_the_other(server: FakeServer) -> None:
    own = generator(server.url, server="anthropic")
    turns = tuple(Message("user", f"step {step}") for step in range(6))
    steps = [LLMRequest("fake-1", "s", turns[:n], 40) for n in range(1, 7)]
    MessagesLLM(own, KEY, cache=True, patience=Patience(max_concurrency=4)).generate(steps)

    assert [json.dumps(body["messages"]).count("step ") for body in server.bodies] == [1, 2, 3, 4, 5, 6]
    assert {json.dumps(body["cache_control"]) for body in server.bodies} == {'{"type": "ephemeral", "ttl": "5m"}'}


def test_tokens_are_counted_where_the_server_counts_them(server: FakeServer) -> None:
    server.otherwise = Reply(body={"input_tokens": 123})

    assert MessagesLLM(generator(server.url), KEY).count_tokens(request()) == 123
    assert server.bodies[0].keys() == {"model", "system", "messages"}
    assert MessagesLLM(generator(server.url, "ollama"), KEY).count_tokens(request()) is None
    assert len(server.bodies) == 1


def test_a_call_is_known_by_the_name_that_the_server_gave_it(server: FakeServer) -> None:
    server.otherwise.headers = {"request-id": "req_011CS"}

    assert ask(server)[0].request_id == "req_011CS"
