"""Adapter for Anthropic's Message Batches, and servers that copy them. Only calls: no record, no ledger.

A batch is created without any retry, since the client's own would buy it twice. Nothing of a prompt, a header or a server's own
words gets into an error.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from shopcart_assets.platform.llm.batch_lines import is_account_limit, read_line
from shopcart_assets.platform.llm.port import (
    CUSTOM_ID_LENGTH,
    Batch,
    BatchRow,
    LLMBusyError,
    LLMError,
    LLMRefusedError,
    LLMRequest,
    LLMSpendLimitError,
    LLMUnavailableError,
)
from shopcart_assets.platform.llm.prices import ANTHROPIC_HOST, PriceList, host_of, vendored

if TYPE_CHECKING:
    import anthropic
    from anthropic.types.messages import MessageBatch
    from anthropic.types.messages.batch_create_params import Request

_ANTHROPIC_LAG_SECONDS = 120.0
_OWN_LAG_SECONDS = 5.0
# An upload of 32 MB on a slow line; what takes longer counts as lost and is looked for.
_CREATE_TIMEOUT_SECONDS = 600.0
_PAGE = 100


class BatchServer:
    """See BatchLLM."""

    def __init__(
        self,
        base_url: str | None,
        api_key: str,
        *,
        prices: PriceList | None = None,
        max_retries: int = 3,
        timeout_seconds: float = 120.0,
        lag_seconds: float | None = None,
    ) -> None:
        """`base_url` None = Anthropic. Raises LLMRefusedError without a key; nothing is sent yet."""
        import anthropic

        self.host = host_of(base_url)
        if not api_key:
            raise LLMRefusedError(
                f"{self.host} needs a key for batches: set ANTHROPIC_API_KEY, or choose route: online"
            )
        parts = urlsplit(base_url or f"https://{ANTHROPIC_HOST}")
        self.address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self.prices = prices or vendored()
        is_anthropic = self.host == ANTHROPIC_HOST
        self.lag_seconds = lag_seconds or (_ANTHROPIC_LAG_SECONDS if is_anthropic else _OWN_LAG_SECONDS)
        self.client = anthropic.Anthropic(
            base_url=base_url or f"https://{ANTHROPIC_HOST}",
            api_key=api_key,
            default_headers={"x-api-key": api_key},
            max_retries=max_retries,
            timeout=timeout_seconds,
        )

    def size(self, request: LLMRequest) -> int:
        """See BatchLLM."""
        return len(json.dumps(_row(request), ensure_ascii=False).encode())

    def create(self, requests: Sequence[LLMRequest]) -> str:
        """See BatchLLM."""
        once = self.client.with_options(max_retries=0, timeout=_CREATE_TIMEOUT_SECONDS)
        with self._explaining():
            return once.messages.batches.create(requests=[cast("Request", _row(one)) for one in requests]).id

    def list(self, since: dt.datetime) -> Iterator[Batch]:
        """See BatchLLM."""
        with self._explaining():
            for batch in self.client.messages.batches.list(limit=_PAGE):
                if batch.created_at < since:
                    return
                yield _batch(batch)

    def retrieve(self, batch_id: str) -> Batch | None:
        """See BatchLLM."""
        import anthropic

        with self._explaining():
            try:
                return _batch(self.client.messages.batches.retrieve(batch_id))
            except anthropic.NotFoundError:
                return None

    def results(self, batch_id: str, model: str) -> Iterator[BatchRow]:
        """See BatchLLM."""
        with self._explaining():
            answer = self.client.messages.batches.with_streaming_response.results(batch_id)
            with answer as response:
                for line in _lines(response.iter_bytes()):
                    yield read_line(line, model, batch_id, self.host, self.prices)

    def delete(self, batch_id: str) -> None:
        """See BatchLLM."""
        import anthropic

        with self._explaining():
            try:
                self.client.messages.batches.delete(batch_id)
            except anthropic.NotFoundError:
                return

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """Turns the client's errors, which quote the server, who may quote a prompt, into ours."""
        import anthropic
        import httpx2

        try:
            yield
        except anthropic.APIStatusError as error:
            raise self._explained(error) from None
        except (anthropic.AnthropicError, httpx2.HTTPError) as error:
            raise LLMUnavailableError(
                f"{self.host} gave no whole answer ({type(error).__name__}): check base_url and the network, then run again"
            ) from None

    def _explained(self, error: "anthropic.APIStatusError") -> LLMError:
        words = (word for word in (error.type, error.request_id) if word and re.fullmatch(r"[\w-]{1,64}", word))
        said = f"{self.host} said {' '.join((str(error.status_code), *words))}"
        limit = f"{said}: the account's spending limit is reached; raise it, then run again (what was answered is kept)"
        match error.status_code:
            case 402:
                return LLMSpendLimitError(limit)
            case 400 if is_account_limit(str(error.message)):
                return LLMSpendLimitError(limit)
            case 429 if "retry-after" not in error.response.headers:
                return LLMSpendLimitError(limit)
            case 429:
                return LLMBusyError(f"{said}: run again later, what was answered is kept")
            case 401 | 403:
                return LLMRefusedError(f"{said}: check ANTHROPIC_API_KEY and what it may use")
            case 404:
                return LLMRefusedError(f"{said}: check base_url and whether this server has batches")
            case 408 | 409 | 500 | 502 | 503 | 504 | 529:
                return LLMUnavailableError(f"{said}: run again later, what was answered is kept")
            case _:
                return LLMRefusedError(f"{said}: the server does not take this batch (its size or the model's options)")


def _row(request: LLMRequest) -> dict[str, Any]:
    params: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "system": request.system,
        "messages": [asdict(message) for message in request.messages],
    }
    if request.output_schema is not None:
        params["output_config"] = {"format": {"type": "json_schema", "schema": json.loads(request.output_schema)}}
    return {"custom_id": request.key()[:CUSTOM_ID_LENGTH], "params": params}


def _batch(batch: "MessageBatch") -> Batch:
    counts = batch.request_counts
    n_requests = counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
    return Batch(batch.id, batch.created_at, n_requests, batch.processing_status == "ended")


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """Lines end with \\n and with nothing else: a text may hold characters that other readers take for the end of a line.

    >>> list(_lines(iter([b'{"a', b'": "\\xe2\\x80\\xa8"}\\n{}', b'\\n'])))
    ['{"a": "\\u2028"}', '{}']
    """
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode() for line in whole if line.strip())
    if rest.strip():
        yield rest.decode()
