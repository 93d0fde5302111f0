"""Prices: a dated list, the arithmetic of cache, batch and long prompts, and a user's own prices over it."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shopcart_assets.platform.llm.prices import Price, PriceList, TokenRatio, cost_usd, vendored
from shopcart_assets.platform.profiles import GeneratorConfig

MILLION = 1_000_000
counts = st.integers(0, 300_000)


def test_each_kind_of_token_has_its_price_and_a_batch_costs_half() -> None:
    kinds = {
        "plain": cost_usd("claude-sonnet-4-6", MILLION, 0),
        "answer": cost_usd("claude-sonnet-4-6", 0, MILLION),
        "cached": cost_usd("claude-sonnet-4-6", 0, 0, cached_input_tokens=MILLION),
        "written for five minutes": cost_usd("claude-sonnet-4-6", 0, 0, written_input_tokens=MILLION),
        "written for an hour, batch": cost_usd("claude-sonnet-4-6", 0, 0, written_input_tokens=MILLION, route="batch"),
        "plain, batch": cost_usd("claude-sonnet-4-6", MILLION, 0, route="batch"),
    }
    assert kinds == pytest.approx(
        {
            "plain": 3,
            "answer": 15,
            "cached": 0.3,
            "written for five minutes": 3.75,
            "written for an hour, batch": 3,
            "plain, batch": 1.5,
        }
    )


def test_a_long_prompt_costs_five_times_as_much_and_its_cached_part_counts() -> None:
    assert cost_usd("claude-haiku-5-5", 100_000, 0) == pytest.approx(0.01)
    assert cost_usd("claude-haiku-5-5", 100_001, 100) == pytest.approx(5 * (100_001 * 0.1 + 100 * 0.5) / 1e6)
    assert cost_usd("claude-haiku-5-5", 60_000, 0, cached_input_tokens=60_000) == pytest.approx(5 * 0.0066)


def test_unknown_is_none_and_only_what_runs_here_is_free() -> None:
    assert cost_usd("claude-9", 1, 1) is None and cost_usd("claude-haiku-5-5", 1, 1, host="localhost") is None
    assert vendored().of(GeneratorConfig("g", "messages", "claude-haiku-5-5", "http://localhost:8000")) is None
    local, paid = (vendored().of(GeneratorConfig("g", kind, "claude-haiku-5-5")) for kind in ("local", "messages"))
    assert local and local.is_free and paid and not paid.is_free


def test_a_price_holds_from_its_day_on() -> None:
    days = [dt.date(2026, 9, 30), dt.date(2026, 10, 6), dt.date(2026, 10, 7), dt.date.max]
    found = [cost_usd("claude-sonnet-5-5", 0, 0, cached_input_tokens=MILLION, on=day) for day in days]
    assert found == [None, pytest.approx(0.2), pytest.approx(0.1), pytest.approx(0.1)]


def test_own_prices_go_first_fill_their_gaps_and_change_the_lists_id() -> None:
    own = Price(model="claude-haiku-5-5", input_usd=1, output_usd=2)
    ours = vendored().with_own([own, Price(model="qwen", input_usd=0, output_usd=0)])
    assert cost_usd("claude-haiku-5-5", MILLION, 0, cached_input_tokens=MILLION, route="batch", prices=ours) == 2
    assert cost_usd("qwen", 5, 5, host="anywhere", prices=ours) == 0
    assert ours.id.startswith(f"{vendored().id}+own-") and vendored().with_own([]).id == vendored().id
    assert ours.id != vendored().with_own([own]).id


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"input_usd": -1}, "greater than or equal to 0"),
        ({"read_usd": 2}, "read_usd must be at most input_usd"),
        ({"write_5m_usd": 0.5}, "at most what writing costs"),
        ({"inputt_usd": 1}, "Extra inputs"),
    ],
)
def test_a_wrong_price_is_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Price.model_validate({"model": "m", "input_usd": 1, "output_usd": 2} | wrong)


def test_a_tokenizer_must_be_on_the_list_and_a_ratio_must_rise() -> None:
    with pytest.raises(ValidationError, match="Input should be 'other', 'claude' or"):
        Price.model_validate({"model": "m", "tokenizer": "cl100k", "input_usd": 1, "output_usd": 2})
    with pytest.raises(ValidationError, match="must rise"):
        TokenRatio(low=1, expected=2, worst=1.5)


def test_every_vendored_price_says_whose_it_is_and_where_it_was_read() -> None:
    assert PriceList.model_validate_json(vendored().model_dump_json()) == vendored()
    for one in vendored().prices:
        assert one.host and "pricing page" in one.source and one.effective_from > dt.date(2026, 1, 1)
        assert one.read_usd < one.input_usd < one.write_5m_usd < one.write_1h_usd and one.batch_factor == 0.5


@given(counts, counts, counts, counts, st.sampled_from(["online", "batch"]), st.sampled_from(vendored().prices))
def test_a_column_of_requests_costs_what_each_of_them_does(
    plain: int, written: int, cached: int, output: int, route: str, price: Price
) -> None:
    columns = pl.DataFrame({"plain": [plain], "written": [written], "cached": [cached], "output": [output]})
    of_all = columns.select(price.usd(route, *(pl.col(name) for name in columns.columns))).item()  # type: ignore[arg-type]
    one = price.usd(route, float(plain), float(written), float(cached), float(output))  # type: ignore[arg-type]
    assert of_all == pytest.approx(one, rel=1e-12)
