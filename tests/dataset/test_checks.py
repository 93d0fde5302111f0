"""Each check fails on the fault that it is there for."""

import json

import polars as pl

from shopcart_assets.dataset import checks

SPLITS = pl.DataFrame({"session_id": ["a", "b"], "user_id": ["u", "v"], "split": ["test", "train"], "n_steps": [3, 4]})


def test_a_user_on_both_sides_is_found() -> None:
    assert checks._users_are_disjoint(SPLITS) == []
    found = checks._users_are_disjoint(SPLITS.with_columns(user_id=pl.lit("u")))
    assert found == ["1 users are in train and in test"]


def test_a_lost_session_is_found() -> None:
    refused, actions = SPLITS.head(0), pl.DataFrame({"session_id": ["a", "a", "b"]})
    assert checks._sessions_add_up(SPLITS, refused, actions) == []
    assert checks._sessions_add_up(SPLITS.head(1), refused, actions) == ["1 split + 0 refused, of 2 sessions"]


def test_a_missing_case_is_found() -> None:
    cases = pl.DataFrame({"session_id": ["a", "a"], "step": [2, 3]})
    assert checks._cases_add_up(cases, SPLITS) == []
    assert checks._cases_add_up(cases.head(1), SPLITS) == ["1 cases, not 2"]


def test_a_session_and_a_rationale_that_are_left_out_are_counted() -> None:
    steps = json.dumps({"steps": [{"turns": [{}] * n_turns} for n_turns in (4, 2, 4)]})
    told = SPLITS.with_columns(steps=pl.lit(steps))
    whole = told.with_columns(steps=pl.col("steps").str.replace_all("[{}, {}]", "[{}, {}, {}, {}]", literal=True))
    untold = "1 of 3 actions are told without a rationale: theirs were rejected, or nobody said why"
    assert checks._is_told_whole(whole, SPLITS) == []
    assert checks._is_told_whole(told, SPLITS) == [untold]
    assert checks._is_told_whole(whole.head(1), SPLITS) == ["1 of 2 sessions are left out"]
