import json
from typing import Any

import pytest

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.port import LLMRequest, LLMUnusableError, Message
from shopcart_assets.platform.llm.prices import vendored
from shopcart_assets.platform.llm.replies import Raw
from shopcart_assets.platform.llm.wire import body, read

SCHEMA = '{"additionalProperties":false,"properties":{"rationales":{"type":"array"}},"type":"object"}'


def request(model: str, **more: Any) -> LLMRequest:
    return LLMRequest(model, "You write rationales.", (Message("user", "why?"),), 40, output_schema=SCHEMA, **more)


def generator(model: str, url: str | None = None, server: str | None = None) -> GeneratorConfig:
    return GeneratorConfig("g", "messages", model, url, server=server)


def test_what_anthropic_is_sent_is_all_that_it_honours_and_no_temperature() -> None:
    assert body(request("claude-sonnet-5-5"), generator("claude-sonnet-5-5"), cache="5m") == {
        "model": "claude-sonnet-5-5",
        "system": "You write rationales.",
        "messages": [{"role": "user", "content": "why?"}],
        "max_tokens": 40,
        "thinking": {"type": "between_tools"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": json.loads(SCHEMA)}},
        "cache_control": {"type": "ephemeral", "ttl": "5m"},
    }


@pytest.mark.parametrize(
    ("server", "has_schema", "has_temperature"),
    [
        ("vllm", True, True),
        ("llama_cpp", False, True),
        ("ollama", False, True),
        ("litellm", False, False),
        (None, False, False),
    ],
)
def test_other_servers_are_sent_what_they_honour(server: str | None, has_schema: bool, has_temperature: bool) -> None:
    sent = body(request("m", sample_index=3), generator("m", "http://gpu:8000", server), cache="1h")

    assert ("output_config" in sent, "temperature" in sent) == (has_schema, has_temperature)
    assert sent.get("seed") == (3 if has_temperature else None)
    assert "cache_control" not in sent
    assert "thinking" not in sent


def test_a_temperature_travels_as_it_was_asked_for_and_a_round_does_not_travel() -> None:
    own = generator("m", "http://gpu:8000", "vllm")
    warm = [body(request("m", sample_index=index, temperature=0.3), own) for index in (0, 1)]
    assert [(sent["temperature"], sent["seed"]) for sent in warm] == [(0.3, 0), (0.3, 1)]
    assert body(request("m", round="2026-W48"), own) == body(request("m"), own)


def test_an_empty_system_prompt_is_not_sent() -> None:
    assert "system" not in body(LLMRequest("m", "", (Message("user", "why?"),), 9), generator("m", "http://gpu:8000"))


def test_tokens_of_the_cache_are_counted_and_paid_by_their_own_prices() -> None:
    usage = {
        "input_tokens": 1_000,
        "output_tokens": 100,
        "cache_read_input_tokens": 10_000,
        "cache_creation_input_tokens": 2_000,
    }
    said = {
        "model": "claude-sonnet-5-5",
        "content": [{"type": "text", "text": "I"}],
        "stop_reason": "end_turn",
        "usage": usage,
    }
    one, own = request("claude-sonnet-5-5"), generator("claude-sonnet-5-5")
    online = read(Raw(json.dumps(said), "req_1"), one, own, vendored())
    batch = read(Raw(json.dumps(said), "batch_1"), one, own, vendored(), "batch")

    assert (online.input_tokens, online.cached_input_tokens, online.written_input_tokens) == (1_000, 10_000, 2_000)
    # $2, $0.10 and $2.50 a million read anew, from the cache and into it for 5 minutes; $10 a million written.
    assert online.cost_usd == pytest.approx((1_000 * 2 + 10_000 * 0.1 + 2_000 * 2.5 + 100 * 10) / 1e6)
    # Half of each; into the cache for an hour is $4.
    assert batch.cost_usd == pytest.approx((1_000 * 2 + 10_000 * 0.1 + 2_000 * 4 + 100 * 10) / 2e6)
    assert (online.price, online.route, online.request_id) == (vendored().id, "online", "req_1")
    assert (batch.price, batch.route, batch.request_id) == (vendored().id, "batch", "batch_1")
    assert online.raw == json.dumps(said)


def test_the_text_is_all_text_and_no_thought() -> None:
    content = [
        {"type": "thinking", "thinking": "hm", "signature": "x"},
        {"type": "text", "text": "I want "},
        {"type": "text", "text": "it."},
    ]
    said = {
        "model": "m",
        "content": content,
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1, "cache_read_input_tokens": None},
    }

    assert read(Raw(json.dumps(said)), request("m"), generator("m", "http://gpu:8000"), vendored()).text == "I want it."


@pytest.mark.parametrize(
    "change",
    [
        {"stop_reason": None},
        {"content": None},
        {"usage": {}},
        {"usage": {"input_tokens": "many", "output_tokens": 1}},
        {"model": "m-2"},
    ],
)
def test_what_is_no_whole_answer_of_the_model_is_of_no_use(change: dict[str, Any]) -> None:
    said = {
        "model": "m",
        "content": [],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    } | change
    with pytest.raises(LLMUnusableError):
        read(Raw(json.dumps(said)), request("m"), generator("m", "http://gpu:8000"), vendored())
