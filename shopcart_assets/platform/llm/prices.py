"""What tokens cost: the dated price list that comes along (prices.yaml), a user's own prices over it, and the arithmetic.

Only prices. A model that is on no list has an unknown price: None, never 0. How many tokens there will be is cost.py's business.
"""

import datetime as dt
import hashlib
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from shopcart_assets.platform.llm.port import Route
from shopcart_assets.platform.profiles import GeneratorConfig

ANTHROPIC_HOST = "api.anthropic.com"
OPENAI_HOST = "api.openai.com"

Tokenizer = Literal["other", "claude", "claude-4-7"]

_Tokens = TypeVar("_Tokens", float, pl.Expr)
"""One request's tokens, or a column of many requests'."""


class TokenRatio(BaseModel):
    """Tokens of a model for each token that platform/tokens.py estimates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: float = Field(gt=0)
    expected: float
    worst: float

    @model_validator(mode="after")
    def _is_in_order(self) -> "TokenRatio":
        if not self.low <= self.expected <= self.worst:
            raise ValueError("low, expected and worst must rise")
        return self


class Price(BaseModel):
    """What one model's tokens cost from `effective_from` on, in US dollars a million.

    `host`: at whose server; None = at any. Writing to and reading from the cache cost as any input where nothing is said.
    `batch_factor` is the part that is paid in a batch. Prompts beyond `long_prompt_tokens` cost `long_prompt_factor` times as
    much, answer included; those below `cache_minimum_tokens` are not cached.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    host: str | None = None
    tokenizer: Tokenizer = "other"
    input_usd: float = Field(ge=0)
    output_usd: float = Field(ge=0)
    write_5m_usd: float = Field(default=-1, ge=0)
    write_1h_usd: float = Field(default=-1, ge=0)
    read_usd: float = Field(default=-1, ge=0)
    batch_factor: float = Field(default=1, gt=0, le=1)
    long_prompt_tokens: int | None = Field(default=None, gt=0)
    long_prompt_factor: float = Field(default=1, ge=1)
    cache_minimum_tokens: int = Field(default=4096, ge=0)
    thinking_tokens: int = Field(default=0, ge=0)
    effective_from: dt.date = dt.date.min
    source: str = "shopcart.yaml"

    @model_validator(mode="before")
    @classmethod
    def _cached_as_any_input(cls, said: object) -> object:
        if not isinstance(said, dict) or "input_usd" not in said:
            return said
        return {**dict.fromkeys(("write_5m_usd", "write_1h_usd", "read_usd"), said["input_usd"]), **said}

    @model_validator(mode="after")
    def _is_in_order(self) -> "Price":
        if not self.read_usd <= self.input_usd <= min(self.write_5m_usd, self.write_1h_usd):
            raise ValueError(f"{self.model}: read_usd must be at most input_usd, and that at most what writing costs")
        return self

    @property
    def is_free(self) -> bool:
        """Whether no number of tokens costs anything."""
        return not (self.input_usd or self.output_usd or self.write_5m_usd or self.write_1h_usd)

    def write_usd(self, route: Route) -> float:
        """Writing to the cache: for five minutes online, for an hour in a batch, whose rows wait for each other."""
        return self.write_1h_usd if route == "batch" else self.write_5m_usd

    def usd(self, route: Route, plain: _Tokens, written: _Tokens, cached: _Tokens, output: _Tokens) -> _Tokens:
        """US dollars for tokens read anew, read and written to the cache, read from the cache, and answered with."""
        share = (self.batch_factor if route == "batch" else 1.0) / 1e6
        prompt = plain + written + cached
        band = 1.0 + (self.long_prompt_factor - 1.0) * (prompt > (self.long_prompt_tokens or float("inf")))
        tokens = plain * self.input_usd + written * self.write_usd(route) + cached * self.read_usd
        return share * band * (tokens + output * self.output_usd)


