"""Adapter for servers that speak /v1/messages: Anthropic, vLLM, SGLang, llama.cpp, Ollama, DeepSeek and others.

Address and key are arguments, never taken from the environment behind the caller's back. Nothing of a prompt, a header or
a server's own words gets into an error.
"""

import re
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import asdict
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from shopcart_assets.platform.llm.port import (
    Keep,
    LLMRefusedError,
    LLMRequest,
    LLMResponse,
    LLMUnavailableError,
    LLMUnusableError,
    forget,
)
from shopcart_assets.platform.llm.prices import cost_usd

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import MessageParam

ANTHROPIC_URL = "https://api.anthropic.com"
_ANTHROPIC_HOST = urlsplit(ANTHROPIC_URL).hostname
# A server of one's own often wants no key, but the client refuses to send a request without any.
_NO_KEY = "none"
_RESAMPLING_TEMPERATURE = 0.7


class _Usage(BaseModel):
    input_tokens: int
    output_tokens: int


class _Block(BaseModel):
    type: str
    text: str = ""


class _Answer(BaseModel):
    """The part of a message that is used. A stop_reason of null means that the answer broke off."""

    model: str
    content: list[_Block]
    stop_reason: str
    usage: _Usage


class MessagesLLM:
    """One server. Each request is one POST; `max_concurrency` of them are under way at once."""

    def __init__(
        self,
        base_url: str | None,
        api_key: str,
        *,
        max_concurrency: int = 4,
        max_retries: int = 3,
        timeout_seconds: float = 120.0,
    ) -> None:
        """`base_url` None = Anthropic. Raises LLMRefusedError where Anthropic's own server would be asked without a key."""
        import anthropic

        self.base_url = base_url or ANTHROPIC_URL
        self.host = urlsplit(self.base_url).netloc.rpartition("@")[2]
        self.is_anthropic = urlsplit(self.base_url).hostname == _ANTHROPIC_HOST
        self.max_concurrency = max_concurrency
        if self.is_anthropic and not api_key:
            raise LLMRefusedError(f"{self.host} needs a key: set ANTHROPIC_API_KEY, or choose a local generator")
        key = api_key or _NO_KEY
        # The client sends the key as a bearer token; older servers read x-api-key only.
        self.client = anthropic.Anthropic(
            base_url=self.base_url,
            api_key=key,
            default_headers={"x-api-key": key},
            max_retries=max_retries,
            timeout=timeout_seconds,
        )

    def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
        """See LLM. The first failure stops what has not been sent yet; answers under way are still awaited and kept."""

        def answer(request: LLMRequest) -> LLMResponse:
            response = self._ask(request)
            keep(request, response)
            return response

        with ThreadPoolExecutor(self.max_concurrency, thread_name_prefix="llm") as pool:
            futures = [pool.submit(answer, request) for request in requests]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
            failed = [future for future in futures if not future.cancelled() and future.exception()]
            return [future.result() for future in failed or futures]

    def _ask(self, request: LLMRequest) -> LLMResponse:
        import anthropic
        import httpx2

        try:
            raw = self.client.messages.with_raw_response.create(
                model=request.model,
                system=request.system,
                messages=cast("list[MessageParam]", [asdict(message) for message in request.messages]),
                max_tokens=request.max_tokens,
                extra_body=self._sampling(request),
            ).text()
        except (anthropic.APIError, httpx2.HTTPError) as error:
            # `from None`: the client's own errors quote the server, who may quote the prompt.
            raise self._explained(error) from None
        return self._parsed(request, raw)

    def _sampling(self, request: LLMRequest) -> dict[str, float] | None:
        """Claude takes no temperature; elsewhere the first sample is greedy, and each further one is drawn with its own seed."""
        if self.is_anthropic:
            return None
        return {"temperature": _RESAMPLING_TEMPERATURE if request.sample_index else 0.0, "seed": request.sample_index}

    def _parsed(self, request: LLMRequest, raw: str) -> LLMResponse:
        try:
            answer = _Answer.model_validate_json(raw)
        except ValidationError as error:
            place = ".".join(map(str, error.errors()[0]["loc"])) or "body"
            raise LLMUnusableError(
                f"{self.host} did not answer with a whole message (at {place}): is it a /v1/messages server?"
            ) from None
        if not _is_same_model(request.model, answer.model):
            raise LLMUnusableError(
                f"{self.host} answered with another model than {request.model}: name in the generator the one that it serves"
            )
        usage = answer.usage
        return LLMResponse(
            text="".join(block.text for block in answer.content if block.type == "text"),
            model=answer.model,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            stop_reason=answer.stop_reason,
            cost_usd=cost_usd(request.model, usage.input_tokens, usage.output_tokens) if self.is_anthropic else None,
            raw=raw,
        )

    def _explained(self, error: "anthropic.APIError | Exception") -> LLMRefusedError | LLMUnavailableError:
        """The error in our own words: status, kind and request id, which are the server's, only where they look like it."""
        import anthropic

        if not isinstance(error, anthropic.APIStatusError):
            return LLMUnavailableError(
                f"{self.host} gave no answer ({type(error).__name__}): check base_url and the network, then run again"
            )
        facts = [
            str(error.status_code),
            *(word for word in (error.type, error.request_id) if word and re.fullmatch(r"[\w-]{1,64}", word)),
        ]
        said = f"{self.host} said {' '.join(facts)}"
        match error.status_code:
            case 401 | 403:
                return LLMRefusedError(f"{said}: check ANTHROPIC_API_KEY and what it may use")
            case 404:
                return LLMRefusedError(f"{said}: check base_url and the generator's model")
            case 408 | 409 | 429 | 500 | 502 | 503 | 504 | 529:
                return LLMUnavailableError(
                    f"{said}, in spite of {self.client.max_retries} retries: run again later, what was answered is kept"
                )
            case _:
                return LLMRefusedError(
                    f"{said}: the server does not take this request (its length, the model's options or the account's limit)"
                )


def _is_same_model(asked: str, answered: str) -> bool:
    """Whether the answer is from the model that was asked; a dated snapshot of it counts.

    >>> _is_same_model("claude-haiku-5-5", "claude-haiku-5-5-20261001"), _is_same_model("claude-opus-5", "deepseek-flash")
    (True, False)
    """
    return re.fullmatch(re.escape(asked) + r"(-\d{8})?", answered) is not None
