"""What a request is at /v1/messages and how its answer is read, online or as a row of a batch. No client, nothing is sent.

An answer is another program's output: nothing of it gets into an error.
"""

import json
from typing import Any

from pydantic import BaseModel, Field

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.capabilities import capabilities, thinking_of
from shopcart_assets.platform.llm.port import LLMRequest, LLMResponse, Route
from shopcart_assets.platform.llm.prices import PriceList
from shopcart_assets.platform.llm.replies import Raw, is_same_model, other_model, parsed, priced, sampling
from shopcart_assets.platform.llm.turns import in_blocks


class _Usage(BaseModel):
    """Tokens. `input_tokens` are those that were neither read from the cache nor written to it; some servers say null for none."""

    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Block(BaseModel):
    type: str = Field(repr=False)
    text: str = Field(default="", repr=False)


class _Answer(BaseModel):
    """The part of a message that is used. A stop_reason of null means that the answer broke off."""

    model: str = Field(repr=False)
    content: list[_Block]
    stop_reason: str = Field(repr=False)
    usage: _Usage


def body(request: LLMRequest, generator: GeneratorConfig, *, cache: str | None = None) -> dict[str, Any]:
    """The request as JSON, the same online and in a batch. `cache`: for how long its prompt is kept ("5m", "1h"), None = not.

    What the server cannot do is left out: a schema, the cache, a temperature. Raises LLMRefusedError for an unknown server.
    """
    can, thinking = capabilities(generator), thinking_of(generator)
    output: dict[str, Any] = {"effort": thinking.effort} if thinking.effort else {}
    if can.json_schema and request.output_schema is not None:
        output["format"] = {"type": "json_schema", "schema": json.loads(request.output_schema)}
    optional: dict[str, Any] = {
        "system": request.system,
        "output_config": output,
        "thinking": {"type": thinking.mode} if thinking.mode else None,
        "cache_control": {"type": "ephemeral", "ttl": cache} if cache and can.cache_control else None,
    }
    return {
        "model": request.model,
        "messages": in_blocks(request.messages),
        "max_tokens": request.max_tokens,
        **{name: value for name, value in optional.items() if value},
        **(sampling(request) if can.sampling else {}),
    }


def read(
    raw: Raw, request: LLMRequest, generator: GeneratorConfig, prices: PriceList, route: Route = "online"
) -> LLMResponse:
    """The answer in a message. Raises LLMUnusableError where it is not whole, or from another model than was asked."""
    answer = parsed(raw, _Answer, generator, "/v1/messages")
    if not is_same_model(request.model, answer.model):
        raise other_model(generator)
    usage = answer.usage
    response = LLMResponse(
        text="".join(block.text for block in answer.content if block.type == "text"),
        model=answer.model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        stop_reason=answer.stop_reason,
        cost_usd=None,
        raw=raw.text,
        request_id=raw.request_id,
        cached_input_tokens=usage.cache_read_input_tokens or 0,
        written_input_tokens=usage.cache_creation_input_tokens or 0,
        route=route,
    )
    return priced(response, generator, prices)
