"""A verdict for each answered case: nothing repaired, nothing lost."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.evaluation.verdicts import human_is_illegal, require_unique, verdicts, verdicts_by_day
from shopcart_assets.platform.dictionary import table

NAMES = pl.DataFrame(
    [("d1", "p", "q", "searchbox", 1), ("d1", "p", "mug.view_product", "link", 2), ("d1", "p", "buy_now", "button", 3)],
    {"day": str, "page_id": str, "name": str, "role": str, "position": pl.Int64},
    orient="row",
)
LOOK, BUY, LEAVE = (
    '{"type": "click", "name": "mug.view_product"}',
    '{"type": "click", "name": "buy_now"}',
    '{"type": "terminate"}',
)
SEARCH = '{"type": "type_and_submit", "name": "q", "text": "käse"}'
CASES = pl.DataFrame(
    [("a", 2, "u", LOOK, False), ("a", 3, "u", BUY, True), ("b", 2, "v", SEARCH, False), ("b", 3, "v", LEAVE, True)],
    {"session_id": str, "step": pl.Int64, "user_id": str, "action": str, "is_final": bool},
    orient="row",
).with_columns(day=pl.lit("d1"), page_id=pl.lit("p"))


def answers(*outputs: str) -> pl.DataFrame:
    return CASES.head(len(outputs)).select(
        "session_id",
        "step",
        pl.Series("output", outputs),
        stop_reason=pl.lit("end_turn"),
        rationale=pl.lit(None, pl.String),
        seed=pl.lit(0, pl.Int64),
    )


def test_every_kind_of_answer_gets_its_verdict() -> None:
    decomposed = SEARCH.replace("ä", "a\u0308")
    frame = verdicts(answers(LOOK, LEAVE, f"Sure: {decomposed}", '{"type": "click", "name": "nowhere"}'), CASES, NAMES)
    assert frame["error"].to_list() == ["correct", "didnt_click", "correct", "illegal"]
    assert frame["parse_mode"].to_list() == ["strict", "strict", "embedded", "strict"]
    assert frame["illegal_reason"].to_list() == [None, None, None, "unknown_target"]
    assert frame["is_exact"].to_list() == [True, False, True, False]
    assert frame["predicted_action"].to_list() == [LOOK, LEAVE, SEARCH, None]
    assert frame["human_is_purchase"].to_list() == [False, True, False, False]
    assert frame["weight"].to_list() == [0.5] * 4
    assert frame["human_category"].to_list() == ["product", "purchase", "search", "terminate"]
    assert frame["predicted_category"].to_list() == ["product", "terminate", "search", "illegal"]
    assert frame["text_f1"].to_list() == [None, None, 1.0, None]
    assert frame["nats"].null_count() == 4
    assert frame.schema == table("evaluation.verdicts").schema()


def test_day_by_day_the_verdicts_are_the_same() -> None:
    days = CASES.with_columns(day=pl.col("session_id").replace({"a": "d2", "b": "d1"}))
    names = pl.concat([NAMES, NAMES.with_columns(day=pl.lit("d2"))])
    asked: list[list[str]] = []

    def names_of(cases: pl.DataFrame) -> pl.DataFrame:
        asked.append(cases["day"].unique().to_list())
        return names.filter(pl.col("day").is_in(asked[-1]))

    told = answers(LOOK, LEAVE, SEARCH, "nothing")
    assert verdicts_by_day(told, days, names_of).equals(verdicts(told, days, names))
    assert sorted(asked) == [["d1"], ["d2"]]
    assert verdicts_by_day(told.clear(), days.clear(), names_of).equals(verdicts(told, days, names).clear())
    with pytest.raises(EvaluationError, match="answer no test case"):
        verdicts_by_day(told.with_columns(step=9), days, names_of)


@given(st.lists(st.one_of(st.sampled_from([LOOK, BUY, LEAVE, SEARCH]), st.text(max_size=30)), min_size=4, max_size=4))
def test_each_answer_is_judged_once_whatever_it_says(outputs: list[str]) -> None:
    frame = verdicts(answers(*outputs), CASES, NAMES)
    assert frame.height == 4 and frame["weight"].sum() == pytest.approx(2)
    assert (frame["illegal_reason"].is_null() == frame["predicted_action"].is_not_null()).all()
    assert (frame["is_exact"] == (frame["error"] == "correct")).all()


def test_likelihoods_of_the_human_action_stand_beside_the_verdict() -> None:
    scored = pl.DataFrame({"session_id": ["b"], "step": [3], "human_rank": [2], "human_nats": [0.7]})
    frame = verdicts(answers(LOOK, BUY, SEARCH, LEAVE), CASES, NAMES, scored)
    assert frame["rank"].to_list() == [None, None, None, 2] and frame["nats"].to_list() == [None, None, None, 0.7]


def test_the_order_of_the_answers_does_not_matter() -> None:
    frame = answers(LOOK, BUY, SEARCH, LEAVE)
    assert verdicts(frame.reverse(), CASES.reverse(), NAMES.reverse()).equals(verdicts(frame, CASES, NAMES))


def test_an_unanswered_case_has_no_verdict_and_keeps_its_weight_in_the_session() -> None:
    frame = verdicts(answers(LOOK, BUY, SEARCH), CASES, NAMES)
    assert frame.height == 3 and frame["weight"].to_list() == [0.5] * 3


def test_unknown_and_doubled_cases_are_said_not_dropped() -> None:
    stranger = answers(LOOK).with_columns(step=pl.lit(9, pl.Int64))
    with pytest.raises(EvaluationError, match="1 of 1 predictions answer no test case, first session 'a' step 9"):
        verdicts(stranger, CASES, NAMES)
    with pytest.raises(EvaluationError, match="1 predictions answer a case that is answered already"):
        verdicts(pl.concat([answers(LOOK), answers(BUY)]), CASES, NAMES)


def test_a_session_id_that_was_given_on_two_days_is_said_before_anybody_is_asked() -> None:
    require_unique(CASES)
    later = CASES.filter(session_id="b").with_columns(day=pl.lit("d2"))
    with pytest.raises(
        EvaluationError, match="1 session ids name test sessions of several days, such as 'b' of d1 and d2"
    ):
        require_unique(pl.concat([CASES, later]))


def test_a_human_action_that_is_not_on_the_page_is_found() -> None:
    assert human_is_illegal(CASES, NAMES).is_empty()
    pruned = NAMES.filter(pl.col("name") != "buy_now")
    assert human_is_illegal(CASES, pruned).select("session_id", "step", "illegal_reason").rows() == [
        ("a", 3, "unknown_target")
    ]