class PriceList(BaseModel):
    """All known prices, a user's `own` before the others. `id` goes into each response, so that a bill can be traced to the prices of its day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    tokenizers: dict[Tokenizer, TokenRatio]
    prices: tuple[Price, ...]
    own: tuple[Price, ...] = ()

    def price(self, model: str, host: str = ANTHROPIC_HOST, on: dt.date = dt.date.max) -> Price | None:
        """The last price that a model has at a server by that day, or None. A dated snapshot costs as its model.

        >>> str(vendored().price("claude-haiku-5-5-20261001").output_usd), vendored().price("claude-haiku-5-5", "localhost")
        ('0.5', None)
        """
        names = (model, re.sub(r"-\d{8}$", "", model))
        for prices in (self.own, self.prices):
            fits = [
                one for one in prices if one.model in names and one.host in (None, host) and one.effective_from <= on
            ]
            if fits:
                return max(fits, key=lambda one: one.effective_from)
        return None

    def of(self, generator: GeneratorConfig) -> Price | None:
        """What the generator's model costs where it runs: nothing on this machine, None where nobody knows. People are not asked."""
        if generator.kind in ("local", "human"):
            source = "runs on this machine" if generator.kind == "local" else "nobody is asked"
            return Price(model=generator.model, input_usd=0, output_usd=0, source=source)
        return self.price(generator.model, server_host(generator))

    def ratio(self, price: Price | None) -> TokenRatio:
        """The assumed token ratio of a priced model, or of any other."""
        return self.tokenizers[price.tokenizer if price else "other"]

    def with_own(self, own: Sequence[Price]) -> "PriceList":
        """The list with a user's own prices, which its id tells apart from others'."""
        if not own:
            return self
        said = "".join(one.model_dump_json() for one in own)
        own_id = f"{self.id}+own-{hashlib.sha256(said.encode()).hexdigest()[:8]}"
        return PriceList(id=own_id, tokenizers=self.tokenizers, prices=self.prices, own=tuple(own))


@lru_cache(maxsize=1)
def vendored() -> PriceList:
    """The list that comes with the package."""
    return PriceList.model_validate(yaml.safe_load((Path(__file__).parent / "prices.yaml").read_text("utf-8")))


def host_of(base_url: str | None) -> str:
    """The server's name; None = Anthropic's.

    >>> host_of(None), host_of("http://gpu:8080/v1")
    ('api.anthropic.com', 'gpu')
    """
    return (urlsplit(base_url).hostname or "") if base_url else ANTHROPIC_HOST


def server_host(generator: GeneratorConfig) -> str:
    """The name of the server that the generator asks: its own, or that of its kind's service."""
    service = {"openai": OPENAI_HOST}.get(generator.kind, ANTHROPIC_HOST)
    return host_of(generator.base_url) if generator.base_url else service


def cost_usd(
    model: str,
    input_tokens: int,
    output_tokens: int,
    *,
    cached_input_tokens: int = 0,
    written_input_tokens: int = 0,
    route: Route = "online",
    host: str = ANTHROPIC_HOST,
    prices: PriceList | None = None,
    on: dt.date = dt.date.max,
) -> float | None:
    """The price of one answer in US dollars, or None where the model's price at that server is not known.

    `input_tokens` are those neither read from the cache nor written to it, as servers count them.

    >>> cost_usd("claude-sonnet-5-5", 1_000, 100), cost_usd("claude-sonnet-5-5", 1_000, 100, route="batch")
    (0.003, 0.0015)
    >>> cost_usd("someone-elses-model", 1_000, 100) is None
    True
    """
    price = (prices or vendored()).price(model, host, on)
    if price is None:
        return None
    return price.usd(
        route, float(input_tokens), float(written_input_tokens), float(cached_input_tokens), float(output_tokens)
    )


def dollars(usd: float) -> str:
    """An amount as it is said, rounded up: to a cent, and below a dollar to a millionth.

    >>> dollars(1234.501), dollars(0.01), dollars(0.00042), dollars(0)
    ('$1,234.51', '$0.01', '$0.00042', '$0.00')
    """
    n_digits = 2 if usd >= 1 else 6
    up = math.ceil(usd * 10**n_digits - 1e-3) / 10**n_digits
    whole, digits = f"{up:,.6f}".split(".")
    return f"${whole}.{digits.rstrip('0').ljust(2, '0')}"
