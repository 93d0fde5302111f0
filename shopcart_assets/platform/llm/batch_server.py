"""Adapter for Anthropic's Message Batches, and servers that copy them. Only calls: no record, no ledger.

A batch is created without any retry, since the client's own would buy it twice. Nothing of a prompt, a header or a server's own
words gets into an error.
"""

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

import anthropic
from anthropic.types.messages import MessageBatch
from anthropic.types.messages.batch_create_params import Request

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm import wire
from shopcart_assets.platform.llm.batch_lines import read_line
from shopcart_assets.platform.llm.calls import Calls, Patience
from shopcart_assets.platform.llm.capabilities import address, capabilities, key_name
from shopcart_assets.platform.llm.failures import Failure, explained, failure_of
from shopcart_assets.platform.llm.messages import ERRORS, open_client
from shopcart_assets.platform.llm.port import (
    CUSTOM_ID_LENGTH,
    Batch,
    BatchRow,
    LLMBusyError,
    LLMRefusedError,
    LLMRequest,
)
from shopcart_assets.platform.llm.prices import ANTHROPIC_HOST, PriceList, server_host, vendored
from shopcart_assets.platform.llm.replies import host

Reply = TypeVar("Reply")

_ANTHROPIC_LAG_SECONDS = 120.0
_OWN_LAG_SECONDS = 5.0
# An upload of 32 MB on a slow line; what takes longer counts as lost and is looked for.
_TIMEOUT_SECONDS = 600.0
# Questions about batches cost nothing, so they may be asked again; a poll that fails is made up for by the next one.
_PATIENCE = Patience(max_retries=3, max_lost=0, max_wait_seconds=30.0)
_PAGE = 100


class BatchServer:
    """See BatchLLM."""

    def __init__(
        self,
        generator: GeneratorConfig,
        api_key: str,
        *,
        prices: PriceList | None = None,
        lag_seconds: float | None = None,
        log: Callable[[str], None] = print,
    ) -> None:
        """`lag_seconds` None = what suits the server. Raises LLMRefusedError where it has no batches or no key can be sent."""
        self.host = host(generator)
        if not capabilities(generator).batches:
            raise LLMRefusedError(
                f"{self.host} has no batches, as far as is known: use route: online for {generator.name}"
            )
        self.generator = generator
        self.address = address(generator).rstrip("/")
        self.prices = prices or vendored()
        is_anthropic = server_host(generator) == ANTHROPIC_HOST
        self.lag_seconds = (
            (_ANTHROPIC_LAG_SECONDS if is_anthropic else _OWN_LAG_SECONDS) if lag_seconds is None else lag_seconds
        )
        self.batches = open_client(generator, api_key, _TIMEOUT_SECONDS).messages.batches
        self.calls = Calls(self.host, key_name(generator), ERRORS, _PATIENCE, log)

    def size(self, request: LLMRequest) -> int:
        """See BatchLLM."""
        return len(json.dumps(self._row(request), ensure_ascii=False).encode())

    def _row(self, request: LLMRequest) -> dict[str, Any]:
        return {"custom_id": request.key()[:CUSTOM_ID_LENGTH], "params": wire.body(request, self.generator)}

    def create(self, requests: Sequence[LLMRequest]) -> str:
        """See BatchLLM."""
        failure: Failure
        try:
            return self.batches.create(requests=[cast("Request", self._row(one)) for one in requests]).id
        except ERRORS as error:
            failure = failure_of(error)
        # Outside of the handler, so that no error of ours has the client's, with key and prompts, behind it.
        problem = explained(failure, self.host, key_name(self.generator))
        is_busy = failure.status == 429 and not failure.is_spend_limit
        raise LLMBusyError(str(problem)) if is_busy or not failure.was_sent else problem

    def list(self, since: dt.datetime) -> Iterator[Batch]:
        """See BatchLLM."""
        page = self._asked(lambda: self.batches.list(limit=_PAGE))
        while True:
            for batch in page.data:
                if batch.created_at < since:
                    return
                yield _batch(batch)
            if not page.has_next_page():
                return
            page = self._asked(page.get_next_page)

    def retrieve(self, batch_id: str) -> Batch | None:
        """See BatchLLM."""

        def send() -> Batch | None:
            try:
                return _batch(self.batches.retrieve(batch_id))
            except anthropic.NotFoundError:
                return None

        return self._asked(send)

    def results(self, batch_id: str, model: str) -> Iterator[BatchRow]:
        """See BatchLLM."""
        failure: Failure | None = None
        try:
            with self.batches.with_streaming_response.results(batch_id) as response:
                for line in _lines(response.iter_bytes()):
                    yield read_line(line, model, batch_id, self.generator, self.prices)
        except (*ERRORS, anthropic.AnthropicError) as error:
            failure = failure_of(error)
        if failure:
            raise explained(failure, self.host, key_name(self.generator))

    def delete(self, batch_id: str) -> None:
        """See BatchLLM."""

        def send() -> None:
            try:
                self.batches.delete(batch_id)
            except anthropic.NotFoundError:
                return

        self._asked(send)

    def _asked(self, send: Callable[[], Reply]) -> Reply:
        return self.calls.reply(send, threading.Event())


def _batch(batch: MessageBatch) -> Batch:
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
