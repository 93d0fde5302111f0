"""Adapter for models that speak only /v1/chat/completions, with the optional client: `pip install shopcart-assets[openai]`.

As the adapter for /v1/messages: address and key are arguments, nothing is streamed, the client retries nothing.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
from pydantic import BaseModel, Field

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.calls import Calls, Patience
from shopcart_assets.platform.llm.capabilities import address, capabilities, key_name, server_of, thinking_of
from shopcart_assets.platform.llm.failures import request_id, silence
from shopcart_assets.platform.llm.port import Keep, LLMRefusedError, LLMRequest, LLMResponse, forget
from shopcart_assets.platform.llm.prices import PriceList, vendored
from shopcart_assets.platform.llm.replies import Raw, host, is_same_model, other_model, parsed, priced, sampling
from shopcart_assets.platform.llm.turns import as_text

try:
    import openai
except ModuleNotFoundError as missing:
    raise LLMRefusedError(
        "a generator of kind openai needs a client that is not installed: pip install 'shopcart-assets[openai]'"
    ) from missing

_NO_KEY = "none"

# The names that answers have at /v1/messages, which are everybody's here.
_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}


class _Details(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    """Tokens. `prompt_tokens` counts those read from the cache, too."""

    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: _Details | None = None


class _Message(BaseModel):
    content: str | None = Field(default=None, repr=False)
    refusal: str | None = Field(default=None, repr=False)


class _Choice(BaseModel):
    message: _Message
    finish_reason: str = Field(repr=False)


class _Completion(BaseModel):
    """The part of a completion that is used. A finish_reason of null means that the answer broke off."""

    model: str = Field(repr=False)
    choices: list[_Choice] = Field(min_length=1, max_length=1)
    usage: _Usage


class OpenAIChatLLM:
    """One server. Each request is one POST; `patience` says how many are under way at once and what is tried again."""

    def __init__(
        self,
        generator: GeneratorConfig,
        api_key: str,
        *,
        prices: PriceList | None = None,
        patience: Patience | None = None,
        log: Callable[[str], None] = print,
    ) -> None:
        """Raises LLMRefusedError where no key can be sent, or the server is none that is known."""
        patience = patience or Patience()
        key = api_key.strip()
        if not key and server_of(generator) == "openai":
            raise LLMRefusedError(
                f"{host(generator)} needs a key: set {key_name(generator)}, or choose a local generator"
            )
        if not (key.isascii() and key.isprintable()):
            raise LLMRefusedError(f"{key_name(generator)} holds characters that are in no key: set it anew")
        silence("openai")
        self.generator = generator
        self.prices = prices or vendored()
        self.client = openai.OpenAI(
            base_url=address(generator),
            api_key=key or _NO_KEY,
            max_retries=0,
            timeout=patience.timeout_seconds,
            http_client=openai.DefaultHttpxClient(follow_redirects=False),
        )
        errors = (openai.APIError, httpx2.HTTPError)
        self.calls = Calls(host(generator), key_name(generator), errors, patience, log)

    def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
        """See LLM. The first failure stops what has not been sent yet; answers under way are still awaited and kept."""
        return self.calls.answers([[request] for request in requests], self._ask, self._read, keep)

    def _body(self, request: LLMRequest) -> dict[str, Any]:
        can, thinking = capabilities(self.generator), thinking_of(self.generator)
        system = [{"role": "system", "content": request.system}] if request.system else []
        # OpenAI's newer models refuse the old name of the limit, and servers by others know only that.
        limit = "max_completion_tokens" if server_of(self.generator) == "openai" else "max_tokens"
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [*system, *as_text(request.messages)],
            limit: request.max_tokens,
        }
        if thinking.effort:
            body["reasoning_effort"] = thinking.effort
        elif can.sampling:
            body |= sampling(request)
        if can.json_schema and request.output_schema is not None:
            schema = {"name": "answer", "strict": True, "schema": json.loads(request.output_schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body

    def _ask(self, request: LLMRequest) -> Raw:
        reply = self.client.chat.completions.with_raw_response.create(
            model=request.model, messages=[], extra_body=self._body(request)
        )
        return Raw(reply.text, request_id(reply.headers))

    def _read(self, request: LLMRequest, reply: Raw) -> LLMResponse:
        answer = parsed(reply, _Completion, self.generator, "/v1/chat/completions")
        if not is_same_model(request.model, answer.model):
            raise other_model(self.generator)
        choice, usage = answer.choices[0], answer.usage
        n_cached = (usage.prompt_tokens_details and usage.prompt_tokens_details.cached_tokens) or 0
        response = LLMResponse(
            text=choice.message.content or "",
            model=answer.model,
            input_tokens=usage.prompt_tokens - n_cached,
            output_tokens=usage.completion_tokens,
            stop_reason="refusal"
            if choice.message.refusal
            else _STOP_REASONS.get(choice.finish_reason, choice.finish_reason),
            cost_usd=None,
            raw=reply.text,
            request_id=reply.request_id,
            cached_input_tokens=n_cached,
        )
        return priced(response, self.generator, self.prices)
