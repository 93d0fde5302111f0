"""The cost model against its formulas written out by hand, a published figure, and what must hold whatever the figures are."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.generator import Mode
from shopcart_assets.platform.llm.calibration import Assumption, Scenarios, assumed
from shopcart_assets.platform.llm.cost import WAYS, PromptShape, Way, cost, laid_out, prompt_tokens, worst_usd
from shopcart_assets.platform.llm.port import LLMRequest, Message
from shopcart_assets.platform.llm.prices import Price, TokenRatio, cost_usd, vendored

SHAPE = PromptShape(shared_tokens=2_000, is_nested=True)
(SONNET,) = (
    one.model_copy(update={"cache_minimum_tokens": 0})
    for one in vendored().prices
    if one.read_usd == 0.1 and one.input_usd == 2
)
PLAIN = Assumption(
    token_ratio=1.0, output_tokens=45.0, thinking_tokens=0.0, online_hits=1.0, batch_hits=0.6, retry_share=0.0
)
sessions = st.lists(st.tuples(st.integers(1, 15), st.integers(2_100, 90_000)), min_size=1, max_size=8)


def by_session(journeys: list[tuple[int, int]]) -> pl.DataFrame:
    """reasoning.requests of whole sessions: each with so many actions and a prompt of so many tokens."""
    rows = [
        {
            "session_id": f"s{number}",
            "first_step": 1,
            "last_step": n_actions,
            "sample_index": 0,
            "request_key": f"key{number}",
            "input_tokens": tokens,
            "max_tokens": 200 * n_actions,
            "prompt_version": "v",
            "mode": "per_session",
        }
        for number, (n_actions, tokens) in enumerate(journeys)
    ]
    return pl.DataFrame(rows, schema=table("reasoning.requests").schema())


def expected_usd(requests: pl.DataFrame, way: Way, one: Assumption = PLAIN, price: Price = SONNET) -> float:
    usd = cost(requests, way, price, Scenarios(one, one, one, price.cache_minimum_tokens), SHAPE).expected_usd
    assert usd is not None
    return usd


@settings(max_examples=25)
@given(sessions)
def test_each_way_is_its_formula_over_the_real_lengths(journeys: list[tuple[int, int]]) -> None:
    p_in, p_out, p_5m, p_1h, p_read, s, o = 2, 10, 2.5, 4, 0.1, 2_000, 45
    usd = dict.fromkeys(WAYS, 0.0)
    for n, length in journeys:
        c = (length - s) / n
        prompts = n * s + c * n * (n + 1) / 2
        old = prompts - n * c
        answer = n * o * p_out
        usd[Way("per_session", "online", "none")] += length * p_in + answer
        usd[Way("per_session", "batch", "none")] += (length * p_in + answer) / 2
        usd[Way("per_session", "online", "5m")] += (length - s) * p_in + s * p_read + answer
        usd[Way("per_session", "batch", "1h")] += ((length - s) * p_in + s * (0.6 * p_read + 0.4 * p_1h) + answer) / 2
        usd[Way("per_action", "online", "none")] += prompts * p_in + answer
        usd[Way("per_action", "batch", "none")] += (prompts * p_in + answer) / 2
        usd[Way("per_action", "online", "5m")] += n * c * p_5m + old * p_read + answer
        usd[Way("per_action", "batch", "1h")] += (n * c * p_1h + old * (0.6 * p_read + 0.4 * p_1h) + answer) / 2
    found = {way: expected_usd(by_session(journeys), way) for way in WAYS}
    assert found == pytest.approx({way: value / 1e6 for way, value in usd.items()})


def test_the_papers_sessions_on_sonnet_cost_what_was_published() -> None:
    """31,865 sessions of 18,000 tokens, 230,965 actions of 45 tokens: $1,251 online, $626 in batches."""
    usual, rest = 31_865 - 7_910, 7_910
    papers = pl.concat([by_session([(7, 18_000)] * usual), by_session([(8, 18_000)] * rest)])
    assert papers["last_step"].sum() == 230_965
    found = [round(expected_usd(papers, Way("per_session", route, "none"))) for route in ("online", "batch")]
    assert found == [1251, 626]


def test_a_skewed_day_costs_more_by_action_and_not_by_session() -> None:
    even, skewed = by_session([(6, 14_000)] * 2), by_session([(2, 6_000), (10, 22_000)])
    one, each = Way("per_session", "online", "none"), Way("per_action", "online", "none")
    assert expected_usd(skewed, one) == pytest.approx(expected_usd(even, one))
    assert expected_usd(skewed, each) > 1.2 * expected_usd(even, each)


@settings(max_examples=25)
@given(sessions, st.sampled_from(vendored().prices), st.booleans(), st.integers(0, 900), st.sampled_from(WAYS))
def test_worst_is_at_least_expected_is_at_least_low(
    journeys: list[tuple[int, int]], price: Price, is_nested: bool, thinking: int, way: Way
) -> None:
    scenarios = assumed(vendored().ratio(price), price.model_copy(update={"thinking_tokens": thinking}), "json")
    found = cost(by_session(journeys), way, price, scenarios, PromptShape(2_000, is_nested))
    assert found.worst_usd and found.expected_usd and found.low_usd
    assert found.worst_usd >= found.expected_usd >= found.low_usd > 0


def test_the_worst_case_is_the_longest_answer_twice_with_nothing_found_in_the_cache() -> None:
    scenarios = assumed(TokenRatio(low=1, expected=1, worst=2), SONNET, "sentence")
    requests = by_session([(3, 10_000)])
    found = {
        cache: cost(requests, Way("per_session", "online", cache), SONNET, scenarios, SHAPE).worst_usd
        for cache in ("none", "5m")
    }
    assert found["none"] == pytest.approx(2 * (2 * 10_000 * 2 + 600 * 10) / 1e6)
    assert found["5m"] == pytest.approx(2 * (2 * 8_000 * 2 + 2 * 2_000 * 2.5 + 600 * 10) / 1e6)
    retries = requests.with_columns(sample_index=pl.lit(1, pl.Int64))
    again = cost(retries, Way("per_session", "online", "none"), SONNET, scenarios, SHAPE).worst_usd
    assert found["none"] == pytest.approx(2 * again if again else 0), "a retry is not retried"


def test_what_is_too_short_for_the_cache_costs_as_if_there_were_none() -> None:
    short = by_session([(3, 2_300)])
    price = SONNET.model_copy(update={"cache_minimum_tokens": 2_301})
    ways = [Way("per_action", "online", "none"), Way("per_action", "online", "5m")]
    assert len({expected_usd(short, way, price=price) for way in ways}) == 1
    assert expected_usd(short, ways[1]) < expected_usd(short, ways[0])


@pytest.mark.parametrize("is_nested", [True, False])
def test_a_session_cut_into_actions_and_put_together_again_is_as_long(is_nested: bool) -> None:
    shape = PromptShape(2_000, is_nested)
    whole = by_session([(4, 10_000), (1, 5_000)])
    mode: Mode = "per_action"
    cut = laid_out(whole, mode, shape)
    assert cut["input_tokens"].to_list() == ([4000, 6000, 8000, 10000, 5000] if is_nested else [4000] * 4 + [5000])
    assert cut["prefix_tokens"].to_list() == ([2000, 4000, 6000, 8000, 2000] if is_nested else [2000] * 5)
    assert (cut["last_step"].to_list(), cut["max_tokens"].unique().to_list()) == ([1, 2, 3, 4, 1], [200])
    again = laid_out(cut.with_columns(mode=pl.lit(mode)), "per_session", shape)
    columns = ["session_id", "first_step", "last_step", "input_tokens", "max_tokens"]
    assert again.select(columns).rows() == whole.select(columns).rows()


def test_a_prompt_that_left_out_earlier_pages_finds_only_the_shared_part_in_the_cache() -> None:
    lengths = {1: 4_000, 2: 9_000, 3: 6_000, 4: 8_000}
    steps = [
        by_session([(1, tokens)]).with_columns(first_step=step, last_step=step) for step, tokens in lengths.items()
    ]
    asked = pl.concat(steps, how="vertical_relaxed").with_columns(mode=pl.lit("per_action"))
    assert laid_out(asked.reverse(), "per_action", SHAPE).sort("first_step")["prefix_tokens"].to_list() == [
        2_000,
        4_000,
        2_000,
        6_000,
    ]


def test_an_unknown_price_gives_tokens_and_no_dollars() -> None:
    scenarios = assumed(TokenRatio(low=1, expected=1.5, worst=2), None, "sentence")
    found = cost(by_session([(2, 3_000)]), WAYS[-1], None, replace(scenarios), SHAPE)
    assert (found.n_requests, found.input_tokens, found.output_tokens) == (1, round(4_500 * 1.05), round(90 * 1.05))
    assert (found.low_usd, found.expected_usd, found.worst_usd) == (None, None, None)


def test_a_request_is_as_long_as_all_that_is_read_and_costs_at_worst_what_its_answer_may_be_long() -> None:
    ask = LLMRequest("claude-sonnet-5-5", "Be brief.", (Message("user", "Why?"), Message("assistant", "Red.")), 100)
    assert prompt_tokens(ask) == 23 and prompt_tokens(replace(ask, output_schema="{}")) == 24
    (plain,) = worst_usd([ask], "batch", SONNET, 2.0, is_cached=False)
    (written,) = worst_usd([ask], "online", SONNET, 2.0, is_cached=True)
    assert plain == pytest.approx(cost_usd("claude-sonnet-5-5", 46, 100, route="batch"))
    assert written == pytest.approx(cost_usd("claude-sonnet-5-5", 0, 100, written_input_tokens=46))
