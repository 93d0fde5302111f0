from collections.abc import Collection
from functools import cache

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.llm import Answer, LLMResponse
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.answers import Judged, judge, responses
from shopcart_assets.reasoning.plan import again, plan
from shopcart_assets.reasoning.prompt import answer
from tests.reasoning.journey import PER_ACTION, PER_SESSION, actions, contexts

GOOD = answer([(step, f"I do {step}.") for step in (1, 2, 3, 4)])
THIRD_BAD = GOOD.replace("I do 3.", "The user does 3.")


def said(text: str, stop_reason: str = "end_turn") -> Answer:
    return Answer(LLMResponse(text, "m", 100, 10, stop_reason, 0.01, text, "req_1", 30, 5, "batch"), False)


@cache
def asked(generator: GeneratorConfig, n_samples: int = 2) -> pl.DataFrame:
    first = plan(actions("a"), contexts(), generator)
    return pl.concat([first, again(first, actions("a"), contexts(), generator)][:n_samples])


def by_session(*texts: str, refused: Collection[int] = ()) -> Judged:
    """What is judged where the samples of one session said these texts, or the server refused some of them."""
    requests = asked(PER_SESSION, max(len(texts), 1))
    keys = requests["request_key"].to_list()
    answers = {key: said(text) for n, (key, text) in enumerate(zip(keys, texts, strict=False)) if n not in refused}
    return judge(requests, answers, {keys[n]: "invalid_request" for n in refused}, actions("a"), PER_SESSION)


def kept(judged: Judged) -> list[tuple[int, int]]:
    return judged.rationales.select("step", "sample_index").rows()


def rejected(judged: Judged) -> list[tuple[int, int, str, bool]]:
    return judged.quarantine.select("step", "sample_index", "defect", "is_final").rows()


def test_a_bad_step_costs_itself_alone_and_its_request_is_asked_once_more() -> None:
    judged = by_session(THIRD_BAD)

    assert kept(judged) == [(1, 0), (2, 0), (4, 0)]
    assert rejected(judged) == [(3, 0, "speaks_of_user", False)]
    assert judged.retries.equals(asked(PER_SESSION, 1))


def test_a_retry_mends_what_was_bad_and_leaves_what_was_good() -> None:
    judged = by_session(THIRD_BAD, GOOD.replace("I do", "I redo"))

    assert kept(judged) == [(1, 0), (2, 0), (3, 1), (4, 0)]
    assert judged.rationales["rationale"].to_list() == ["I do 1.", "I do 2.", "I redo 3.", "I do 4."]
    assert rejected(judged) == [(3, 0, "speaks_of_user", False)]
    assert judged.retries.is_empty()


def test_what_is_bad_twice_is_lost_with_both_reasons() -> None:
    judged = by_session(THIRD_BAD, answer([(1, "I do 1.")]))

    assert kept(judged) == [(1, 0), (2, 0), (4, 0)]
    assert rejected(judged) == [(3, 0, "speaks_of_user", False), (3, 1, "missing_step", True)]


def test_what_the_server_refuses_for_good_is_lost_at_once() -> None:
    judged = by_session(refused=[0])

    assert rejected(judged) == [(step, 0, "unanswered", True) for step in (1, 2, 3, 4)]
    assert judged.retries.is_empty()


def test_what_is_under_way_has_no_row_and_is_not_asked_again() -> None:
    first, both = asked(PER_SESSION, 1), asked(PER_SESSION)
    waiting = judge(first, {}, {}, actions("a"), PER_SESSION)
    retried = judge(both, {both["request_key"][0]: said(THIRD_BAD)}, {}, actions("a"), PER_SESSION)

    assert (waiting.rationales.height, waiting.quarantine.height, waiting.retries.height) == (0, 0, 0)
    assert rejected(retried) == [(3, 0, "speaks_of_user", False)] and retried.retries.is_empty()


def test_names_of_elements_are_known_without_their_page() -> None:
    requests = asked(PER_ACTION, 1)
    key = requests.filter(pl.col("first_step") == 2)["request_key"][0]
    judged = judge(
        requests,
        {
            key: said(
                answer(
                    [
                        (2, "I click red_mug.view."),
                    ]
                )
            )
        },
        {},
        actions("a"),
        PER_ACTION,
    )

    assert rejected(judged) == [(2, 0, "has_element_name", False)]


def test_a_response_says_what_was_read_written_and_paid() -> None:
    requests = asked(PER_ACTION, 1)
    keys = requests["request_key"].to_list()
    rows = responses(requests, {keys[0]: said(GOOD)}, {keys[1]: "invalid_request"})

    assert rows.schema == table("reasoning.responses").schema()
    assert rows.select("first_step", "state", "input_tokens", "cached_input_tokens", "route", "request_id").rows() == [
        (1, "answered", 135, 30, "batch", "req_1"),
        (2, "failed:invalid_request", None, None, None, None),
    ]


TEXTS = st.sampled_from([GOOD, THIRD_BAD, "", answer([(2, "I do 2.")]), answer([(9, "I do 9.")])])


@pytest.mark.parametrize("n_samples", [1, 2])
@given(texts=st.lists(TEXTS, min_size=2, max_size=2), refused=st.sets(st.integers(0, 1)))
def test_every_action_has_exactly_one_end(n_samples: int, texts: list[str], refused: set[int]) -> None:
    judged = by_session(*texts[:n_samples], refused={n for n in refused if n < n_samples})
    ends = [step for step, _ in kept(judged)] + [step for step, _, _, is_final in rejected(judged) if is_final]
    is_open = not judged.retries.is_empty()

    assert len(ends) == len(set(ends))
    assert set(ends) == {1, 2, 3, 4} or is_open
    assert not (is_open and n_samples == 2)
