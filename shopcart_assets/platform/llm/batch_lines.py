"""One line of a batch's results, as Anthropic's API writes it, read into a row of the port. No client, no file.

The line is kept word for word as the answer's `raw`. Nothing that the server says in its own words leaves this module.
"""

import re
from typing import Literal

from pydantic import BaseModel, ValidationError

from shopcart_assets.platform.llm.port import BatchRow, LLMResponse, LLMUnusableError
from shopcart_assets.platform.llm.prices import PriceList, cost_usd

# Kinds of errors that are the request's own fault. All others are the server's or the account's.
_OWN_FAULTS = frozenset({"invalid_request_error", "request_too_large", "not_found_error"})
# The API tells of an account's limit as of an invalid request.
_ACCOUNT = re.compile(r"usage limit|spend(ing)? limit|credit balance|billing", re.IGNORECASE)


class _Usage(BaseModel):
    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Block(BaseModel):
    type: str
    text: str = ""


class _Message(BaseModel):
    model: str
    content: list[_Block]
    stop_reason: str | None
    usage: _Usage


class _Error(BaseModel):
    type: str
    message: str = ""


class _Failure(BaseModel):
    error: _Error


class _Result(BaseModel):
    type: Literal["succeeded", "errored", "canceled", "expired"]
    message: _Message | None = None
    error: _Failure | None = None


class _Line(BaseModel):
    custom_id: str
    result: _Result


def read_line(line: str, model: str, batch_id: str, host: str, prices: PriceList) -> BatchRow:
    """What the line says of a question to `model` in this batch. Raises LLMUnusableError where it is no line of results."""
    try:
        one = _Line.model_validate_json(line)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) or "line"
        raise LLMUnusableError(
            f"{host} sent a line of batch {batch_id} that cannot be read (at {place}): run again, nothing is lost"
        ) from None
    match one.result:
        case _Result(type="succeeded", message=_Message() as message):
            return _answered(one.custom_id, message, line, model, batch_id, host, prices)
        case _Result(type="errored", error=_Failure(error=said)):
            is_own = said.type in _OWN_FAULTS and not is_account_limit(said.message)
            return BatchRow(one.custom_id, reason=_word(said.type), is_again=not is_own)
        case result:
            return BatchRow(one.custom_id, reason=result.type, is_again=True)


def _answered(
    custom_id: str, message: _Message, line: str, model: str, batch_id: str, host: str, prices: PriceList
) -> BatchRow:
    usage = message.usage
    cached, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    cost = cost_usd(
        model,
        usage.input_tokens,
        usage.output_tokens,
        cached_input_tokens=cached,
        written_input_tokens=written,
        route="batch",
        host=host,
        prices=prices,
    )
    if re.fullmatch(re.escape(model) + r"(-\d{8})?", message.model) is None:
        return BatchRow(custom_id, reason="another_model", cost_usd=cost)
    if message.stop_reason is None:
        return BatchRow(custom_id, reason="broken_off", cost_usd=cost)
    response = LLMResponse(
        text="".join(block.text for block in message.content if block.type == "text"),
        model=message.model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        stop_reason=message.stop_reason,
        cost_usd=cost,
        raw=line,
        request_id=batch_id,
        cached_input_tokens=cached,
        written_input_tokens=written,
        route="batch",
        price=prices.id,
    )
    return BatchRow(custom_id, response, cost_usd=cost)


def is_account_limit(message: str) -> bool:
    """Whether the server's words tell of the account's spending limit: the API says so in an invalid_request_error.

    >>> is_account_limit("You have reached your specified API usage limits."), is_account_limit("prompt is too long")
    (True, False)
    """
    return _ACCOUNT.search(message) is not None


def _word(kind: str) -> str:
    """The server's word for an error, where it is one.

    >>> _word("overloaded_error"), _word("sorry, <b>no</b>")
    ('overloaded_error', 'errored')
    """
    return kind if re.fullmatch(r"[a-z_]{1,40}", kind) else "errored"
