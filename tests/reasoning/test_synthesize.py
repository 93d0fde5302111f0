from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm import Ledger, LLMError
from shopcart_assets.reasoning.audit import defective, look_ahead, unexplained
from shopcart_assets.reasoning.summary import facts, sample
from shopcart_assets.reasoning.synthesize import synthesize
from tests.reasoning.invented_llm import InventedLLM
from tests.reasoning.journey import DAY, GENERATOR, actions, contexts


def run(tmp_path: Path, llm: InventedLLM, taken: pl.DataFrame | None = None) -> pl.DataFrame:
    taken = actions() if taken is None else taken
    return synthesize(taken, contexts(), llm, Ledger(LocalLake(tmp_path)), GENERATOR)


def stored(rationales: pl.DataFrame) -> pl.DataFrame:
    return rationales.with_columns(day=pl.lit(DAY), generator=pl.lit(GENERATOR.name))


def taken_that_day() -> pl.DataFrame:
    return actions().with_columns(day=pl.lit(DAY))


def test_each_action_gets_one_rationale_in_order(tmp_path: Path) -> None:
    rationales = run(tmp_path, InventedLLM())

    assert rationales.select("session_id", "step").rows() == [
        (session, step) for session in "ab" for step in (1, 2, 3, 4)
    ]
    assert rationales.schema == table("reasoning.rationales").schema()
    assert unexplained(stored(rationales), taken_that_day()) == []
    assert defective(stored(rationales)) == []


def test_a_second_run_buys_nothing_and_says_so(tmp_path: Path) -> None:
    llm = InventedLLM()
    first, second = run(tmp_path, llm), run(tmp_path, llm)

    assert llm.asked == 4, "two sessions that are alike up to their ids ask the same"
    assert second["is_reused"].all()
    assert first.drop("is_reused").equals(second.drop("is_reused"))
    assert facts(first) | {"n_rationales": 8, "n_reused": 0, "n_bought": 4, "n_defective": 0} == facts(first)
    assert facts(first)["cost_usd"] == pytest.approx(0.04)
    assert facts(second) | {"n_reused": 8, "n_bought": 0, "cost_usd": 0.0, "output_tokens": 0} == facts(second)


def test_a_run_that_broke_off_continues_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(LLMError):
        run(tmp_path, InventedLLM(breaks_after=3))
    llm = InventedLLM()
    rationales = run(tmp_path, llm)

    assert llm.asked == 1
    assert facts(rationales)["n_reused"] == 6


def test_a_day_without_actions_has_no_rationales(tmp_path: Path) -> None:
    llm = InventedLLM()
    rationales = run(tmp_path, llm, actions().clear())

    assert (rationales.height, llm.asked, sample(rationales)) == (0, 0, "")
    assert facts(rationales)["n_rationales"] == 0


def test_defects_are_counted_by_kind_and_keep_their_rows(tmp_path: Path) -> None:
    rationales = run(tmp_path, InventedLLM("<b>The user</b>"))

    assert facts(rationales)["n_has_markup"] == facts(rationales)["n_defective"] == 8
    assert defective(stored(rationales)) == ["tiny-random: has_markup 100% of 8 rationales"]
    assert sample(rationales).split("\n")[0] == "step 1: (nothing usable) [has_markup]"


def test_a_missing_a_doubled_and_a_stray_rationale_are_noticed(tmp_path: Path) -> None:
    rationales = stored(run(tmp_path, InventedLLM()))
    stray = rationales.head(1).with_columns(step=pl.lit(9, pl.Int64))

    assert unexplained(rationales.head(7), taken_that_day()) == ["tiny-random: 1 actions have no rationale"]
    assert unexplained(pl.concat([rationales, rationales.head(1)]), taken_that_day()) == [
        "tiny-random: 1 rationales are doubled"
    ]
    assert unexplained(pl.concat([rationales, stray]), taken_that_day()) == ["tiny-random: 1 rationales have no action"]
    assert unexplained(rationales.clear(), taken_that_day()) == ["none of 8 actions has a rationale"]


def test_what_was_asked_with_the_future_in_sight_is_noticed(tmp_path: Path) -> None:
    rationales, pages = stored(run(tmp_path, InventedLLM())), contexts().with_columns(day=pl.lit(DAY))
    honest = look_ahead(rationales, taken_that_day(), pages, lambda _: GENERATOR)
    # The key that the second step's rationale would have, had it been asked when the third was known.
    keys = rationales["request_key"].to_list()
    peeking = rationales.with_columns(request_key=pl.Series([keys[0], keys[2], *keys[2:]]))

    assert honest == []
    assert look_ahead(peeking, taken_that_day(), pages, lambda _: GENERATOR) == [
        f"tiny-random, {DAY}: session a step 2 was asked otherwise than the steps up to it give"
    ]
