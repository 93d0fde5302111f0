"""Which actions a local model is asked about, and what its figures become."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.evaluation import likelihoods as module
from shopcart_assets.evaluation.legality import illegal_reason, page_roles
from shopcart_assets.evaluation.likelihoods import asked_cases, candidates, figures, is_local, likelihoods
from shopcart_assets.evaluation.verdicts import CASE, verdicts
from shopcart_assets.platform.actions import Click, Terminate, TypeAndSubmit, from_json, is_purchase, to_json
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.profiles import PolicyConfig, ServerConfig, tiny
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import GENERATOR, filled

OWN = '{"type": "type_and_submit", "name": "search_input", "text": "green mug"}'
LEAVE = '{"type": "terminate"}'
PROMPTED = PolicyConfig("tiny-random-prompted", "prompted", "tiny-random", "prompted")
REASONING = PolicyConfig("run-r", "fine_tuned", "run", "reasoning", GENERATOR, seed=3)


@pytest.fixture
def answered(lake: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """The invented lake, with a checkpoint and with answers: a search of the policy's own in every other case."""
    read = lake.read

    def with_answers(table: str, **partition: str) -> pl.DataFrame:
        if table == "training.checkpoints":
            return filled(table, pl.DataFrame({"path": ["/models/run"]}))
        if table != "evaluation.predictions":
            return read(table, **partition)
        told = read("dataset.cases").sort(CASE).with_row_index()
        output = pl.when(pl.col("index") % 2 == 0).then(pl.lit(OWN)).otherwise(pl.lit(LEAVE))
        rationale = pl.when(pl.col("index") != 0).then(pl.lit("I go."))
        told = told.select(*CASE, seed=3, sample=pl.lit(0), output=output, rationale=rationale)
        second = told.with_columns(sample=pl.lit(1), output=pl.lit("no action"))
        return filled(table, pl.concat([told, second]))

    monkeypatch.setattr(lake, "read", with_answers)
    return lake


def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """Replaces the program by one that finds shorter actions likelier, in two shards; returns its configurations."""
    configs: list[Mapping[str, Any]] = []

    def run_job(
        name: str, config: Mapping[str, Any], *, work: Path, n_processes: int, log: Callable[[str], None]
    ) -> None:
        assert name == "ml_jobs.likelihood" and n_processes == tiny().n_processes
        configs.append(config)
        asked = [json.loads(line) for line in Path(config["candidates"]).read_text().splitlines()]
        Path(config["output"]).mkdir(exist_ok=True)
        for shard in (0, 1):
            rows = [{**{key: one[key] for key in CASE}, **_nats(one, number)} for number, one in enumerate(asked)]
            text = "".join(json.dumps(row) + "\n" for row in rows[shard::2])
            (Path(config["output"]) / f"part-x-{shard}-of-2.jsonl").write_text(text)

    monkeypatch.setattr(module, "open_jobs", lambda *engine: run_job)
    return configs


def _nats(one: Mapping[str, Any], number: int) -> dict[str, Any]:
    if number == 3:
        return {"human_nats": None, "nats": None}
    return {"human_nats": len(one["human"]) / 10, "nats": [len(action) / 10 for action in one["actions"]]}


