"""Each check fails on the fault that it is there for."""

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


def test_a_session_that_is_left_out_is_counted() -> None:
    assert checks._is_told_whole(SPLITS, SPLITS) == []
    assert checks._is_told_whole(SPLITS.head(1), SPLITS) == ["1 of 2 sessions left out: a rationale of theirs is empty"]
