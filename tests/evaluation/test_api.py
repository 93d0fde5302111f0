"""Policies that a real (fake) server answers: every case asked once, paid once, within the budget, round by round."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.api import answers, server_of
from shopcart_assets.evaluation.local import asked_conversations
from shopcart_assets.evaluation.predict import predict
from shopcart_assets.evaluation.requests import plan
from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.llm import BudgetError, Ledger, LLMError
from shopcart_assets.platform.llm.buying import MOST_REFUSED
from shopcart_assets.platform.llm.port import LLMRefusedError
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.served import ROUND, asked, configured, leaves, served
from tests.platform.llm.fake_batches import FakeBatches, serve
from tests.platform.llm.fake_state import bills

QUIET = print
SERVED = served("http://localhost:1")
HERE = server_of(SERVED)


@pytest.fixture
def home(lake: Warehouse, tmp_path: Path) -> Path:
    """A copy of the invented lake that a test may write to."""
    return Path(shutil.copytree(lake.lake.url, tmp_path / "lake"))


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeBatches]:
    with serve(tmp_path / "server", answer=leaves) as server:
        yield server


def n_paid(fake: FakeBatches) -> int:
    return len(bills(fake.directory))


def test_every_case_is_answered_judged_and_paid_once(home: Path, fake: FakeBatches) -> None:
    policy = served(fake.url)
    settings = configured(home, policy)
    told: list[dict[str, float]] = []
    first = asked(settings, policy, told=told)
    n_distinct = first.rows["request_key"].n_unique()
    assert n_paid(fake) == n_distinct == told[0]["n_new"] and not first.problem
    facts = first.facts()
    assert facts["n_bought"] == n_distinct and float(facts["cost_usd"]) <= told[0]["worst_usd"]

    warehouse = settings.warehouse()
    cases, names = warehouse.read("dataset.cases"), warehouse.read("context.elements")
    predictions = predict(warehouse, settings, policy, QUIET)
    assert predictions.height == cases.height and set(predictions["round"]) == {ROUND}
    judged = verdicts(predictions, cases, names)
    assert set(judged["parse_mode"]) == {"think_stripped"}, "the thought is cut by the parser"
    is_end = judged["human_action"] == '{"type": "terminate"}'
    assert (judged["is_exact"] == is_end).all() and is_end.any()

    again = asked(settings, policy, told=told)
    assert n_paid(fake) == n_distinct and again.facts()["cost_usd"] == 0.0 == told[1]["n_new"]


def test_a_prompt_is_kept_in_the_cache_for_the_next_step(
    home: Path, fake: FakeBatches, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, object]] = []
    honest = fake.state.message
    monkeypatch.setattr(fake.state, "message", lambda body, *rest: seen.append(body) or honest(body, *rest))  # type: ignore[func-returns-value]
    policy = served(fake.url)
    asked(configured(home, policy), policy)
    assert all(body["cache_control"] == {"type": "ephemeral", "ttl": "5m"} for body in seen) and seen
    lengths: dict[str, list[int]] = {}
    for body in seen:
        messages = body["messages"]
        assert isinstance(messages, list)
        lengths.setdefault(str(messages[:2]), []).append(len(messages))
    assert len(lengths) < len(seen), "steps of a session share their beginning"


def test_a_second_round_asks_again_and_the_first_stays(home: Path, fake: FakeBatches) -> None:
    policy = served(fake.url)
    settings = configured(home, policy)
    first, second = asked(settings, policy), asked(settings, policy, "2026-W49")
    assert n_paid(fake) == 2 * first.rows["request_key"].n_unique()
    assert set(first.rows["request_key"]).isdisjoint(second.rows["request_key"])
    read = settings.warehouse().read("evaluation.responses", policy="asked")
    assert set(read["round"]) == {ROUND, "2026-W49"} and (read["state"] == "answered").all()
    assert set(predict(settings.warehouse(), settings, policy, QUIET)["round"]) == {"2026-W49"}
    assert set(predict(settings.warehouse(), settings, policy, QUIET, ROUND)["round"]) == {ROUND}


def test_a_budget_a_cent_too_small_sends_nothing_and_says_what_is_missing(home: Path, fake: FakeBatches) -> None:
    told: list[dict[str, float]] = []
    nothing = served(fake.url, budget_usd=0.0)
    with pytest.raises(BudgetError):
        asked(configured(home, nothing), nothing, told=told)
    worst = told[0]["worst_usd"]
    scarce = served(fake.url, budget_usd=worst - 0.01)
    with pytest.raises(BudgetError, match=r"nothing was sent: .* \$0\.01 is missing"):
        asked(configured(home, scarce), scarce)
    assert n_paid(fake) == 0
    enough = served(fake.url, budget_usd=worst)
    assert asked(configured(home, enough), enough).facts()["n_bought"] == n_paid(fake) > 0


def test_what_costs_money_needs_a_budget(home: Path, fake: FakeBatches) -> None:
    policy = served(fake.url, budget_usd=None)
    with pytest.raises(BudgetError, match="costs money and has no budget"):
        asked(configured(home, policy), policy)
    assert n_paid(fake) == 0


def test_a_server_that_gives_out_leaves_cases_without_a_row_and_a_later_run_asks_only_those(
    home: Path, fake: FakeBatches
) -> None:
    policy = served(fake.url)
    settings = configured(home, policy)
    fake.state.plan(*[""] * 20, "limit")
    part = asked(settings, policy)
    assert "spending limit is reached" in part.problem
    facts = part.facts()
    assert int(facts["n_never_sent"]) > 0 and facts["n_failed"] == 0
    cases = settings.warehouse().read("dataset.cases")
    found = predict(settings.warehouse(), settings, policy, QUIET)
    assert 0 < found.height == cases.height - int(facts["n_never_sent"]) < cases.height
    assert not asked(settings, policy).problem
    assert set(Counter(bill.sha for bill in bills(fake.directory)).values()) == {1}


def test_where_nothing_is_answered_the_error_is_raised(home: Path, fake: FakeBatches) -> None:
    policy = served(fake.url)
    fake.state.plan(*["limit"] * 8)
    with pytest.raises(LLMError, match="spending limit"):
        asked(configured(home, policy), policy)


def test_a_refusal_and_a_prompt_that_is_too_long_are_answers_and_illegal(
    lake: Warehouse, home: Path, tmp_path: Path
) -> None:
    lengths = plan(asked_conversations(lake, SERVED), SERVED, HERE, ROUND)["estimated_tokens"].sort()
    most = int(lengths[lengths.len() // 2])
    with serve(tmp_path / "strict", answer=leaves, refused=0.3, seed=2, max_prompt_tokens=most) as strict:
        policy = served(strict.url)
        settings = configured(home, policy)
        got = asked(settings, policy)
        n_calls = strict.state.n_calls
        asked(settings, policy)
        assert strict.state.n_calls == n_calls > 0, "what is too long is not sent again"
    assert not got.problem
    warehouse = settings.warehouse()
    found = predict(warehouse, settings, policy, QUIET)
    judged = verdicts(found, warehouse.read("dataset.cases"), warehouse.read("context.elements"))
    assert found.height == warehouse.read("dataset.cases").height
    reasons = Counter(judged["illegal_reason"].drop_nulls())
    assert reasons["refusal"] > 0 and reasons["context_too_long"] > MOST_REFUSED
    assert reasons["context_too_long"] == got.facts()["n_failed/prompt_too_long"]


def test_a_batch_is_sent_left_alone_and_collected(home: Path, tmp_path: Path) -> None:
    with serve(tmp_path / "server", answer=leaves, end_after_seconds=3_600) as fake:
        policy = served(fake.url, "batch")
        settings = configured(home, policy)
        sent = asked(settings, policy)
        assert sent.facts()["n_under_way"] == sent.rows.height and not sent.problem
        cases = settings.warehouse().read("dataset.cases")
        assert answers(settings.warehouse(), policy, ROUND, cases).is_empty()
        fake.state.end()
        home_again = asked(settings, policy)
        assert (home_again.rows["state"] == "answered").all() and set(home_again.rows["route"]) == {"batch"}
        assert answers(settings.warehouse(), policy, ROUND, cases).height == cases.height
        assert set(Counter(bill.custom_id for bill in bills(fake.directory)).values()) == {1}


def test_while_a_new_round_is_under_way_the_predictions_of_the_last_one_stay(home: Path, tmp_path: Path) -> None:
    with serve(tmp_path / "server", answer=leaves, end_after_seconds=3_600) as fake:
        online, batch = served(fake.url), served(fake.url, "batch")
        settings = configured(home, online)
        asked(settings, online)
        warehouse = settings.warehouse()
        before = predict(warehouse, settings, online, QUIET)
        warehouse.write("evaluation.predictions", before, policy="asked")
        asked(settings, batch, "2026-W49")
        now = predict(warehouse, settings, batch, QUIET, "2026-W49")
        assert now.select(sorted(before.columns)).equals(before.select(sorted(before.columns)))
        scarce = served(fake.url, budget_usd=0.0)
        with pytest.raises(BudgetError):
            asked(settings, scarce, "2026-W50")
        refused = predict(warehouse, settings, scarce, QUIET, "2026-W50")
        assert refused.height == before.height and set(refused["round"]) == {ROUND}


def test_several_samples_are_drawn_at_the_declared_temperature(home: Path, fake: FakeBatches) -> None:
    policy = served(fake.url, server="vllm", n_samples=2, temperature=0.7)
    got = asked(configured(home, policy), policy)
    assert set(got.rows["sample"]) == {0, 1} and n_paid(fake) == got.rows["request_key"].n_unique()
    claude = replace(served(fake.url), n_samples=2, temperature=0.7)
    with pytest.raises(EvaluationError, match="takes no temperature.*write temperature: 1"):
        asked(configured(home, claude), claude)


def test_a_server_of_ones_own_needs_neither_price_nor_budget(home: Path, fake: FakeBatches) -> None:
    policy = replace(served(fake.url, server="vllm", budget_usd=None), model="my-model")
    told: list[dict[str, float]] = []
    got = asked(configured(home, policy), policy, told=told)
    assert "worst_usd" not in told[0] and got.facts()["n_unknown_cost"] == n_paid(fake) > 0
    assert got.rows["cost_usd"].is_null().all() and not got.problem


def test_a_route_that_the_server_does_not_have_is_refused_before_anything_is_sent(
    home: Path, fake: FakeBatches
) -> None:
    policy = served(fake.url, "batch", server="vllm")
    with pytest.raises(LLMRefusedError, match="answers no batches"):
        asked(configured(home, policy), policy)


@pytest.mark.parametrize("route", ["online", "batch"])
def test_killed_in_the_middle_and_run_again_no_case_is_paid_twice(home: Path, tmp_path: Path, route: str) -> None:
    """Online, what is under way at the moment of the kill may be paid and lost: what is in the ledger then never is asked again."""
    with serve(tmp_path / "server", answer=leaves, accept_seconds=0.7) as fake:
        command = [sys.executable, "-m", "tests.evaluation.served", str(home), fake.url, route, ROUND]
        with subprocess.Popen(
            command, cwd=Path(__file__).parents[2], env=os.environ | {"OMP_NUM_THREADS": "1"}
        ) as child:
            while not n_paid(fake) > (0 if route == "batch" else 15):
                assert child.poll() is None
                time.sleep(0.005)
            child.send_signal(signal.SIGKILL)
        policy = served(fake.url, "online" if route == "online" else "batch")
        settings = configured(home, policy)
        ledger = Ledger(settings.warehouse().lake)
        n_kept, n_before = len(ledger.keys()), n_paid(fake)
        planned = settings.warehouse().read("evaluation.responses", policy="asked", round=ROUND)
        assert planned["state"].is_null().all(), "the plan was on the record before anything was sent"
        done = asked(settings, policy)
        while (done.rows["state"] == "under_way").any() or done.rows["state"].is_null().any():
            done = asked(settings, policy)
        n_keys = planned["request_key"].n_unique()
        assert (done.rows["state"] == "answered").all()
        if route == "batch":
            assert set(Counter(bill.custom_id for bill in bills(fake.directory)).values()) == {1}
        assert n_paid(fake) - n_before == n_keys - n_kept or route == "batch"


def test_an_erased_session_takes_its_answers_along(home: Path, fake: FakeBatches) -> None:
    policy = served(fake.url)
    settings = configured(home, policy)
    rows = asked(settings, policy).rows
    session = rows["session_id"][0]
    theirs = rows.filter(session_id=session)["request_key"].to_list()
    others = rows.filter(pl.col("session_id") != session)["request_key"].to_list()
    ledger = Ledger(settings.warehouse().lake)
    ledger.forget([session], theirs, others)
    assert ledger.have(theirs) == set(theirs) & set(others) and ledger.have(others) == set(others)