def test_the_engine_of_the_settings_runs_the_program(
    answered: Warehouse, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(engine: str, address: str) -> None:
        raise LookupError(f"{engine} at {address}")

    monkeypatch.setattr(module, "open_jobs", opened)
    settings = platform.settings.model_copy(update={"engine": "ray", "ray_address": "head:6379"})
    with pytest.raises(LookupError, match=r"^ray at head:6379$"):
        module.likelihoods(answered, settings, PROMPTED, print)


@pytest.mark.parametrize(("policy", "n_unasked"), [(PROMPTED, 0), (REASONING, 1)])
def test_a_row_for_each_case_that_can_be_scored(
    answered: Warehouse, platform: Platform, monkeypatch: pytest.MonkeyPatch, policy: PolicyConfig, n_unasked: int
) -> None:
    configs = jobs(monkeypatch)
    told = likelihoods(answered, platform.settings, policy, print)
    [config] = configs
    cases = answered.read("dataset.cases").sort(CASE)
    assert told.height == cases.height - n_unasked - 1  # one had no room
    assert told["seed"].unique().to_list() == [3] and told.select(CASE).rows() == sorted(told.select(CASE).rows())
    asked = [json.loads(line) for line in Path(config["candidates"]).read_text().splitlines()]
    assert {one["rationale"] for one in asked} == ({"I go."} if n_unasked else {None})
    sessions = [json.loads(line) for line in Path(config["sessions"]).read_text().splitlines()]
    assert {one["session_id"] for one in asked} == {one["session_id"] for one in sessions}
    pages = page_roles(answered.read("context.elements"), cases)
    of = {(row["session_id"], row["step"]): row for row in cases.iter_rows(named=True)}
    for one in asked:
        case = of[one["session_id"], one["step"]]
        roles = pages.get((case["day"], case["page_id"]), {})
        actions = [from_json(text) for text in one["actions"]]
        assert one["human"] == case["action"]
        assert len(set(actions)) == len(actions) == len(roles) + 1
        assert not [action for action in actions if illegal_reason(action, roles)]


def test_verdicts_take_rank_and_nats_from_it(
    answered: Warehouse, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs(monkeypatch)
    scored = likelihoods(answered, platform.settings, PROMPTED, print)
    cases, names = answered.read("dataset.cases"), answered.read("context.elements")
    answers = answered.read("evaluation.predictions").filter(pl.col("sample") == 0)
    judged = verdicts(answers, cases, names, scored)
    assert judged["nats"].null_count() == 1 and judged["rank"].drop_nulls().min() == 1
    unranked = judged.filter(pl.col("nats").is_not_null() & pl.col("rank").is_null())
    assert unranked.height and set(unranked["human_type"]) == {"type_and_submit"}  # searches for something else


def test_text_fields_take_what_the_policy_would_search_for_else_the_last_query(answered: Warehouse) -> None:
    cases, actions = answered.read("dataset.cases"), answered.read("context.actions")
    asked = asked_cases(cases, actions, answered.read("evaluation.predictions"), has_rationale=False)
    assert asked.select(CASE).rows() == cases.sort(CASE).select(CASE).rows()
    typed = {(one, step): text for one, step, text in actions.select(*CASE, "text").iter_rows() if text is not None}
    for number, (session_id, step, text) in enumerate(asked.select(*CASE, "text").iter_rows()):
        before = [typed[session_id, earlier] for earlier in range(1, step) if (session_id, earlier) in typed]
        assert text == ("green mug" if number % 2 == 0 else before[-1])


def test_policies_that_are_no_local_models_have_no_rows(lake: Warehouse, platform: Platform) -> None:
    served = PolicyConfig("api", "prompted", "claude", "prompted", server=ServerConfig())
    for policy in (served, PolicyConfig("always_buy", "baseline"), PolicyConfig("bayes_optimal", "ceiling")):
        assert not is_local(policy)
        told = likelihoods(lake, platform.settings, policy, print)
        assert told.is_empty() and "human_nats" in told.columns


ACTIONS = candidates({"search": "searchbox", **{f"p{n}.buy_now": "button" for n in range(2)}, "cart": "link"}, "mug")


@given(st.lists(st.floats(0, 5000), min_size=len(ACTIONS), max_size=len(ACTIONS)), st.integers(0, len(ACTIONS)))
def test_figures_are_those_of_a_distribution_over_the_candidates(nats: list[float], place: int) -> None:
    human = ACTIONS[place] if place < len(ACTIONS) else TypeAndSubmit("search", "pan")
    told = figures(human, 7.0, ACTIONS, nats)
    order = sorted(range(len(ACTIONS)), key=lambda number: (nats[number], number))
    assert told["human_rank"] == (order.index(place) + 1 if place < len(ACTIONS) else None)
    assert told["best_action"] == to_json(ACTIONS[order[0]]) and told["best_nats"] == min(nats)
    assert told["candidates_nats"] == pytest.approx(-np.logaddexp.reduce(-np.array(nats)), abs=1e-9)
    shares = [math.exp(told["candidates_nats"] - one) for one in nats]
    assert sum(shares) == pytest.approx(1, abs=1e-9)
    assert told["p_terminate"] == pytest.approx(shares[ACTIONS.index(Terminate())], abs=1e-12)
    bought = sum(share for share, action in zip(shares, ACTIONS, strict=True) if is_purchase(action))
    assert told["p_purchase"] == pytest.approx(bought, abs=1e-12) and told["p_purchase"] <= 1
    assert told["human_nats"] == 7.0 and told["n_candidates"] == 5


def test_a_page_without_names_has_one_candidate() -> None:
    assert figures(Click("gone"), 9.0, candidates({}, "mug"), [2.0]) == {
        "human_nats": 9.0,
        "human_rank": None,
        "n_candidates": 1,
        "best_action": LEAVE,
        "best_nats": 2.0,
        "candidates_nats": 2.0,
        "p_terminate": 1.0,
        "p_purchase": 0.0,
    }
