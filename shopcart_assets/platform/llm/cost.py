"""What requests will cost: from their real lengths to dollars, at best, as expected and at worst, for each way of asking.

Arithmetic over data frames; prices are those of prices.py. Nothing is sent, and no budget is known here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from shopcart_assets.platform.generator import Mode
from shopcart_assets.platform.llm.calibration import Assumption, Scenarios
from shopcart_assets.platform.llm.port import LLMRequest, Route
from shopcart_assets.platform.llm.prices import Price
from shopcart_assets.platform.tokens import estimate_tokens

Cache = Literal["none", "5m", "1h"]

# What a chat template adds to a message, about.
MESSAGE_TOKENS = 4


@dataclass(frozen=True)
class Way:
    """A way of asking: what one request asks for, how it travels, how long the server keeps what repeats."""

    mode: Mode
    route: Route
    cache: Cache


_MODES: tuple[Mode, ...] = ("per_action", "per_session")
_ROUTES: tuple[tuple[Route, Cache], ...] = (("online", "none"), ("online", "5m"), ("batch", "none"), ("batch", "1h"))
WAYS = tuple(Way(mode, route, cache) for mode in _MODES for route, cache in _ROUTES)


@dataclass(frozen=True)
class PromptShape:
    """How prompts repeat: their first `shared_tokens` (estimated) are all the same; where `is_nested`, a session's
    next prompt begins with the whole of its last one."""

    shared_tokens: int
    is_nested: bool


@dataclass(frozen=True)
class Cost:
    """Of one way: requests without retries, expected tokens, US dollars; None where the price is not known."""

    n_requests: int
    input_tokens: int
    output_tokens: int
    low_usd: float | None
    expected_usd: float | None
    worst_usd: float | None


def prompt_tokens(request: LLMRequest) -> int:
    """Estimated length of all that a request makes the model read, message by message."""
    texts = (request.system, *(message.content for message in request.messages), request.output_schema or "")
    return sum(estimate_tokens(text) + MESSAGE_TOKENS for text in texts)


def laid_out(requests: pl.DataFrame, mode: Mode, shape: PromptShape) -> pl.DataFrame:
    """The requests (rows of reasoning.requests) with `n_actions` and `prefix_tokens`: what the server has read before.

    Rows of the other mode are turned into this one's first: the shared part is repeated for each request, the rest of a session is
    as long as its actions are many.
    """
    in_mode = requests if (requests["mode"] == mode).all() else _OTHER[mode](requests, shape)
    shared = pl.min_horizontal(pl.lit(shape.shared_tokens), "input_tokens")
    before = pl.col("input_tokens").shift(1).over("session_id", "sample_index", order_by="first_step")
    # A prompt that is shorter than the last one has left out earlier pages: it begins alike no further than all do.
    nested = pl.when(before <= pl.col("input_tokens")).then(before).otherwise(shared)
    is_nested = shape.is_nested and mode == "per_action"
    return in_mode.with_columns(
        n_actions=pl.col("last_step") - pl.col("first_step") + 1 if mode == "per_session" else pl.lit(1),
        prefix_tokens=nested if is_nested else shared,
    )


def _as_sessions(requests: pl.DataFrame, shape: PromptShape) -> pl.DataFrame:
    own = pl.col("input_tokens") - shape.shared_tokens
    return (
        requests.filter(pl.col("sample_index") == 0)
        .group_by("session_id", "sample_index", maintain_order=True)
        .agg(
            first_step=pl.col("first_step").min(),
            last_step=pl.col("last_step").max(),
            input_tokens=shape.shared_tokens + (own.max() if shape.is_nested else own.sum()),
            max_tokens=pl.col("max_tokens").sum(),
        )
    )


def _as_actions(requests: pl.DataFrame, shape: PromptShape) -> pl.DataFrame:
    n_actions = pl.col("last_step") - pl.col("first_step") + 1
    n_seen = pl.col("last_step") - pl.col("begin") + 1 if shape.is_nested else pl.lit(1)
    return (
        requests.filter(pl.col("sample_index") == 0)
        .with_columns(
            each=(pl.col("input_tokens") - shape.shared_tokens) / n_actions,
            max_tokens=pl.col("max_tokens") // n_actions,
            begin="first_step",
            last_step=pl.int_ranges("first_step", pl.col("last_step") + 1),
        )
        .explode("last_step")
        .with_columns(first_step="last_step", input_tokens=shape.shared_tokens + n_seen * pl.col("each"))
    )


_OTHER = {"per_session": _as_sessions, "per_action": _as_actions}


def cost(requests: pl.DataFrame, way: Way, price: Price | None, scenarios: Scenarios, shape: PromptShape) -> Cost:
    """What the requests cost that way. Steps of a session that use the cache go one after the other."""
    laid = laid_out(requests, way.mode, shape)
    expected = scenarios.expected
    tokens = laid.select(
        input=(pl.col("input_tokens") * expected.token_ratio * _tries(expected)).sum(),
        output=(_answer(expected) * _tries(expected)).sum(),
    ).row(0)
    usd: tuple[float | None, ...] = (None, None, None)
    if price:
        least = scenarios.cache_minimum_tokens / expected.token_ratio
        three = {"low": scenarios.low, "expected": expected, "worst": scenarios.worst}
        usd = laid.select(**{name: _usd(way, price, one, shape, least) for name, one in three.items()}).row(0)
    return Cost(laid.height, round(tokens[0]), round(tokens[1]), *usd)


def _tries(one: Assumption) -> pl.Expr:
    """How often a request is sent: only what is asked for the first time can still be asked for again."""
    return 1 + one.retry_share * (pl.col("sample_index") == 0)


def _answer(one: Assumption) -> pl.Expr:
    tokens = pl.col("n_actions") * one.output_tokens + one.thinking_tokens
    return pl.min_horizontal(tokens, pl.col("max_tokens").cast(pl.Float64))


def _usd(way: Way, price: Price, one: Assumption, shape: PromptShape, least: float) -> pl.Expr:
    """Dollars for all rows. What is shorter than `least` estimated tokens is not cached, the same rows in each scenario."""
    prompt, answer = pl.col("input_tokens") * one.token_ratio, _answer(one)
    if way.cache == "none":
        usd = price.usd(way.route, prompt, pl.lit(0.0), pl.lit(0.0), answer)
    else:
        prefix = pl.col("prefix_tokens") * one.token_ratio * (pl.col("prefix_tokens") >= least)
        # What comes next is kept too where the next step's prompt begins with it.
        kept = prompt * (pl.col("input_tokens") >= least) if shape.is_nested and way.mode == "per_action" else prefix
        cached = prefix * (one.batch_hits if way.route == "batch" else one.online_hits)
        usd = price.usd(way.route, prompt - kept, kept - cached, cached, answer)
    return (usd * _tries(one)).sum()


def worst_usd(
    requests: Sequence[LLMRequest], route: Route, price: Price, token_ratio: float, *, is_cached: bool
) -> list[float]:
    """The most that each request can cost, asked once: nothing found in a cache that it is written to, the longest answer."""
    usd = []
    for one in requests:
        prompt = token_ratio * prompt_tokens(one)
        plain, written = (0.0, prompt) if is_cached else (prompt, 0.0)
        usd.append(price.usd(route, plain, written, 0.0, float(one.max_tokens)))
    return usd
