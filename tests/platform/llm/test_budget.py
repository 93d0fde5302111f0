"""The budget: nothing beyond it is ever sent, by any number of runs at once, killed or not, on a directory and on S3."""

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.cli import cli
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.generator import Mode
from shopcart_assets.platform.lake import LocalLake, open_lake
from shopcart_assets.platform.llm.batch_records import intent
from shopcart_assets.platform.llm.budget import UNDER_WAY, LakeBudget, open_budget, spending
from shopcart_assets.platform.llm.ledger import Ledger
from shopcart_assets.platform.llm.port import Budget, BudgetError, LLMRequest, LLMResponse, Message, Route
from shopcart_assets.platform.llm.prices import vendored
from shopcart_assets.platform.llm.spending import spends
from shopcart_assets.platform.profiles import GeneratorConfig
from tests.platform.llm.dollar_requests import GENERATOR, KILLED, PRICES, ask, budget, spend_all


def buy(lake: Path, request: LLMRequest, usd: float | None) -> None:
    Ledger(LocalLake(lake)).put(request, LLMResponse("yes", "m", 1, 1, "end_turn", usd, "yes"))


def test_a_budget_one_cent_too_small_sends_nothing_and_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BudgetError) as refused:
        budget(tmp_path, 2.99).reserve(ask(1, 2, 3), "online")
    assert str(refused.value).startswith("nothing was sent: 3 requests cost $3.00 at worst; of the $2.99 for g, $0.00")
    assert "$0.00 reserved by others: $0.01 is missing" in str(refused.value)
    assert budget(tmp_path, 2.99).left_usd() == 2.99, "what was refused is not reserved"
    assert budget(tmp_path, 3.00).reserve(ask(1, 2, 3), "online").id


def test_what_is_settled_below_its_worst_case_frees_the_rest_once(tmp_path: Path) -> None:
    one = budget(tmp_path, 5)
    reservation = one.reserve(ask(1, 2, 3, 4), "batch")
    with pytest.raises(BudgetError, match=r"\$4.00 reserved by others: \$1.00 is missing"):
        one.reserve(ask(5, 6), "batch")
    one.reopen(reservation.id).settle(1.25)
    reservation.settle(4)
    assert one.left_usd() == 3.75, "the second time changes nothing"
    with pytest.raises(BudgetError, match=r"\$1.25 is spent and \$0.00 reserved by others: \$0.25 is missing"):
        one.reserve(ask(5, 6, 7, 8), "online")
    assert not any(ask(1)[0].key().encode() in path.read_bytes() for path in tmp_path.rglob("*.json"))


def test_equal_requests_are_paid_once_and_none_cost_nothing(tmp_path: Path) -> None:
    assert budget(tmp_path, 1).reserve(ask(1, 1, 1), "online").id
    budget(tmp_path, 1).reserve([], "online").settle(0)
    assert budget(tmp_path, 1).left_usd() == 0


def test_the_lakes_limit_holds_for_all_generators_together(tmp_path: Path) -> None:
    one, other = (replace(budget(tmp_path, 3, name=name), lake_limit_usd=4) for name in ("g", "h"))
    one.reserve(ask(1, 2), "online").settle(2)
    other.reserve(ask(1, 2), "online")
    with pytest.raises(BudgetError, match=r"of the \$4.00 for all generators, \$2.00 is spent and \$2.00 reserved"):
        one.reserve(ask(3), "online")
    found = {one.generator: (one.spent_usd, one.reserved_usd, one.left_usd) for one in spends(one.lake, {"g": 3}, 4)}
    assert found == {"g": (2, 0, 1), "h": (0, 2, None), "all generators": (2, 2, 0)}


@pytest.mark.parametrize(
    ("generator", "lake_limit", "says"),
    [
        (GeneratorConfig("g", "messages", "claude-haiku-5-5"), None, "costs money and has no budget: set budget_usd"),
        (GeneratorConfig("g", "messages", "claude-9"), None, "nobody knows what claude-9 costs at api.anthropic.com"),
        (GeneratorConfig("g", "messages", "q", "http://h", budget_usd=1), None, "add it under prices in shopcart.yaml"),
        (GeneratorConfig("g", "messages", "q", "http://h"), 1.0, "0 for a server of your own"),
    ],
)
def test_what_costs_money_without_a_budget_is_refused(
    generator: GeneratorConfig, lake_limit: float | None, says: str, tmp_path: Path
) -> None:
    with pytest.raises(BudgetError, match=says):
        LakeBudget(LocalLake(tmp_path), generator, vendored(), lake_limit).reserve(ask(1), "online")
    assert not list(tmp_path.rglob("*"))


