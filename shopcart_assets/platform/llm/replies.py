"""What is checked of every server's answer, whatever its protocol: that it is whole, whose it is, what it cost.

Nothing of an answer gets into an error or a repr: it is another program's output, and reporters of crashes print variables.
"""

import re
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.capabilities import address
from shopcart_assets.platform.llm.port import LLMRequest, LLMResponse, LLMUnusableError
from shopcart_assets.platform.llm.prices import PriceList

Shape = TypeVar("Shape", bound=BaseModel)

_RESAMPLING_TEMPERATURE = 0.7


@dataclass(frozen=True)
class Raw:
    """A reply word for word, and the server's name of the call."""

    text: str = field(repr=False)
    request_id: str | None = None


def host(generator: GeneratorConfig) -> str:
    """The server's name and port, as errors name it. Raises LLMRefusedError."""
    return urlsplit(address(generator)).netloc


def sampling(request: LLMRequest) -> dict[str, float]:
    """The first sample of an answer is greedy unless a temperature is asked for; each further one is drawn with its own seed."""
    usual = _RESAMPLING_TEMPERATURE if request.sample_index else 0.0
    return {
        "temperature": usual if request.temperature is None else request.temperature,
        "seed": request.sample_index,
    }


def parsed(raw: Raw, shape: type[Shape], generator: GeneratorConfig, path: str) -> Shape:
    """The used part of a reply. Raises LLMUnusableError where it is not there; `path`: where such a reply would come from."""
    try:
        return shape.model_validate_json(raw.text)
    except ValidationError as error:
        # Shapes have no free keys, so a place is made of our own names and of numbers.
        place = ".".join(map(str, error.errors()[0]["loc"])) or "body"
    raise LLMUnusableError(
        f"{host(generator)} did not answer with a whole message (at {place}): is it a {path} server?"
    )


def other_model(generator: GeneratorConfig) -> LLMUnusableError:
    """The error where another model answered than was asked."""
    return LLMUnusableError(
        f"{host(generator)} answered with another model than {generator.model}: name in the generator the one that it serves"
    )


def priced(response: LLMResponse, generator: GeneratorConfig, prices: PriceList) -> LLMResponse:
    """The response with what it cost by the list, where that knows the model at this server."""
    price = prices.price(generator.model, urlsplit(address(generator)).hostname or "")
    if price is None:
        return response
    usd = price.usd(
        response.route,
        plain=float(response.input_tokens),
        written=float(response.written_input_tokens),
        cached=float(response.cached_input_tokens),
        output=float(response.output_tokens),
    )
    return replace(response, cost_usd=usd, price=prices.id)


def is_same_model(asked: str, answered: str) -> bool:
    """Whether the answer is from the model that was asked; a dated snapshot of it counts.

    >>> is_same_model("claude-haiku-5-5", "claude-haiku-5-5-20261001"), is_same_model("gpt-4.1", "gpt-4.1-2025-04-14")
    (True, True)
    >>> is_same_model("claude-opus-5", "claude-opus-5-5"), is_same_model("claude-opus-5", "deepseek-flash")
    (False, False)
    """
    return re.fullmatch(re.escape(asked) + r"(-\d{8}|-\d{4}-\d{2}-\d{2})?", answered) is not None
