"""Adapter for servers that speak /v1/messages: Anthropic, vLLM, SGLang, llama.cpp, Ollama, DeepSeek and others.

Address and key are arguments, never taken from the environment behind the caller's back. Answers are never streamed: a stream
that breaks off looks like a whole answer. What a request is on the wire, and how its answer is read, is in `wire`.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import anthropic
import httpx2
from pydantic import BaseModel

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm import wire
from shopcart_assets.platform.llm.calls import Calls, Patience, in_chains
from shopcart_assets.platform.llm.capabilities import address, capabilities, key_name, server_of
from shopcart_assets.platform.llm.failures import request_id, silence
from shopcart_assets.platform.llm.port import Keep, LLMRefusedError, LLMRequest, LLMResponse, forget
from shopcart_assets.platform.llm.prices import PriceList, vendored
from shopcart_assets.platform.llm.replies import Raw, host, parsed

# A server of one's own often wants no key, but the client refuses to send a request without any.
_NO_KEY = "none"
_CACHE_TIME = "5m"
_NOT_COUNTED = ("max_tokens", "temperature", "seed")
ERRORS = (anthropic.APIError, httpx2.HTTPError)


class _Count(BaseModel):
    input_tokens: int


def open_client(generator: GeneratorConfig, api_key: str, timeout_seconds: float) -> anthropic.Anthropic:
    """A client that asks once, follows no redirection and logs no request. Raises LLMRefusedError where no key can be sent."""
    key = api_key.strip()
    if not key and server_of(generator) == "anthropic":
        raise LLMRefusedError(f"{host(generator)} needs a key: set {key_name(generator)}, or choose a local generator")
    if not (key.isascii() and key.isprintable()):
        raise LLMRefusedError(f"{key_name(generator)} holds characters that are in no key: set it anew")
    silence("anthropic")
    return anthropic.Anthropic(
        base_url=address(generator),
        api_key=key or _NO_KEY,
        # The client sends the key as a bearer token; older servers read x-api-key only.
        default_headers={"x-api-key": key or _NO_KEY},
        max_retries=0,
        timeout=timeout_seconds,
        http_client=anthropic.DefaultHttpxClient(follow_redirects=False),
    )


class MessagesLLM:
    """One server. Each request is one POST; `patience` says how many are under way at once and what is tried again."""

    def __init__(
        self,
        generator: GeneratorConfig,
        api_key: str,
        *,
        prices: PriceList | None = None,
        cache: bool = False,
        patience: Patience | None = None,
        log: Callable[[str], None] = print,
    ) -> None:
        """`cache`: prompts are kept for their continuations, which are asked one after the other. Raises LLMRefusedError."""
        patience = patience or Patience()
        self.generator = generator
        self.can = capabilities(generator)
        self.prices = prices or vendored()
        self.cache = cache and self.can.cache_control
        self.client = open_client(generator, api_key, patience.timeout_seconds)
        self.calls = Calls(host(generator), key_name(generator), ERRORS, patience, log)

    def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
        """See LLM. The first failure stops what has not been sent yet; answers under way are still awaited and kept."""
        chains = in_chains(requests) if self.cache else [[request] for request in requests]
        return self.calls.answers(chains, self._ask, self._read, keep)

    def count_tokens(self, request: LLMRequest) -> int | None:
        """The tokens of the request's prompt by the server's own count, which costs nothing, or None where it does not count.

        Raises LLMError.
        """
        if not self.can.count_tokens:
            return None
        asked = {name: value for name, value in self._body(request).items() if name not in _NOT_COUNTED}

        def send() -> Raw:
            return Raw(
                self.client.messages.with_raw_response.count_tokens(
                    model=request.model, messages=[], extra_body=asked
                ).text()
            )

        raw = self.calls.reply(send, threading.Event())
        return parsed(raw, _Count, self.generator, "/v1/messages/count_tokens").input_tokens

    def _body(self, request: LLMRequest) -> dict[str, Any]:
        return wire.body(request, self.generator, cache=_CACHE_TIME if self.cache else None)

    def _ask(self, request: LLMRequest) -> Raw:
        # The body goes as it is: what the client knows of it (which server takes which parameter) is Anthropic's alone.
        reply = self.client.messages.with_raw_response.create(
            model=request.model, max_tokens=request.max_tokens, messages=[], extra_body=self._body(request)
        )
        return Raw(reply.text(), request_id(reply.headers))

    def _read(self, request: LLMRequest, reply: Raw) -> LLMResponse:
        return wire.read(reply, request, self.generator, self.prices)
