"""What tokens cost at Anthropic's API, in US dollars a million tokens (list prices, November 2026; no batch, no cache).

Only prices. A model that is not here, or another server, has an unknown price: None, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Price:
    """US dollars a million tokens read and written."""

    input_usd: float
    output_usd: float


PRICES: Mapping[str, Price] = {
    "claude-haiku-5-5": Price(0.10, 0.50),
    "claude-haiku-4-5": Price(1, 5),
    "claude-sonnet-5-5": Price(2, 10),
    "claude-sonnet-4-6": Price(3, 15),
    "claude-opus-5-5": Price(4, 20),
    "claude-opus-5": Price(5, 25),
    "claude-fable-5-1": Price(10, 50),
}

# Prompts beyond this many tokens cost five times as much with Haiku 5.5.
LONG_PROMPT_TOKENS = 100_000
LONG_PROMPT_FACTOR = {"claude-haiku-5-5": 5.0}


def cost_usd(model: str, input_tokens: int, output_tokens: int) -> float | None:
    """The price of one answer, or None where the model's price is not known.

    >>> cost_usd("claude-sonnet-5-5", 1_000, 100)
    0.003
    >>> cost_usd("someone-elses-model", 1_000, 100) is None
    True
    """
    price = PRICES.get(model)
    if price is None:
        return None
    factor = LONG_PROMPT_FACTOR.get(model, 1.0) if input_tokens > LONG_PROMPT_TOKENS else 1.0
    return factor * (input_tokens * price.input_usd + output_tokens * price.output_usd) / 1e6
