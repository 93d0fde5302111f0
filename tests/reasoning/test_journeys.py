import polars as pl
import pytest

from shopcart_assets.platform.actions import Click, Terminate, TypeAndSubmit
from shopcart_assets.reasoning import journeys as module
from shopcart_assets.reasoning.journeys import journeys
from tests.reasoning.journey import actions, contexts


def test_a_journey_has_its_steps_in_order_with_their_pages() -> None:
    (first, second) = journeys(actions("b", "a"), contexts())

    assert (first[0], second[0]) == ("a", "b")
    assert [step.action for step in first[1]] == [
        TypeAndSubmit("search_input", "mug"),
        Click("red_mug.view"),
        None,
        Terminate(),
    ]
    assert [step.title for step in first[1]] == ["Shop", "Results for mug", "Red mug", ""]
    assert first[1] == second[1]


def test_lazily_and_a_few_at_a_time_they_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, at_once = actions(*"edcba"), list(journeys(actions(*"edcba"), contexts()))
    monkeypatch.setattr(module, "SESSIONS_AT_ONCE", 2)

    assert list(journeys(taken, contexts().lazy())) == at_once
    assert list(journeys(taken.clear(), contexts())) == []
    assert [len(steps) for _, steps in journeys(taken, contexts().filter(pl.lit(False)))] == [4] * 5
