"""The preflight against the bill of a server whose tokenizer and answers are invented, but always the same."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm.batch_server import BatchServer
from shopcart_assets.platform.llm.budget import LakeBudget
from shopcart_assets.platform.llm.cost import laid_out, prompt_tokens, worst_usd
from shopcart_assets.platform.llm.ledger import Ledger
from shopcart_assets.platform.llm.port import BudgetError, LLMRefusedError, Route
from shopcart_assets.platform.llm.prices import Price, vendored
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.answers import responses
from shopcart_assets.reasoning.plan import plan, rebuild
from shopcart_assets.reasoning.preflight import (
    bill_differs,
    counted,
    facts,
    measured,
    over_budget,
    preflight,
    shape_of,
    summary,
    worst_token_ratio,
)
from tests.platform.llm.fake_batches import serve
from tests.platform.llm.fake_state import bills
from tests.platform.llm.mortal import MODEL
from tests.platform.llm.mortal import generator as fakes_generator
from tests.reasoning.journey import GENERATOR, GENERATORS, actions, contexts

SONNET = GeneratorConfig("g", "messages", "claude-sonnet-5-5", max_output_tokens=200)
SESSIONS = ("a", "b", "c", "d")
NO_PAST = pl.DataFrame(schema={"estimated_tokens": pl.Int64, "input_tokens": pl.Int64})


def planned(generator: GeneratorConfig, day: int, lengths: list[int], page_tokens: int = 3_000) -> pl.DataFrame:
    """reasoning.requests of a day whose sessions have so many actions, each page so long and a little longer."""
    rows: list[dict[str, Any]] = []
    shared = shape_of(generator).shared_tokens
    for number, n_actions in enumerate(lengths):
        ends = (
            [(1, n_actions)] if generator.mode == "per_session" else [(step, step) for step in range(1, n_actions + 1)]
        )
        rows += [
            {
                "session_id": f"{day}-{number}",
                "first_step": first,
                "last_step": last,
                "sample_index": 0,
                "request_key": f"{day}-{number}-{first}",
                "input_tokens": shared + last * page_tokens + 7 * number,
                "max_tokens": 200 * (last - first + 1),
                "prompt_version": "v",
                "mode": generator.mode,
            }
            for first, last in ends
        ]
    return pl.DataFrame(rows, schema=table("reasoning.requests").schema())


def served(
    requests: pl.DataFrame,
    generator: GeneratorConfig,
    *,
    route: Route = "online",
    ratio: float = 1.3,
    thinking: int = 30,
    hits: float = 1.0,
    n_retries: int = 0,
) -> pl.DataFrame:
    """reasoning.responses of a server that makes `ratio` tokens of each estimated one, and answers at length."""
    retries = requests.head(n_retries).with_columns(
        sample_index=pl.lit(1, pl.Int64), request_key=pl.col("request_key") + "-again"
    )
    price = vendored().of(generator)
    laid = laid_out(pl.concat([requests, retries]), generator.mode, shape_of(generator))
    minimum = price.cache_minimum_tokens if price else 0
    is_cached = route == "online" and generator.mode == "per_action"
    reads = (pl.col("prefix_tokens") * ratio >= minimum) & is_cached
    writes = (pl.col("input_tokens") >= minimum) & is_cached
    read = (pl.col("prefix_tokens") * ratio * hits * reads).floor().cast(pl.Int64)
    answers = laid.with_columns(
        pl.lit("answered").alias("state"),
        pl.lit("end_turn").alias("stop_reason"),
        pl.lit(generator.model + "-20261001").alias("model"),
        pl.lit("req").alias("request_id"),
        route=pl.lit(route),
        input_tokens=(pl.col("input_tokens") * ratio).ceil().cast(pl.Int64),
        cached_input_tokens=read,
        output_tokens=pl.col("n_actions") * 48 + thinking + pl.col("input_tokens") % 5,
        is_reused=pl.lit(False),
    )
    fresh = pl.col("input_tokens") - pl.col("cached_input_tokens")
    usd = (
        price.usd(route, fresh * ~writes, fresh * writes, pl.col("cached_input_tokens"), pl.col("output_tokens"))
        if price
        else None
    )
    return answers.with_columns(cost_usd=pl.lit(None, pl.Float64) if usd is None else usd).select(
        table("reasoning.responses").schema().names()
    )


def forecast(
    requests: pl.DataFrame, generator: GeneratorConfig = SONNET, past: pl.DataFrame = NO_PAST, **more: Any
) -> pl.DataFrame:
    options: dict[str, Any] = {"known": (), "past": past, "prices": vendored()}
    return preflight(requests, generator, **(options | more))


def of_day(frame: pl.DataFrame, day: str = "2026-09-01", generator: str = "g") -> pl.DataFrame:
    return frame.with_columns(day=pl.lit(day), generator=pl.lit(generator))


def chosen(frame: pl.DataFrame) -> dict[str, Any]:
    return frame.filter("is_chosen").row(0, named=True)


lengths = st.lists(st.integers(1, 14), min_size=4, max_size=12)


@settings(max_examples=15, phases=[Phase.generate])
@given(
    lengths,
    lengths,
    st.floats(0.6, 2.5),
    st.sampled_from(
        [("per_action", "online"), ("per_action", "batch"), ("per_session", "online"), ("per_session", "batch")]
    ),
    st.integers(0, 90),
    st.floats(0.3, 1),
)
def test_after_one_day_the_bill_is_within_a_tenth_of_the_preflight_whatever_the_tokenizer(
    first: list[int], second: list[int], ratio: float, how: tuple[Any, Any], thinking: int, hits: float
) -> None:
    generator = replace(SONNET, mode=how[0], route=how[1])
    server: dict[str, Any] = {"route": how[1], "ratio": ratio, "thinking": thinking, "hits": hits}
    pilot, today = planned(generator, 1, [*first, 5, 9] * 5), planned(generator, 2, second)
    past = measured(pilot, served(pilot, generator, **server), generator)
    frame, bill = of_day(forecast(today, generator, past)), of_day(served(today, generator, **server))
    assert chosen(frame)["n_measured"] == pilot.height
    assert bill_differs(frame, bill) == []
    assert chosen(frame)["low_usd"] <= bill["cost_usd"].sum() <= chosen(frame)["worst_usd"]


def test_without_a_past_the_bill_is_far_off_and_is_said_to_be() -> None:
    requests = planned(SONNET, 1, [4, 9])
    frame, bill = of_day(forecast(requests)), of_day(served(requests, SONNET, ratio=0.7))
    (problem,) = bill_differs(frame, bill)
    assert problem.startswith("g, 2026-09-01: the bill is $0.") and "later days are forecast by it" in problem
    assert bill["cost_usd"].sum() < chosen(frame)["worst_usd"]


def test_a_bill_is_compared_only_when_all_of_it_is_there() -> None:
    requests = planned(SONNET, 1, [4, 9])
    frame, bill = of_day(forecast(requests)), of_day(served(requests, SONNET, ratio=0.7))
    assert bill_differs(frame, bill.head(12)) == []
    assert bill_differs(of_day(forecast(requests, known=requests["request_key"])), bill) == []
    assert bill_differs(frame, bill.with_columns(cost_usd=pl.lit(None, pl.Float64))) == []
    half = requests["request_key"].head(6)
    rest = bill.with_columns(is_reused=pl.col("request_key").is_in(half.implode()))
    assert len(bill_differs(of_day(forecast(requests, known=half)), rest)) == 1


def test_prompts_that_were_only_counted_are_as_good_for_the_price_of_reading() -> None:
    today = planned(SONNET, 1, [3, 8, 5])
    tokens = {key: round(1.7 * n) for key, n in today.select("request_key", "input_tokens").head(12).iter_rows()}
    found = chosen(forecast(today, past=counted(today, tokens)))
    assert found["n_measured"] == 12
    assert found["input_tokens"] == pytest.approx(1.05 * 1.7 * int(today["input_tokens"].sum()), rel=0.001)


def test_a_past_in_another_mode_of_another_model_or_of_other_pages_says_nothing() -> None:
    requests = planned(SONNET, 1, [9, 9])
    answers = served(requests, SONNET)
    assert measured(requests, answers, SONNET).height == 18
    assert measured(requests, answers, replace(SONNET, mode="per_session")).is_empty()
    assert measured(requests, answers, replace(SONNET, model="claude-sonnet-5")).is_empty()
    assert measured(requests.with_columns(request_key=pl.lit("new")), answers, SONNET).is_empty()
    assert measured(requests, answers.with_columns(state=pl.lit("failed:invalid_request")), SONNET).is_empty()


def test_what_is_reserved_is_by_the_most_tokens_that_were_measured() -> None:
    requests = planned(SONNET, 1, [10, 10])
    past = measured(requests, served(requests, SONNET, ratio=1.5), SONNET)
    assert worst_token_ratio(SONNET, past, vendored()) == pytest.approx(1.65, rel=0.001)
    assert worst_token_ratio(SONNET, NO_PAST, vendored()) == 2.0


def test_retries_that_were_needed_are_expected_again() -> None:
    requests = planned(SONNET, 1, [10, 10])
    past = measured(requests, served(requests, SONNET, n_retries=5), SONNET)
    assert past.filter(pl.col("sample_index") == 1).height == 5
    one, other = (chosen(forecast(requests, past=some)) for some in (past, past.filter(pl.col("sample_index") == 0)))
    assert one["output_tokens"] == pytest.approx(1.25 * other["output_tokens"], rel=0.01)


@pytest.mark.parametrize(
    ("mode", "route", "way"),
    [
        ("per_action", "online", ("per_action", "online", "5m")),
        ("per_action", "batch", ("per_action", "batch", "none")),
        ("per_action", "auto", ("per_action", "online", "5m")),
        ("per_session", "online", ("per_session", "online", "none")),
        ("per_session", "auto", ("per_session", "batch", "none")),
    ],
)
def test_the_cheapest_way_is_chosen_that_mode_and_route_allow(mode: Any, route: Any, way: tuple[str, ...]) -> None:
    """Long sessions: by action, the cache of five minutes beats the half price of batches."""
    generator = replace(SONNET, mode=mode, route=route)
    frame = forecast(planned(generator, 1, [9, 12]), generator)
    assert frame.schema == table("reasoning.cost_preflight").schema() and frame.height == 8
    assert tuple(chosen(frame)[name] for name in ("mode", "route", "cache")) == way
    assert ("; mode per_session would cost $" in summary(frame)) == (mode == "per_action")


def test_a_server_without_batches_and_cache_is_asked_plainly_or_refused() -> None:
    own = replace(SONNET, base_url="http://gpu:8000", route="auto")
    requests = planned(own, 1, [3])
    assert forecast(requests, own).filter("is_possible").select("mode", "route", "cache").rows() == [
        ("per_action", "online", "none"),
        ("per_session", "online", "none"),
    ]
    with pytest.raises(LLMRefusedError, match="g has route batch, but its server answers no batches"):
        forecast(requests, replace(own, route="batch"))


def test_a_finished_day_costs_nothing_again_and_says_so() -> None:
    requests = planned(SONNET, 1, [3, 4])
    frame = of_day(forecast(requests, known=requests["request_key"]))
    assert (chosen(frame)["n_requests"], chosen(frame)["n_reused"], chosen(frame)["worst_usd"]) == (0, 7, 0)
    assert summary(frame) == "all 7 requests are answered or under way: this costs $0"
    assert facts(frame, 0.5)["expected_usd"] == 0 and over_budget(frame, lambda _: pytest.fail("no need")) == []
    twice = pl.concat([requests, requests.with_columns(session_id=pl.lit("twin"))])
    assert chosen(forecast(twice, known=["1-0-1"]))["n_requests"] == 6, "equal requests are sent once"


def test_a_worst_case_one_cent_above_the_budget_is_a_problem_that_says_what_is_missing(tmp_path: Path) -> None:
    days = [of_day(forecast(planned(SONNET, day, [3, 4])), f"2026-09-0{day}") for day in (1, 2)]
    frame = pl.concat(days)
    worst = sum(chosen(one)["worst_usd"] for one in days)

    def budget(limit: float | None) -> LakeBudget:
        return LakeBudget(LocalLake(tmp_path), replace(SONNET, budget_usd=limit), vendored())

    assert over_budget(frame, lambda _: budget(worst)) == []
    (problem,) = over_budget(frame, lambda _: budget(worst - 0.01))
    assert problem.startswith("g: $") and problem.endswith("of the budget is left: $0.01 is missing")
    assert facts(frame, worst - 0.01)["missing_usd"] == pytest.approx(0.01)
    assert over_budget(frame, lambda _: budget(None)) == [
        "g costs money and has no budget: set budget_usd, its own or for all, in shopcart.yaml"
    ]


def test_what_runs_here_is_free_and_what_nobody_prices_is_unknown(tmp_path: Path) -> None:
    local = forecast(plan(actions(), contexts(), GENERATOR), GENERATOR)
    assert chosen(local)["worst_usd"] == 0 and local.filter("is_possible").height == 1
    unknown = replace(SONNET, base_url="http://gpu:8000")
    frame = of_day(forecast(planned(unknown, 1, [3]), unknown))
    assert chosen(frame)["expected_usd"] is None and summary(frame).endswith("cache none: nobody knows the price")
    assert "worst_usd" not in facts(frame, None)
    assert over_budget(frame, lambda _: LakeBudget(LocalLake(tmp_path), unknown, vendored())) == []
    own = vendored().with_own([Price(model=unknown.model, input_usd=0, output_usd=0)])
    assert chosen(forecast(planned(unknown, 1, [3]), unknown, prices=own))["worst_usd"] == 0


@pytest.mark.parametrize("generator", GENERATORS)
def test_what_is_reserved_is_counted_as_what_is_planned(generator: GeneratorConfig) -> None:
    requests = plan(actions(), contexts(), generator)
    sent = list(rebuild(requests, actions(), contexts(), generator))
    assert [prompt_tokens(one) for one in sent] == requests["input_tokens"].to_list()


def test_against_a_server_of_batches_the_bill_is_as_forecast_and_one_cent_too_little_sends_nothing(
    tmp_path: Path,
) -> None:
    prices = vendored().with_own([Price(model=MODEL, input_usd=1_000, output_usd=5_000, batch_factor=0.5)])
    ledger = Ledger(LocalLake(tmp_path / "lake"))
    with serve(tmp_path / "fake") as fake:
        generator = replace(fakes_generator(fake.url), route="batch", max_output_tokens=100)
        server = BatchServer(generator, "key", prices=prices, lag_seconds=0.05)

        def buy(requests: pl.DataFrame, pages: pl.DataFrame, limit: float) -> pl.DataFrame:
            budget = LakeBudget(ledger.lake, replace(generator, budget_usd=limit), prices)
            sent = list(rebuild(requests, actions(*SESSIONS), pages, generator))
            for _ in range(100):
                got = ledger.generate_batch(server, sent, budget=budget)
                if not got.pending and len(got.answers) == len({one.key() for one in sent}):
                    return responses(requests, got.answers, got.failed)
                time.sleep(0.02)
            raise AssertionError("never answered")

        first, second = (
            contexts(),
            contexts().with_columns(html=pl.col("html") + pl.lit("<p>Free delivery today</p>" * 9)),
        )
        pilot, today = (plan(actions(*SESSIONS), pages, generator) for pages in (first, second))
        sent = {one.key(): one for one in rebuild(pilot, actions(*SESSIONS), first, generator)}
        price = prices.of(generator)
        assert price
        worst = sum(worst_usd(list(sent.values()), "batch", price, prices.ratio(price).worst, is_cached=False))
        with pytest.raises(BudgetError, match=r"\$0.01 is missing"):
            buy(pilot, first, worst - 0.01)
        assert bills(tmp_path / "fake") == []

        past = measured(pilot, buy(pilot, first, worst), generator)
        frame = of_day(forecast(today, generator, past, prices=prices, known=ledger.have(today["request_key"])))
        answers = of_day(buy(today, second, 1e6))
        billed = [price.usd("batch", one.input_tokens, 0.0, 0.0, one.output_tokens) for one in bills(tmp_path / "fake")]
        (spent, _) = LakeBudget(ledger.lake, generator, prices).spends()
        assert bill_differs(frame, answers) == [] and chosen(frame)["n_requests"] == 4
        assert spent.spent_usd == pytest.approx(sum(billed)) and spent.reserved_usd == 0
        assert float(answers.unique("request_key")["cost_usd"].sum()) == pytest.approx(sum(billed[4:]))
