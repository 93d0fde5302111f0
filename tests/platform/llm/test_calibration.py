"""Calibration: what is assumed gives way to what was measured, for any tokenizer and any length of answers."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.llm.calibration import Scenarios, assumed, calibrated
from shopcart_assets.platform.llm.prices import Price, TokenRatio

PRICE = Price(model="m", input_usd=1, output_usd=2, thinking_tokens=100, cache_minimum_tokens=1_000)
ASSUMED = assumed(TokenRatio(low=0.8, expected=1.0, worst=1.5), PRICE, "json")


def past(n_actions: list[int], ratio: float = 1.3, an_action: float = 40, a_request: float = 25) -> pl.DataFrame:
    """Answered requests of a model whose tokenizer and answers are straight lines."""
    rows: list[dict[str, Any]] = [
        {
            "estimated_tokens": 1_000 * n,
            "prefix_tokens": 500,
            "input_tokens": round(1_000 * n * ratio),
            "cached_input_tokens": 0,
            "output_tokens": round(an_action * n + a_request),
            "n_actions": n,
            "sample_index": 0,
            "route": "online",
        }
        for n in n_actions
    ]
    return pl.DataFrame(rows)


@given(st.floats(0.5, 3), st.integers(1, 300), st.integers(1, 2_000))
def test_a_straight_line_is_found_whatever_it_is(ratio: float, an_action: int, a_request: int) -> None:
    found = calibrated(ASSUMED, past([1, 2, 5, 9, 12] * 3, ratio, an_action, a_request))
    expected = found.expected
    assert expected.token_ratio == pytest.approx(ratio, rel=0.001)
    assert (expected.output_tokens, expected.thinking_tokens) == pytest.approx((an_action, a_request))
    assert expected.retry_share == 0 and found.n_measured == 15
    assert found.low.token_ratio < ratio < found.worst.token_ratio
    assert found.low.output_tokens < an_action < found.worst.output_tokens


def test_too_few_answers_say_nothing() -> None:
    assert calibrated(ASSUMED, past([1] * 9)) == ASSUMED


def test_answers_of_equal_requests_are_all_the_actions_own() -> None:
    expected = calibrated(ASSUMED, past([1] * 10)).expected
    assert (expected.output_tokens, expected.thinking_tokens) == (65, 0)


def test_prompts_that_were_only_counted_give_the_ratio_alone() -> None:
    counted = past([1, 2] * 5, ratio=1.7).with_columns(output_tokens=pl.lit(None, pl.Int64))
    found = calibrated(ASSUMED, counted)
    assert found.expected.token_ratio == pytest.approx(1.7)
    assert found.expected.output_tokens == ASSUMED.expected.output_tokens
    assert found.expected.retry_share == ASSUMED.expected.retry_share


def test_retries_and_hits_are_counted_by_what_happened() -> None:
    asked = past([1] * 20)
    again = asked.head(5).with_columns(sample_index=pl.lit(1, pl.Int64))
    cached = pl.concat([asked, again]).with_columns(cached_input_tokens=pl.lit(390, pl.Int64))
    found: Scenarios = calibrated(ASSUMED, cached)
    assert found.expected.retry_share == 0.25
    assert found.expected.online_hits == pytest.approx(390 / (1.3 * 500))
    assert found.expected.batch_hits == ASSUMED.expected.batch_hits, "nothing was asked in batches"


def test_hits_are_of_what_is_long_enough_for_the_cache_and_a_shorter_one_that_was_found_says_how_long_that_is() -> None:
    asked = past([1] * 10)
    short, long = (asked.with_columns(prefix_tokens=pl.lit(n), cached_input_tokens=pl.lit(0)) for n in (700, 2_000))
    found = calibrated(ASSUMED, pl.concat([short, long.with_columns(cached_input_tokens=pl.lit(1_300))]))
    assert (found.expected.online_hits, found.cache_minimum_tokens) == (0.5, 1_000)
    one_short_hit = short.head(1).with_columns(cached_input_tokens=pl.lit(910))
    assert calibrated(ASSUMED, pl.concat([long, one_short_hit])).cache_minimum_tokens == pytest.approx(910)
