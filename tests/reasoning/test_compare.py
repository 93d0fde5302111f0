"""Figures of generators, by hand on a few words; and the view says what Python says."""

from dataclasses import asdict
from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.reasoning.compare import Profile, distinct, f1, profiles
from tests.reasoning.journey import DAY, actions


def said(**by_step: str) -> pl.DataFrame:
    """reasoning.rationales of one generator; a1 = session a, step 1."""
    rows = [
        {"session_id": place[0], "step": int(place[1]), "rationale": text, "sample_index": 0}
        for place, text in by_step.items()
    ]
    return pl.DataFrame(rows, schema=table("reasoning.rationales").schema())


PEOPLE = said(a1="i want a red mug", a2="cheap", b1="Don't like it – 9.99 is TOO much")
MODEL = said(a1="I want a mug.", a2="I want it, because it’s cheap.", b2="I want my five-star mug.")
TAKEN = actions().with_columns(user_id=pl.col("session_id"), day=pl.lit(DAY))


def both(people: pl.DataFrame = PEOPLE, model: pl.DataFrame = MODEL) -> pl.DataFrame:
    day = pl.lit(DAY).alias("day")
    return pl.concat(
        [people.with_columns(day, generator=pl.lit("human")), model.with_columns(day, generator=pl.lit("model"))]
    )


def test_each_generator_in_figures() -> None:
    human, model = profiles(both(), TAKEN)
    assert (human.generator, human.n_rationales, human.words_p50, human.n_compared) == ("human", 3, 5.0, 0)
    assert human.share_first_person == pytest.approx(1 / 3) and human.overlap_f1 is None and human.low is None
    assert (model.generator, model.n_rationales, model.share_first_person) == ("model", 3, 1.0)
    assert model.share_same_opening == pytest.approx(1 / 3), "i want a, i want it, i want my"
    assert model.n_compared == 2 and model.overlap_f1 == pytest.approx((8 / 9 + 2 / 7) / 2)
    assert model.low is None, "one user tells nothing of how users differ"


def test_a_rationale_of_an_action_that_is_gone_counts_nowhere() -> None:
    stray = MODEL.with_columns(session_id=pl.lit("gone"))
    assert [one.generator for one in profiles(both(model=stray), TAKEN)] == ["human"]
    assert list(profiles(both().clear(), TAKEN)) == []


def test_words_are_shared_as_often_as_both_have_them() -> None:
    assert f1(["a", "a"], ["a"]) == pytest.approx(2 / 3) and f1([], []) == 0.0 == f1(["a"], ["b"])
    assert distinct([["a"], []], 2) is None and distinct([["a", "a", "a"]], 2) == 0.5


def test_the_view_says_what_python_says(tmp_path: Path) -> None:
    warehouse = Warehouse(open_lake(str(tmp_path / "lake"), tmp_path), tmp_path / "views.duckdb")
    for name, frame in {"human": PEOPLE, "model": MODEL, "silent": said(b3="...")}.items():
        warehouse.write("reasoning.rationales", frame, day=DAY, generator=name)
    warehouse.write("context.actions", TAKEN.drop("day"), day=DAY)
    viewed = warehouse.views.query("select * from reasoning.generators").to_dicts()
    expected = profiles(warehouse.read("reasoning.rationales"), warehouse.read("context.actions"))
    assert [_without_interval(one) for one in expected] == [pytest.approx(row) for row in viewed]
    assert len(viewed) == 3


def _without_interval(one: Profile) -> dict[str, object]:
    return {name: value for name, value in asdict(one).items() if name not in ("low", "high")}
