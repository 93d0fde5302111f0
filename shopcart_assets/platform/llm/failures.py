"""Calls to a model server that got no answer: what is known of one, and what to say of it. No retry, no client.

The clients of both protocols raise errors of one make. They hold the request with its key and the prompt, and quote the server,
who may quote either: only a status and words that look like the server's own vocabulary leave this module.
"""

import email.utils
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from shopcart_assets.platform.llm.port import (
    LLMError,
    LLMRefusedError,
    LLMRequestError,
    LLMSpendLimitError,
    LLMUnavailableError,
)

# The request had not left when these were raised, so nobody can have been paid for it.
_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)

LATER = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
BUSY = frozenset({429, 503, 529})

_SPENT_CODE = re.compile(r"spend_limit|billing|insufficient_quota|credit")
# Before there were codes, the account's own limits were a 400 that only its words tell from any other.
# Servers have no code of their own for it but llama.cpp and OpenAI.
_LONG_CODE = re.compile(r"exceed_context_size|context_length_exceeded|prompt_too_long")
_LONG_WORDS = re.compile(r"prompt is too long|maximum context length|exceeds? the (available )?context", re.I)
TOO_LONG = "prompt_too_long"
_SPENT_WORDS = re.compile(r"your credit balance is too low|you have reached your specified .{0,20}usage limit", re.I)


@dataclass(frozen=True)
class Failure:
    """What is known of a call without an answer.

    `status` None = no reply, and `was_sent` says whether the server may have worked for it all the same. `retry_after` is the
    time in seconds that the server named.
    """

    status: int | None
    kind: str
    request_id: str | None = None
    retry_after: float | None = None
    was_sent: bool = True
    is_spend_limit: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether the server may have answered and been paid, and the answer did not arrive."""
        return self.status is None and self.was_sent

    @property
    def may_pass(self) -> bool:
        """Whether the same request may be answered another time."""
        return not self.is_spend_limit and (self.status is None or self.status in LATER)


def failure_of(error: Exception) -> Failure:
    """The facts of an error that a client raised."""
    response = getattr(error, "response", None)
    if not isinstance(response, httpx2.Response):
        cause = error.__cause__ or error
        return Failure(None, type(error).__name__, was_sent=not isinstance(cause, _NOT_SENT))
    said = _said(getattr(error, "body", None))
    details = said.get("details")
    codes = [said.get("type"), said.get("code"), details.get("error_code") if isinstance(details, dict) else None]
    status, retry_after = response.status_code, _retry_after(response.headers)
    kind = next((code for code in codes if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code)), "")
    is_spent = any(isinstance(code, str) and _SPENT_CODE.search(code) for code in codes) or bool(
        _SPENT_WORDS.match(str(said.get("message")))
    )
    return Failure(
        status,
        TOO_LONG if status in (400, 413) and is_too_long(kind, str(said.get("message"))) else kind,
        request_id(response.headers),
        retry_after,
        is_spend_limit=status == 402
        or (status == 429 and retry_after is None)
        or (status in (400, 403, 429) and is_spent),
    )


def is_too_long(kind: str, message: str) -> bool:
    """Whether a server refuses a request because the model cannot take so long a prompt.

    >>> is_too_long("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")
    True
    """
    return bool(_LONG_CODE.search(kind) or _LONG_WORDS.search(message))


def explained(failure: Failure, host: str, key_name: str, request_key: str | None = None) -> LLMError:
    """The failure as an error in our own words: one line that says what to do. `key_name`: where the server's key is set.

    `request_key`: the one request that the call was for.
    """
    if failure.status is None:
        paid = "; it may have been paid for" if failure.was_sent else ""
        return LLMUnavailableError(
            f"{host} gave no answer ({failure.kind}){paid}: check base_url and the network, then run again"
        )
    said = " ".join(str(word) for word in (host, "said", failure.status, failure.kind, failure.request_id) if word)
    if failure.is_spend_limit:
        what = "without a time to come back: " if failure.status == 429 and failure.retry_after is None else ": "
        return LLMSpendLimitError(
            f"{said}{what if what == ': ' else f', {what}'}the account's spending limit is reached; raise it there, then run again: what was answered is kept"
        )
    match failure.status:
        case 401 | 403:
            return LLMRefusedError(f"{said}: check {key_name} and what it may use")
        case 404:
            return LLMRefusedError(f"{said}: check base_url and the generator's model")
        case status if status in LATER:
            return LLMUnavailableError(f"{said}, again and again: run again later, what was answered is kept")
        case status if 300 <= status < 400:
            return LLMRefusedError(f"{said}: base_url points to another place, write that one")
        case _:
            line = f"{said}: the server does not take this request (its length or the model's options)"
            refused = failure.kind or str(failure.status)
            return LLMRequestError(line, request_key, refused) if request_key else LLMRefusedError(line)


def request_id(headers: Mapping[str, str]) -> str | None:
    """The server's name of a call, where it looks like one."""
    name = headers.get("request-id") or headers.get("x-request-id") or ""
    return name if re.fullmatch(r"[\w-]{1,64}", name) else None


def silence(*clients: str) -> None:
    """Keeps what these clients log of requests, answers and headers out of every log, whatever level somebody sets."""
    for name in (*(f"{client}._base_client" for client in clients), *_TRANSPORTS):
        logging.getLogger(name).addFilter(_not_debug)


_TRANSPORTS = tuple(f"httpcore2.{part}" for part in ("connection", "http11", "http2", "proxy", "socks"))


def _not_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


def _said(body: object) -> Mapping[str, object]:
    """The error object of either protocol."""
    inner = body.get("error", body) if isinstance(body, dict) else None
    return inner if isinstance(inner, dict) else {}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, which the header gives as a number or as a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
            return float(value) * unit
    date = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None
