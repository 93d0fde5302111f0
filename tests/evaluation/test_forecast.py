"""The cost of a policy's questions: by the list's prices, the cheaper route, what past answers teach, and what does not fit."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.evaluation.forecast import Forecast, forecast, refuse_over_budget
from shopcart_assets.evaluation.requests import PLANNED
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm import BudgetError
from shopcart_assets.platform.llm.budget import LakeBudget
from shopcart_assets.platform.llm.port import LLMRefusedError
from shopcart_assets.platform.llm.prices import Price, vendored
from tests.evaluation.invented import filled
from tests.evaluation.served import served

MODEL = "some-model"
PRICES = vendored().with_own(
    [
        Price(
            model=MODEL,
            input_usd=1.0,
            output_usd=5.0,
            write_5m_usd=1.25,
            read_usd=0.1,
            batch_factor=0.5,
            cache_minimum_tokens=0,
        )
    ]
)
NO_PAST = (
    filled("evaluation.responses", pl.DataFrame({"session_id": ["s"]})).clear().with_columns(round=pl.lit("2026-W01"))
)
SHARED = 200


def generator(route: str = "auto", server: str = "anthropic") -> GeneratorConfig:
    policy = served("http://localhost:1", route, server=server)  # type: ignore[arg-type]
    assert policy.server
    return policy.server.asked_for(policy.name, MODEL)


def planned(n_sessions: int = 3, n_steps: int = 4, page: int = 1_000) -> pl.DataFrame:
    rows = [
        (f"s{session}", step, 0, f"key {session} {step}", SHARED + page * step, 60, 0)
        for session in range(n_sessions)
        for step in range(2, n_steps + 2)
    ]
    return pl.DataFrame(rows, PLANNED, orient="row")


def of(rows: pl.DataFrame, one: GeneratorConfig, known: tuple[str, ...] = (), past: pl.DataFrame = NO_PAST) -> Forecast:
    return forecast(rows, known, one, past, PRICES, SHARED)


def test_the_worst_case_is_what_a_budget_reserves() -> None:
    online = of(planned(), generator("online"))
    tokens = float(planned()["estimated_tokens"].sum()) * online.token_ratio
    assert online.cost.worst_usd == pytest.approx((tokens * 1.25 + 12 * 60 * 5) / 1e6, rel=1e-12)
    batch = of(planned(), generator("batch"))
    assert batch.cost.worst_usd == pytest.approx((tokens + 12 * 60 * 5) / 2e6, rel=1e-12)
    assert online.cost.low_usd is not None and online.cost.low_usd < (online.cost.expected_usd or 0)
    assert (online.cost.expected_usd or 0) < (online.cost.worst_usd or 0)


def test_auto_takes_the_cache_for_long_sessions_and_the_batch_for_single_steps() -> None:
    assert of(planned(n_steps=9), generator()).route == "online"
    assert of(planned(n_steps=1), generator()).route == "batch"
    assert of(planned(n_steps=1), generator(server="vllm")).route == "online"


def test_what_is_known_costs_nothing_again_and_equal_questions_cost_once() -> None:
    rows = planned()
    some = of(rows, generator("online"), tuple(rows["request_key"][:5]))
    assert (some.cost.n_requests, some.n_reused) == (7, 5)
    twice = pl.concat([rows, rows.with_columns(session_id=pl.col("session_id") + "b")])
    assert of(twice, generator("online")).cost == of(rows, generator("online")).cost
    assert of(rows, generator("online"), tuple(rows["request_key"])).cost.worst_usd == 0.0


def test_past_rounds_teach_how_long_prompts_and_answers_are() -> None:
    past = planned().with_columns(
        state=pl.lit("answered"),
        model=pl.lit(MODEL),
        input_tokens=2 * pl.col("estimated_tokens"),
        cached_input_tokens=0,
        output_tokens=20,
        route=pl.lit("online"),
    )
    both = pl.concat(
        filled("evaluation.responses", past).with_columns(round=pl.lit(one)) for one in ("2026-W01", "2026-W02")
    )
    told = of(planned(), generator("batch"), past=both)
    prompt = 2 * float(planned()["estimated_tokens"].sum())
    assert told.cost.expected_usd == pytest.approx((prompt + 12 * 20 * 5) / 2e6, rel=1e-12)
    assert told.token_ratio == pytest.approx(2.2)
    other = both.with_columns(model=pl.lit("another"))
    assert of(planned(), generator("batch"), past=other).cost == of(planned(), generator("batch")).cost


def test_a_server_without_batches_is_not_asked_for_any() -> None:
    with pytest.raises(LLMRefusedError, match="set route to online or auto"):
        of(planned(), generator("batch", server="vllm"))


def test_what_does_not_fit_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    told = of(planned(), generator("online"))
    worst = told.cost.worst_usd
    assert worst
    budget = LakeBudget(LocalLake(tmp_path), replace(generator("online"), budget_usd=worst), PRICES)
    refuse_over_budget(told, budget)
    with pytest.raises(BudgetError, match=r"12 requests of policy:asked cost .* \$0\.01 is missing"):
        refuse_over_budget(told, replace(budget, lake_limit_usd=worst - 0.01))
    nothing = of(planned(), generator("online"), tuple(planned()["request_key"]))
    refuse_over_budget(nothing, replace(budget, lake_limit_usd=0.0))


def test_what_is_planned_are_columns_of_the_table() -> None:
    schema = table("evaluation.responses").schema()
    assert {name: schema[name] for name in PLANNED} == PLANNED
