from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.lake import LocalLake
from shopcart_assets.platform.llm import Ledger
from shopcart_assets.platform.profiles import HUMAN, GeneratorConfig
from shopcart_assets.reasoning.audit import defective, look_ahead, unaccounted
from shopcart_assets.reasoning.human import spoken
from shopcart_assets.reasoning.plan import plan
from tests.reasoning.invented_llm import InventedLLM
from tests.reasoning.journey import DAY, GENERATOR, GENERATORS, PER_ACTION, PER_SESSION, actions, contexts, events
from tests.reasoning.synthesis import stored, synthesize


def taken_that_day() -> pl.DataFrame:
    return actions().with_columns(day=pl.lit(DAY))


def ends(tmp_path: Path, says: str = "I want a mug.") -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    made = synthesize(actions(), InventedLLM(says), Ledger(LocalLake(tmp_path)), GENERATOR)
    kept, rejected, answered = (stored(one, GENERATOR) for one in (made.rationales, made.quarantine, made.responses))
    return kept, rejected, answered


def test_a_missing_a_doubled_and_a_stray_end_are_noticed(tmp_path: Path) -> None:
    kept, none, answered = ends(tmp_path)
    stray = kept.head(1).with_columns(step=pl.lit(9, pl.Int64))

    assert unaccounted(kept, none, answered, taken_that_day()) == []
    assert unaccounted(kept.head(7), none, answered, taken_that_day()) == [
        "tiny-random: 1 actions have neither a rationale nor a place in quarantine"
    ]
    assert unaccounted(pl.concat([kept, kept.head(1)]), none, answered, taken_that_day()) == [
        "tiny-random: 1 actions have more than one end"
    ]
    assert unaccounted(pl.concat([kept, stray]), none, answered, taken_that_day()) == [
        "tiny-random: 1 rationales have no action"
    ]
    assert unaccounted(kept.clear(), none, answered, taken_that_day()) == [
        "none of 8 actions has a rationale or is in quarantine"
    ]


def test_people_say_why_of_few_actions_and_nothing_is_missing_then() -> None:
    found = spoken(actions(), events(a1="I want a mug"))
    kept, lost = (stored(one, HUMAN) for one in (found.rationales, found.quarantine))
    none = table("reasoning.responses").empty().with_columns(generator=pl.lit(None, pl.String))

    assert unaccounted(kept, lost, none, taken_that_day()) == []
    assert unaccounted(kept.clear(), lost, none, taken_that_day(), {"human"}) == []
    assert unaccounted(kept.clear(), lost, none, taken_that_day(), {"human", "tiny-random"}) != []
    stray = kept.with_columns(step=pl.lit(9, pl.Int64))
    assert unaccounted(stray, lost, none, taken_that_day()) == ["human: 1 rationales have no action"]


def test_what_is_lost_is_accounted_for_and_warned_of(tmp_path: Path) -> None:
    none, lost, answered = ends(tmp_path, "<b>The user</b>")
    kept, _, _ = ends(tmp_path / "other")

    assert unaccounted(none, lost, answered, taken_that_day()) == []
    assert unaccounted(kept, lost, answered, taken_that_day()) == ["tiny-random: 8 actions have more than one end"]
    assert defective(none, lost) == ["tiny-random: has_markup 100% of 8 rationales"]
    assert defective(kept, lost.filter(~pl.col("is_final"))) == [], "what a retry mended is not lost"


@pytest.mark.parametrize("generator", GENERATORS)
def test_what_was_planned_honestly_knows_no_future(generator: GeneratorConfig) -> None:
    planned = stored(plan(actions(), contexts(), generator), GENERATOR)
    pages = contexts().with_columns(day=pl.lit(DAY))

    assert look_ahead(planned, taken_that_day(), pages, lambda _: generator) == []


def test_what_was_asked_with_the_future_in_sight_is_noticed() -> None:
    pages = contexts().with_columns(day=pl.lit(DAY))
    planned = stored(plan(actions(), contexts(), PER_ACTION), GENERATOR)
    # The key that the second step's request would have, had it been asked when the third was known.
    keys = planned["request_key"].to_list()
    peeking = planned.with_columns(request_key=pl.Series([keys[0], keys[2], *keys[2:]]))
    whole = plan(actions(), contexts(), PER_SESSION)["request_key"][0]
    pretending = planned.with_columns(request_key=pl.lit(whole))

    said = f"tiny-random, {DAY}: session a step 2 was asked otherwise than the steps up to it give"
    assert look_ahead(peeking, taken_that_day(), pages, lambda _: PER_ACTION) == [said]
    assert len(look_ahead(pretending, taken_that_day(), pages, lambda _: PER_ACTION)) == 8
