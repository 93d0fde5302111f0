from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm import Ledger, LLMError, LLMRequest, LLMRequestError, LLMResponse, Message
from shopcart_assets.platform.llm.batch_server import BatchServer
from shopcart_assets.platform.llm.buying import MOST_REFUSED, batched, online
from shopcart_assets.platform.llm.outcomes import facts
from shopcart_assets.platform.llm.port import Keep, forget
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.audit import unaccounted, waiting
from shopcart_assets.reasoning.prompt import answer
from shopcart_assets.reasoning.summary import sample, verdicts
from tests.platform.llm.fake_batches import serve
from tests.reasoning.invented_llm import InventedLLM
from tests.reasoning.journey import DAY, GENERATOR, PER_ACTION, PER_SESSION, actions
from tests.reasoning.synthesis import Synthesis, stored, synthesize


def run(
    tmp_path: Path, llm: InventedLLM, taken: pl.DataFrame | None = None, generator: GeneratorConfig = GENERATOR
) -> Synthesis:
    taken = actions() if taken is None else taken
    return synthesize(taken, llm, Ledger(LocalLake(tmp_path)), generator)


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

    assert verdicts(mended.rationales, mended.quarantine, 8, GENERATOR) == {
        "n_rationales": 8, "n_mended": 8, "n_quarantined": 0, "n_waiting": 0, "share_valid": 1.0
    }  # fmt: skip
    assert mended.quarantine["defect"].unique().to_list() == ["speaks_of_user"]
    assert mended.responses.height == 16 and mended.requests.height == 8
    assert verdicts(lost.rationales, lost.quarantine, 9, GENERATOR) == {
        "n_rationales": 0, "n_mended": 0, "n_quarantined": 8, "n_waiting": 1, "share_valid": 0.0, "n_has_markup": 8
    }  # fmt: skip


def test_a_day_without_actions_has_no_rationales(tmp_path: Path) -> None:
    llm = InventedLLM()
    made = run(tmp_path, llm, actions().clear())

    assert (made.rationales.height, llm.asked, sample(made.rationales)) == (0, [], "")
    assert verdicts(made.rationales, made.quarantine, 0, GENERATOR)["share_valid"] == 1.0


def test_an_answer_names_every_session_that_asked_for_it(tmp_path: Path) -> None:
    made = run(tmp_path, InventedLLM())
    entries = list(Ledger(LocalLake(tmp_path)).entries.read(made.responses["request_key"].unique()))
    assert [entry.about for entry in entries] == [("a", "b")] * 4


def test_a_finished_day_opens_no_model(tmp_path: Path) -> None:
    ledger = Ledger(LocalLake(tmp_path))
    synthesize(actions(), InventedLLM(), ledger, GENERATOR)

    def nobody() -> InventedLLM:
        raise AssertionError("there was nothing to ask")

    made = synthesize(actions(), InventedLLM(), ledger, GENERATOR, online(nobody, ledger, None))
    assert made.rationales.height == 8


def test_a_request_that_the_server_refuses_costs_only_its_own_actions(tmp_path: Path) -> None:
    class Picky(InventedLLM):
        def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
            for request in requests:
                if "Before: nothing" in request.messages[-1].content:
                    raise LLMRequestError("too long", request.key(), "invalid_request_error")
            return super().generate(requests, keep)

    made = run(tmp_path, Picky())

    assert made.rationales["step"].to_list() == [2, 3, 4] * 2
    assert made.responses.filter(pl.col("state") != "answered")["state"].unique().to_list() == [
        "failed:invalid_request_error"
    ]
    assert made.quarantine.select("step", "defect", "is_final").unique().rows() == [(1, "unanswered", True)]
    assert facts(made.responses)["n_failed"] == 2


def test_a_server_that_refuses_everything_ends_the_run(tmp_path: Path) -> None:
    class Deaf(InventedLLM):
        def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
            raise LLMRequestError("no such option", requests[0].key(), "invalid_request_error")

    many = [LLMRequest("m", "s", (Message("user", str(number)),), 5) for number in range(MOST_REFUSED + 5)]
    with pytest.raises(LLMRequestError):
        online(Deaf, Ledger(LocalLake(tmp_path)), None)(many, ["a"] * len(many))
    assert len(online(Deaf, Ledger(LocalLake(tmp_path)), None)(many[:MOST_REFUSED], ["a"] * MOST_REFUSED).failed) == 10


def test_a_batch_is_sent_once_and_its_actions_wait_until_it_is_collected(tmp_path: Path) -> None:
    with serve(tmp_path / "server", end_after_seconds=3_600) as fake:
        config = replace(GENERATOR, kind="messages", base_url=fake.url, server="anthropic", route="batch")
        ledger = Ledger(LocalLake(tmp_path / "lake"))
        buy = batched(lambda: BatchServer(config, "key"), ledger, None)
        sent = synthesize(actions(), InventedLLM(), ledger, config, buy)
        again = synthesize(actions(), InventedLLM(), ledger, config, buy)
        kept, rejected, answered = (stored(one, config) for one in (sent.rationales, sent.quarantine, sent.responses))
        taken = actions().with_columns(day=pl.lit(DAY))

        assert sent.responses["state"].unique().to_list() == ["under_way"]
        assert sent.responses.equals(again.responses) and sent.rationales.is_empty()
        assert facts(sent.responses)["n_under_way"] == 8
        assert unaccounted(kept, rejected, answered, taken) == []
        assert waiting(answered).startswith("8 actions wait")
        assert ledger.ready(BatchServer(config, "key"), sent.responses["request_key"]) == set()


def test_days_added_up_show_a_sample(tmp_path: Path) -> None:
    assert sample(run(tmp_path, InventedLLM()).rationales).splitlines()[0] == "step 1: I want a mug."