def test_what_is_free_needs_no_budget_and_leaves_no_trace(tmp_path: Path) -> None:
    for generator in (GeneratorConfig("g", "local", "m"), GeneratorConfig("g", "messages", "q", "http://h")):
        free: Budget = LakeBudget(LocalLake(tmp_path), generator, vendored())
        reservation = free.reserve(ask(1), "online")
        free.reopen(reservation.id).settle(0.0)
    assert not list(tmp_path.rglob("*"))


def test_the_worst_case_has_the_cache_the_route_and_the_measured_tokens(tmp_path: Path) -> None:
    haiku = GeneratorConfig("g", "messages", "claude-haiku-4-5", budget_usd=1)
    asked = [LLMRequest("claude-haiku-4-5", "", (Message("user", "a1 " * 4_994),), 1_000)]

    def reserved(route: Route, mode: Mode, token_ratio: float | None) -> float:
        one = LakeBudget(LocalLake(tmp_path), replace(haiku, mode=mode), vendored(), token_ratio=token_ratio)
        reservation = one.reserve(asked, route)
        usd = one.spends()[0].reserved_usd
        reservation.settle(0)
        return usd

    assert reserved("online", "per_session", None) == pytest.approx((1.6 * 10_000 * 1 + 1_000 * 5) / 1e6)
    assert reserved("online", "per_action", 1.2) == pytest.approx((12_000 * 1.25 + 5_000) / 1e6)
    assert reserved("batch", "per_action", 1.2) == pytest.approx((12_000 * 1 + 5_000) / 2e6)


def test_spending_is_told_for_each_generator_and_for_all(platform: Platform) -> None:
    open_budget(GENERATOR, platform.settings)
    one = LakeBudget(platform.settings.open_lake(), replace(GENERATOR, budget_usd=5.0), PRICES)
    one.reserve(ask(1, 2), "batch").settle(1.5)
    one.reserve(ask(3), "batch")
    assert [(one.generator, one.spent_usd, one.reserved_usd, one.left_usd) for one in spending(platform.settings)] == [
        ("g", 1.5, 1, None),
        ("tiny-random", 0, 0, None),
        ("all generators", 1.5, 1, None),
    ]
    said = CliRunner().invoke(cli, ["spend"])
    assert said.output.splitlines()[0] == "g: $1.50 spent, $1.00 set aside, no budget"
    assert json.loads(CliRunner().invoke(cli, ["spend", "--json"]).output.splitlines()[-1])["reserved_usd"] == 1


def test_a_killed_online_run_is_settled_from_the_ledger_and_what_may_have_been_under_way_at_its_worst(
    tmp_path: Path,
) -> None:
    asked = ask(*range(40))
    budget(tmp_path, 40, owner=KILLED).reserve(asked, "online")
    for request in asked[:10]:
        buy(tmp_path, request, 0.25)
    buy(tmp_path, asked[10], None)
    budget(tmp_path, 40).reserve(ask(100), "online")
    (mine, _) = budget(tmp_path, 40).spends()
    assert (mine.spent_usd, mine.reserved_usd) == (10 * 0.25 + 1 + UNDER_WAY, 1)


def test_a_process_that_asks_again_after_a_failure_does_not_stand_in_its_own_way(tmp_path: Path) -> None:
    asked = ask(1, 2)
    budget(tmp_path, 3).reserve(asked, "online")
    buy(tmp_path, asked[0], 0.5)
    with pytest.raises(BudgetError, match=r"\$2.00 reserved by others"):
        budget(tmp_path, 3).reserve(ask(3, 4), "online")
    with pytest.raises(BudgetError, match=r"\$1.50 is spent and \$0.00 reserved by others: \$0.50 is missing"):
        budget(tmp_path, 3).reserve(ask(2, 3), "online")
    budget(tmp_path, 3).reserve(asked[1:], "online")


