"""A case is an action from the second on of a test session."""

import polars as pl

from shopcart_assets.dataset.cases import cases
from shopcart_assets.platform.actions import Click, Terminate, from_json
from tests.dataset.test_admit import BUY, LEAVE, LOOK, SEARCH, actions


def test_cases_are_the_later_actions_of_test_sessions() -> None:
    frame = actions(a=[SEARCH, LOOK, BUY], b=[SEARCH, LOOK, LOOK, LEAVE], c=[SEARCH, LEAVE])
    splits = pl.DataFrame({"session_id": ["a", "b", "c"], "split": ["train", "test", "test"], "n_steps": [3, 4, 2]})
    asked = cases(frame, splits)
    assert asked.select("session_id", "step", "is_final").rows() == [
        ("b", 2, False),
        ("b", 3, False),
        ("b", 4, True),
        ("c", 2, True),
    ]
    assert [from_json(text) for text in asked["action"]] == [Click("red_mug.view_product")] * 2 + [Terminate()] * 2
    assert asked["page_id"].to_list() == ["p1"] * 4
