"""One line of a batch's results, as Anthropic's API writes it, read into a row of the port. No client, no file.

The line is kept word for word as the answer's `raw`. Nothing that the server says in its own words leaves this module.
"""

import json
import re
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm import wire
from shopcart_assets.platform.llm.failures import TOO_LONG, is_too_long
from shopcart_assets.platform.llm.port import BatchRow, LLMRequest, LLMUnusableError
from shopcart_assets.platform.llm.prices import PriceList
from shopcart_assets.platform.llm.replies import Raw, host, is_same_model

# Kinds of errors that are the request's own fault. All others are the server's or the account's.
_OWN_FAULTS = frozenset({"invalid_request_error", "request_too_large", "not_found_error"})
# The API tells of an account's limit as of an invalid request.
_ACCOUNT = re.compile(r"usage limit|spend(ing)? limit|credit balance|billing", re.IGNORECASE)


class _Error(BaseModel):
    type: str
    message: str = ""


class _Failure(BaseModel):
    error: _Error


class _Result(BaseModel):
    type: Literal["succeeded", "errored", "canceled", "expired"]
    message: dict[str, Any] | None = None
    error: _Failure | None = None


class _Line(BaseModel):
    custom_id: str
    result: _Result


def read_line(line: str, model: str, batch_id: str, generator: GeneratorConfig, prices: PriceList) -> BatchRow:
    """What the line says of a question to `model` in this batch. Raises LLMUnusableError where it is no line of results."""
    place = None
    try:
        one = _Line.model_validate_json(line)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) or "line"
    if place is not None:
        raise LLMUnusableError(
            f"{host(generator)} sent a line of batch {batch_id} that cannot be read (at {place}): run again, nothing is lost"
        )
    match one.result:
        case _Result(type="succeeded", message=dict() as message):
            return _answered(one.custom_id, message, line, model, batch_id, generator, prices)
        case _Result(type="errored", error=_Failure(error=said)):
            is_own = said.type in _OWN_FAULTS and not _ACCOUNT.search(said.message)
            reason = TOO_LONG if is_own and is_too_long(said.type, said.message) else _word(said.type)
            return BatchRow(one.custom_id, reason=reason, is_again=not is_own)
        case result:
            return BatchRow(one.custom_id, reason=result.type, is_again=True)


def _answered(
    custom_id: str,
    message: dict[str, Any],
    line: str,
    model: str,
    batch_id: str,
    generator: GeneratorConfig,
    prices: PriceList,
) -> BatchRow:
    """An answer; one that is of no use, but was paid for, keeps its price."""
    answered, stop = message.get("model"), message.get("stop_reason")
    is_whole, is_own = isinstance(stop, str), isinstance(answered, str) and is_same_model(model, answered)
    told = json.dumps({**message, "model": answered if is_own else model, "stop_reason": stop if is_whole else ""})
    request = LLMRequest(model, "", (), 0)
    try:
        response = wire.read(Raw(told, batch_id), request, generator, prices, "batch")
    except LLMUnusableError:
        return BatchRow(custom_id, reason="unreadable")
    if not (is_own and is_whole):
        reason = "broken_off" if is_own else "another_model"
        return BatchRow(custom_id, reason=reason, cost_usd=response.cost_usd)
    return BatchRow(custom_id, replace(response, raw=line), cost_usd=response.cost_usd)


def _word(kind: str) -> str:
    """The server's word for an error, where it is one.

    >>> _word("overloaded_error"), _word("sorry, <b>no</b>")
    ('overloaded_error', 'errored')
    """
    return kind if re.fullmatch(r"[a-z_]{1,40}", kind) else "errored"
