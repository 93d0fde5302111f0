"""What has to be assumed before a model answers: token ratio, length of answers, cache hits; measured where it has answered.

Figures only; cost.py makes dollars of them.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from shopcart_assets.platform.generator import Output
from shopcart_assets.platform.llm.port import Route
from shopcart_assets.platform.llm.prices import Price, TokenRatio

# Assumed until answers were measured: tokens of one rationale by how it is written, and how often what was cached is found.
OUTPUT_TOKENS: dict[Output, float] = {"sentence": 45.0, "json": 60.0}
ONLINE_HITS, BATCH_HITS = 0.95, 0.6
RETRY_SHARE = 0.05
LOW_SHARE = 0.5
# Fewer answers than this say nothing yet; measured figures are trusted to a tenth.
MIN_MEASURED = 10
MEASURED_SPREAD = 0.1


@dataclass(frozen=True)
class Assumption:
    """What has to be assumed of one scenario. Output tokens are for an action, thinking tokens for a request; infinite = all
    that the request allows. Hits are the share of what could be read from the cache that is."""

    token_ratio: float
    output_tokens: float
    thinking_tokens: float
    online_hits: float
    batch_hits: float
    retry_share: float


@dataclass(frozen=True)
class Scenarios:
    """The best case, the expected one and the worst; `n_measured` answers stand behind the expected one, 0 = it is assumed.

    What is shorter than `cache_minimum_tokens` is not cached, in any of them.
    """

    low: Assumption
    expected: Assumption
    worst: Assumption
    cache_minimum_tokens: float
    n_measured: int = 0


def assumed(ratio: TokenRatio, price: Price | None, output: Output) -> Scenarios:
    """What is assumed of a model with that price before it was asked. At worst each answer is as long as it may be, and asked for twice."""
    tokens, thinking = OUTPUT_TOKENS[output], float(price.thinking_tokens) if price else 0.0
    return Scenarios(
        Assumption(ratio.low, LOW_SHARE * tokens, 0.0, 1.0, 1.0, 0.0),
        Assumption(ratio.expected, tokens, thinking, ONLINE_HITS, BATCH_HITS, RETRY_SHARE),
        Assumption(ratio.worst, float("inf"), 0.0, 0.0, 0.0, 1.0),
        float(price.cache_minimum_tokens) if price else 0.0,
    )


def calibrated(scenarios: Scenarios, past: pl.DataFrame) -> Scenarios:
    """The same as measured on past requests of the model in the same mode, where there are enough of them.

    `past` has `estimated_tokens, prefix_tokens` (as `laid_out` has them), `input_tokens` (all that was read),
    `cached_input_tokens, output_tokens, n_actions, sample_index, route`; nothing but the first and third is needed of
    prompts that were only counted: null elsewhere.
    """
    read = past.filter(pl.col("estimated_tokens") > 0, pl.col("input_tokens") > 0)
    if read.height < MIN_MEASURED:
        return scenarios
    ratio = float(read["input_tokens"].sum()) / float(read["estimated_tokens"].sum())
    highest = float((read["input_tokens"] / read["estimated_tokens"]).to_numpy().max())
    prefix = pl.col("prefix_tokens") * ratio
    shortest = read.filter(pl.col("cached_input_tokens") > 0).select(prefix.min()).item()
    minimum = scenarios.cache_minimum_tokens if shortest is None else min(scenarios.cache_minimum_tokens, shortest)
    repeated = read.filter(prefix >= minimum).with_columns(could_be_cached=prefix)
    expected = replace(
        scenarios.expected,
        token_ratio=ratio,
        online_hits=_hits(repeated, "online", scenarios.expected.online_hits),
        batch_hits=_hits(repeated, "batch", scenarios.expected.batch_hits),
    )
    low = replace(scenarios.low, token_ratio=ratio * (1 - MEASURED_SPREAD))
    answered = read.drop_nulls("output_tokens")
    if answered.height >= MIN_MEASURED:
        output, thinking = _output(answered)
        n_first = answered.filter(pl.col("sample_index") == 0).height
        share = min(1.0, (answered.height - n_first) / n_first) if n_first else scenarios.expected.retry_share
        expected = replace(expected, output_tokens=output, thinking_tokens=thinking, retry_share=share)
        shares = {"output_tokens": output, "thinking_tokens": thinking}
        low = replace(low, **{name: value * (1 - MEASURED_SPREAD) for name, value in shares.items()})
    worst = replace(scenarios.worst, token_ratio=highest * (1 + MEASURED_SPREAD))
    return Scenarios(low, expected, worst, minimum, read.height)


def _output(answered: pl.DataFrame) -> tuple[float, float]:
    """Tokens an action and tokens a request: the straight line through the answers, where it means something."""
    n_actions, tokens = (answered[name].to_numpy().astype(float) for name in ("n_actions", "output_tokens"))
    if n_actions.min() < n_actions.max():
        slope = float(np.cov(n_actions, tokens, bias=True)[0, 1] / n_actions.var())
        rest = float(tokens.mean() - slope * n_actions.mean())
        if slope > 0 and rest > 0:
            return slope, rest
    return float(tokens.sum() / n_actions.sum()), 0.0


def _hits(repeated: pl.DataFrame, route: Route, otherwise: float) -> float:
    """The share of what could be read from the cache that was; what is assumed where nothing ever was."""
    of_route = repeated.filter(pl.col("route") == route)
    cached = float(of_route["cached_input_tokens"].sum())
    return min(1.0, cached / float(of_route["could_be_cached"].sum())) if cached else otherwise
