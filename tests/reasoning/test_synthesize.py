from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm import Ledger, LLMError, LLMRequest
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.prompt import answer
from shopcart_assets.reasoning.summary import facts, sample, verdicts
from shopcart_assets.reasoning.synthesize import Synthesis, merge, synthesize
from tests.reasoning.invented_llm import InventedLLM
from tests.reasoning.journey import GENERATOR, PER_ACTION, PER_SESSION, actions, contexts


def run(
    tmp_path: Path, llm: InventedLLM, taken: pl.DataFrame | None = None, generator: GeneratorConfig = GENERATOR
) -> Synthesis:
    taken = actions() if taken is None else taken
    return synthesize(taken, contexts(), llm, Ledger(LocalLake(tmp_path)), generator)


def test_each_action_gets_one_rationale_in_order(tmp_path: Path) -> None:
    made = run(tmp_path, InventedLLM())

    assert made.rationales.select("session_id", "step").rows() == [(one, step) for one in "ab" for step in (1, 2, 3, 4)]
    for name in ("requests", "responses", "rationales", "quarantine"):
        assert getattr(made, name).schema == table(f"reasoning.{name}").schema()
    assert made.quarantine.is_empty()


@pytest.mark.parametrize("generator", [PER_ACTION, PER_SESSION, replace(PER_SESSION, page_tokens=20)])
def test_json_gives_the_same_whichever_way_it_is_asked(tmp_path: Path, generator: GeneratorConfig) -> None:
    def says(request: LLMRequest) -> str:
        n_steps = len(request.messages)
        first = 1 if generator.mode == "per_session" else n_steps
        return answer([(step, f"I do {step}.") for step in range(first, n_steps + 1)])

    made = run(tmp_path, InventedLLM(says), generator=generator)

    assert made.rationales["rationale"].to_list() == [f"I do {step}." for step in (1, 2, 3, 4)] * 2
    assert made.requests.height == made.responses.height == (2 if generator.mode == "per_session" else 8)


def test_a_second_run_buys_nothing_and_says_so(tmp_path: Path) -> None:
    llm = InventedLLM()
    first, second = run(tmp_path, llm), run(tmp_path, llm)

    assert len(llm.asked) == 4, "two sessions that are alike up to their ids ask the same"
    assert second.responses["is_reused"].all()
    assert first.rationales.equals(second.rationales)
    assert facts(first.responses) | {"n_answers": 8, "n_reused": 0, "n_bought": 4} == facts(first.responses)
    assert facts(first.responses)["cost_usd"] == pytest.approx(0.04)
    assert facts(second.responses) | {"n_reused": 8, "n_bought": 0, "cost_usd": 0.0} == facts(second.responses)


def test_a_run_that_broke_off_continues_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(LLMError):
        run(tmp_path, InventedLLM(breaks_after=3))
    llm = InventedLLM()
    made = run(tmp_path, llm)

    assert len(llm.asked) == 1
    assert facts(made.responses)["n_reused"] == 6


def test_what_is_rejected_is_asked_once_more_and_then_lost(tmp_path: Path) -> None:
    llm = InventedLLM(lambda request: "I want it." if request.sample_index else "The user wants it.")
    mended = run(tmp_path / "a", llm)
    lost = run(tmp_path / "b", InventedLLM("<b>The user</b>"))

    assert verdicts(mended.rationales, mended.quarantine) == {
        "n_rationales": 8, "n_mended": 8, "n_quarantined": 0, "share_valid": 1.0
    }  # fmt: skip
    assert mended.quarantine["defect"].unique().to_list() == ["speaks_of_user"]
    assert mended.responses.height == 16 and mended.requests.height == 8
    assert verdicts(lost.rationales, lost.quarantine) == {
        "n_rationales": 0, "n_mended": 0, "n_quarantined": 8, "share_valid": 0.0, "n_has_markup": 8
    }  # fmt: skip


def test_a_day_without_actions_has_no_rationales(tmp_path: Path) -> None:
    llm = InventedLLM()
    made = run(tmp_path, llm, actions().clear())

    assert (made.rationales.height, llm.asked, sample(made.rationales)) == (0, [], "")
    assert verdicts(made.rationales, made.quarantine)["share_valid"] == 1.0


def test_several_days_are_added_up(tmp_path: Path) -> None:
    one = run(tmp_path, InventedLLM())

    assert merge([one, one]).rationales.height == 2 * one.rationales.height
    assert sample(one.rationales).splitlines()[0] == "step 1: I want a mug."
