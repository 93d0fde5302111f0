"""Every session is used whole or refused with the first reason; none is lost."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.dataset.admit import REASONS, admit

Row = tuple[str, str | None, str | None, str | None]
SEARCH: Row = ("type_and_submit", "search_input", "mug", None)
LOOK: Row = ("click", "red_mug.view_product", None, "p1")
BUY: Row = ("click", "buy_now", None, "p2")
LEAVE: Row = ("terminate", None, None, "p1")
UNKNOWN: Row = ("click", None, None, "p1")

CONTEXTS = pl.DataFrame({"page_id": ["p1", "p2"]})


def actions(**sessions: list[Row]) -> pl.DataFrame:
    rows = [(session, step, "u1", *row) for session, told in sessions.items() for step, row in enumerate(told, 1)]
    schema = {
        "session_id": str,
        "step": pl.Int64,
        "user_id": str,
        "action_type": str,
        "name": str,
        "text": str,
        "page_id": str,
    }
    return pl.DataFrame(rows, schema, orient="row")


@pytest.mark.parametrize(
    ("session", "reason"),
    [
        ([SEARCH, LOOK, BUY], None),
        ([SEARCH, LEAVE], None),
        ([LEAVE], "too_short"),
        ([LOOK, LEAVE], "starts_without_search"),
        ([SEARCH, LOOK], "ends_open"),
        ([SEARCH, UNKNOWN, LEAVE], "target_unresolved"),
        ([SEARCH, LOOK, UNKNOWN], "target_unresolved"),
        ([("type_and_submit", "search_input", None, None), LEAVE], "target_unresolved"),
        ([SEARCH, ("click", "x.view_product", None, "p9"), LEAVE], "page_missing"),
        ([SEARCH, ("terminate", None, None, None)], "page_missing"),
        ([LOOK, ("click", None, None, "p9")], "starts_without_search"),
    ],
)
def test_the_first_reason_is_given(session: list[Row], reason: str | None) -> None:
    admitted = admit(actions(s=session), CONTEXTS)
    assert admitted.refused["reason"].to_list() == ([] if reason is None else [reason])
    assert admitted.actions.height == (len(session) if reason is None else 0)


@given(
    st.dictionaries(
        st.text("abc", min_size=1), st.lists(st.sampled_from([SEARCH, LOOK, BUY, LEAVE, UNKNOWN]), min_size=1)
    )
)
def test_admitted_and_refused_are_all_sessions(sessions: dict[str, list[Row]]) -> None:
    frame = actions(**sessions)
    admitted = admit(frame, CONTEXTS)
    kept = set(admitted.actions["session_id"])
    assert kept.isdisjoint(admitted.refused["session_id"])
    assert kept | set(admitted.refused["session_id"]) == set(sessions)
    assert set(admitted.refused["reason"]) <= set(REASONS)
    assert admitted.actions.columns == frame.columns


def test_the_order_of_the_rows_does_not_matter() -> None:
    frame = actions(s=[SEARCH, LOOK, BUY], t=[LOOK, SEARCH], u=[SEARCH, LEAVE])
    shuffled = admit(frame.sample(fraction=1.0, shuffle=True, seed=3), CONTEXTS)
    assert shuffled.actions.equals(admit(frame, CONTEXTS).actions)
    assert shuffled.refused.equals(admit(frame, CONTEXTS).refused)
