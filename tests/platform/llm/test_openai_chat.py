"""The adapter for /v1/chat/completions against this project's fake; llmock and llama.cpp's server ask it for real."""

import builtins
import importlib
import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.calls import Patience
from shopcart_assets.platform.llm.port import (
    LLMError,
    LLMRefusedError,
    LLMRequest,
    LLMSpendLimitError,
    LLMUnavailableError,
    LLMUnusableError,
    Message,
)
from shopcart_assets.platform.llm.prices import Price, vendored
from tests.platform.llm.fake_server import FakeServer, Reply, completion, failure, serve

MODULE = "shopcart_assets.platform.llm.openai_chat"
SCHEMA = '{"additionalProperties":false,"properties":{},"type":"object"}'


@pytest.fixture
def server() -> Iterator[FakeServer]:
    pytest.importorskip("openai", reason="the optional client of /v1/chat/completions is not installed")
    with serve() as running:
        running.otherwise = completion("I want the red mug.")
        yield running


def request(**more: Any) -> LLMRequest:
    return LLMRequest("fake-1", "You write rationales.", (Message("user", "why?"),), 40, **more)


def opened(server: FakeServer, kind: str | None = "vllm", **more: Any) -> Any:
    own = GeneratorConfig("g", "openai", "fake-1", f"{server.url}/v1", server=kind)
    return importlib.import_module(MODULE).OpenAIChatLLM(
        own, "sk-1", patience=Patience(max_retries=0, max_lost=0), **more
    )


def test_an_answer_comes_back_whole_with_its_raw_text_and_its_price(server: FakeServer) -> None:
    server.otherwise.headers = {"x-request-id": "req_7"}
    prices = vendored().with_own([Price(model="fake-1", input_usd=2, output_usd=8, read_usd=0.5)])
    (answer,) = opened(server, prices=prices).generate([request()])

    assert (answer.text, answer.model, answer.stop_reason) == ("I want the red mug.", "fake-1", "end_turn")
    assert (answer.input_tokens, answer.cached_input_tokens, answer.output_tokens) == (7, 4, 7)
    assert answer.cost_usd == pytest.approx((7 * 2 + 4 * 0.5 + 7 * 8) / 1e6)
    assert (answer.request_id, answer.price) == ("req_7", prices.id)
    assert json.loads(answer.raw)["id"] == "c_1"


def test_what_is_sent_is_the_request_and_nothing_else(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    opened(server).generate([request(sample_index=2, output_schema=SCHEMA)])

    assert server.bodies == [
        {
            "model": "fake-1",
            "messages": [
                {"role": "system", "content": "You write rationales."},
                {"role": "user", "content": "why?"},
            ],
            "max_tokens": 40,
            "temperature": 0.7,
            "seed": 2,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": json.loads(SCHEMA)},
            },
        }
    ]
    assert server.headers[0]["authorization"] == "Bearer sk-1"


def test_openais_own_models_take_other_names_and_an_unknown_server_nothing(server: FakeServer) -> None:
    opened(server, "openai").generate([request(output_schema=SCHEMA)])
    opened(server, None).generate([request(output_schema=SCHEMA)])
    theirs, modest = server.bodies

    assert theirs["max_completion_tokens"] == 40
    assert "max_tokens" not in theirs
    assert modest.keys() == {"model", "messages", "max_tokens"}


@pytest.mark.parametrize(
    ("reply", "stop_reason"),
    [
        (completion("I want", finish_reason="length"), "max_tokens"),
        (completion("", finish_reason="content_filter"), "refusal"),
        (completion(None, refusal="I cannot"), "refusal"),
    ],
)
def test_why_an_answer_ended_is_said_as_everywhere(server: FakeServer, reply: Reply, stop_reason: str) -> None:
    server.script = [reply]

    assert opened(server).generate([request()])[0].stop_reason == stop_reason


@pytest.mark.parametrize(
    ("reply", "family", "words"),
    [
        (failure(401, "invalid_request_error"), LLMRefusedError, "check SHOPCART_SERVER_KEY"),
        (
            Reply(429, {"error": {"code": "insufficient_quota"}}, {"retry-after": "1"}),
            LLMSpendLimitError,
            "spending limit",
        ),
        (Reply(429, {"error": {"code": "rate_limit_exceeded"}}, {"retry-after": "1"}), LLMUnavailableError, "later"),
        (completion("hi", model="another"), LLMUnusableError, "another model than fake-1"),
        (completion("hi", finish_reason=None), LLMUnusableError, "finish_reason"),
        (Reply(body={"choices": []}), LLMUnusableError, "is it a /v1/chat/completions server"),
    ],
)
def test_a_failure_is_one_line_that_says_what_to_do(
    server: FakeServer, reply: Reply, family: type[LLMError], words: str
) -> None:
    server.script = [reply]
    with pytest.raises(family, match=words) as caught:
        opened(server).generate([request()])

    assert "\n" not in str(caught.value)


def test_openai_itself_is_not_asked_without_a_key() -> None:
    pytest.importorskip("openai", reason="the optional client of /v1/chat/completions is not installed")
    with pytest.raises(LLMRefusedError, match="set OPENAI_API_KEY"):
        importlib.import_module(MODULE).OpenAIChatLLM(GeneratorConfig("g", "openai", "gpt-4.1"), "")


def test_without_the_client_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> ModuleType:
        if name == "openai":
            raise ModuleNotFoundError("No module named 'openai'")
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(LLMRefusedError, match=r"pip install 'shopcart-assets\[openai\]'"):
        importlib.import_module(MODULE)