def test_a_living_runs_reservation_is_left_alone(tmp_path: Path) -> None:
    budget(tmp_path, 2, owner=replace(KILLED, pid=2)).reserve(ask(1, 2), "online")
    with pytest.raises(BudgetError, match=r"\$2.00 reserved by others"):
        budget(tmp_path, 2).reserve(ask(1, 2), "online")


def test_a_batch_outlives_its_run_until_it_is_collected_or_known_to_be_none(tmp_path: Path) -> None:
    asked, records = ask(1, 2, 3), Ledger(LocalLake(tmp_path)).records
    batch = budget(tmp_path, 4, owner=KILLED).reserve(asked, "batch")
    record = intent("http://localhost:1", "m", [request.key() for request in asked], batch.id)
    records.put(record, state="intent")
    for route in ("batch", "online"):
        with pytest.raises(BudgetError, match=r"\$3.00 reserved by others"):
            budget(tmp_path, 4).reserve(asked, route)
    buy(tmp_path, asked[0], 0.5)
    records.drop(record)
    again = budget(tmp_path, 4).reserve(asked[1:], "batch")
    assert [(one.spent_usd, one.reserved_usd) for one in budget(tmp_path).spends()] == [(0.5, 2)] * 2
    batch.settle(3)
    again.settle(2)
    assert budget(tmp_path, 4).left_usd() == 1.5, "what is settled stays so"


def test_what_nobody_can_read_is_an_error_and_not_free_money(tmp_path: Path) -> None:
    budget(tmp_path, 9, owner=KILLED).reserve(ask(1), "online")
    (file,) = tmp_path.rglob("reserved-*.json")
    file.write_text("{")
    with pytest.raises(BudgetError, match="may stand for money spent"):
        budget(tmp_path, 9).reserve(ask(2), "online")
    file.rename(file.with_name("reserved-.json"))
    with pytest.raises(BudgetError, match="is no reservation"):
        budget(tmp_path, 9).left_usd()


def test_on_s3_as_in_a_directory(s3: str, tmp_path: Path) -> None:
    one = LakeBudget(open_lake(s3, tmp_path), replace(GENERATOR, budget_usd=3.0), PRICES)
    reservation = one.reserve(ask(1, 2), "batch")
    with pytest.raises(BudgetError, match=r"\$1.00 is missing"):
        one.reserve(ask(3, 4), "batch")
    one.reopen(reservation.id).settle(0.75)
    assert one.left_usd() == 2.25


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from([None, 0.0, 0.3, 1.0])), max_size=12), st.integers(0, 6))
def test_no_order_of_reserving_and_settling_overruns_the_limit(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, float | None]], limit: int
) -> None:
    one, taken = budget(tmp_path_factory.mktemp("lake"), float(limit)), 0.0
    for number, (n_requests, share_spent) in enumerate(steps):
        asked = ask(*range(number * 10, number * 10 + n_requests))
        if taken + n_requests > limit + 1e-6:
            with pytest.raises(BudgetError):
                one.reserve(asked, "online")
            continue
        reservation = one.reserve(asked, "online")
        taken += n_requests
        if share_spent is not None:
            reservation.settle(share_spent * n_requests)
            taken -= (1 - share_spent) * n_requests
        assert one.left_usd() == pytest.approx(limit - taken, abs=1e-6)


@pytest.fixture
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_processes_at_once_never_overrun_the_limit_and_one_of_them_goes_on(
    processes: ProcessPoolExecutor, tmp_path: Path
) -> None:
    found = list(processes.map(spend_all, [str(tmp_path)] * 4, range(4)))
    one = budget(tmp_path, 7.0)
    mine, _ = one.spends()
    assert mine.spent_usd + mine.reserved_usd <= 7 and mine.spent_usd >= 0.5
    n_settled = mine.spent_usd / 0.5
    assert sum(found) == n_settled + mine.reserved_usd
    while (one.left_usd() or 0) >= 1:
        one.reserve(ask(10_000 + len(list(tmp_path.rglob("*.json")))), "online")
    with pytest.raises(BudgetError):
        one.reserve(ask(1), "online")
