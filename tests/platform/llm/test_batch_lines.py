"""Lines of results: what is an answer, what is sent again, what never; no word of the server or of a prompt in an error."""

import json
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.llm.batch_lines import read_line
from shopcart_assets.platform.llm.port import BatchRow, LLMUnusableError
from shopcart_assets.platform.llm.prices import Price, vendored
from tests.platform.llm.mortal import MODEL, generator

CANARY = "canary prompt"
PRICES = vendored().with_own([Price(model=MODEL, input_usd=1, output_usd=10, read_usd=0.1, batch_factor=0.5)])


def message(**changes: Any) -> dict[str, Any]:
    return {
        "model": f"{MODEL}-20261001",
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "I want\u2028it."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1_000_000, "output_tokens": 100_000, "cache_read_input_tokens": 1_000_000},
    } | changes


def read(result: Any, custom_id: str = "a") -> BatchRow:
    line = json.dumps({"custom_id": custom_id, "result": result}, ensure_ascii=False)
    return read_line(line, MODEL, "msgbatch_1", generator("http://127.0.0.1:9"), PRICES)


def failed(kind: str, text: str = CANARY) -> dict[str, Any]:
    return {"type": "errored", "error": {"type": "error", "error": {"type": kind, "message": text}}}


def test_an_answer_is_kept_word_for_word_at_half_the_price() -> None:
    row = read({"type": "succeeded", "message": message()})
    answer = row.response
    assert answer is not None and row.custom_id == "a"
    assert json.loads(answer.raw)["result"]["message"] == message() and "\u2028" in answer.raw
    assert (answer.text, answer.route, answer.request_id) == ("I want\u2028it.", "batch", "msgbatch_1")
    assert (answer.input_tokens, answer.cached_input_tokens, answer.output_tokens) == (1_000_000, 1_000_000, 100_000)
    assert answer.cost_usd == row.cost_usd == pytest.approx(0.5 * (1 + 0.1 + 1)) and answer.price == PRICES.id


@pytest.mark.parametrize("stop_reason", ["max_tokens", "refusal"])
def test_an_answer_that_was_cut_or_refused_is_an_answer(stop_reason: str) -> None:
    response = read({"type": "succeeded", "message": message(stop_reason=stop_reason, content=[])}).response
    assert response is not None and (response.stop_reason, response.text) == (stop_reason, "")


@pytest.mark.parametrize(
    ("changes", "reason", "is_priced"),
    [
        ({"stop_reason": None}, "broken_off", True),
        ({"model": "deepseek-flash"}, "another_model", True),
        ({"model": None}, "another_model", True),
        ({"usage": None}, "unreadable", False),
    ],
)
def test_what_was_paid_for_and_is_of_no_use_is_not_sent_again(
    changes: dict[str, Any], reason: str, is_priced: bool
) -> None:
    row = read({"type": "succeeded", "message": message(**changes)})
    assert (row.response, row.reason, row.is_again) == (None, reason, False)
    assert (row.cost_usd is not None) == is_priced


@pytest.mark.parametrize(
    ("result", "is_again"),
    [
        (failed("invalid_request_error"), False),
        (failed("request_too_large"), False),
        (failed("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), False),
        (failed("not_found_error"), False),
        (failed("invalid_request_error", "You have reached your specified API usage limits."), True),
        (failed("billing_error"), True),
        (failed("overloaded_error"), True),
        (failed("authentication_error"), True),
        (failed(f"<b>{CANARY}</b>"), True),
        ({"type": "expired"}, True),
        ({"type": "canceled"}, True),
    ],
)
def test_who_is_at_fault_says_whether_a_request_is_sent_again(result: dict[str, Any], is_again: bool) -> None:
    row = read(result)
    assert row.response is None and row.is_again == is_again and row.cost_usd is None
    assert CANARY not in row.reason and row.reason


@given(
    st.text(),
    st.recursive(st.none() | st.text() | st.integers(), lambda part: st.lists(part) | st.dictionaries(st.text(), part)),
)
def test_whatever_a_server_sends_is_a_row_or_one_line_without_its_words(text: str, wild: object) -> None:
    for line in (
        f"{CANARY}{text}",
        json.dumps({"custom_id": "a", "result": {"type": "succeeded", "message": {CANARY: wild}}}),
    ):
        try:
            row = read_line(line, MODEL, "msgbatch_1", generator("http://127.0.0.1:9"), PRICES)
        except LLMUnusableError as error:
            told = "".join(traceback.format_exception(error))
            assert "\n" not in str(error) and CANARY not in told and error.__context__ is None
        else:
            assert row.reason in ("unreadable", "succeeded", "another_model")
