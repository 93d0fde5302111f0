"""What is sent for a case: the baseline prompt, the true history, each step a continuation, nothing of the future."""

import json
from dataclasses import replace

import polars as pl
import pytest

from ml_jobs.chat import LEFT_OUT as LEFT_OUT_LOCALLY
from shopcart_assets.dataset.conversation import Step, conversation, prompt, prompted
from shopcart_assets.evaluation import requests
from shopcart_assets.evaluation.local import asked_conversations
from shopcart_assets.evaluation.requests import LEFT_OUT, Question, plan, questions, shared_tokens
from shopcart_assets.platform.llm.calls import in_chains
from shopcart_assets.platform.llm.cost import prompt_tokens
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.served import ROUND, served

POLICY = served("http://localhost:1")


def told(n_steps: int, page: str = "<html>page {}</html>") -> pl.DataFrame:
    action = '{"type": "click", "name": "a"}'
    steps = [Step(one, page.format(one), action, None, one > 1) for one in range(1, n_steps + 1)]
    return pl.DataFrame({"session_id": ["s"], "steps": [prompted(conversation(steps, "action_only"))]})


def asked(conversations: pl.DataFrame, policy: PolicyConfig = POLICY) -> list[Question]:
    assert policy.server
    return list(questions(conversations, policy, policy.server, ROUND))


def test_each_case_is_asked_with_the_true_history_as_turns_that_alternate() -> None:
    second, third = asked(told(3))
    assert (second.step, third.step) == (2, 3) and second.request.system == prompt("baseline")
    assert [one.role for one in third.request.messages] == ["user", "assistant"] * 2 + ["user"]
    assert json.loads(third.request.messages[1].content) == {"action": {"type": "click", "name": "a"}}
    assert third.request.messages[-1].content == "<html>page 3</html>"
    assert third.request.messages[:3] == second.request.messages, "so that a server's cache finds it"
    assert (third.request.max_tokens, third.request.round, third.request.temperature) == (60, ROUND, None)


def test_samples_have_their_own_keys_and_the_temperature_that_was_declared() -> None:
    warm = replace(POLICY, n_samples=3, temperature=0.7)
    found = asked(told(4), warm)
    assert len({one.request.key() for one in found}) == 9 == len(found)
    assert {one.request.temperature for one in found} == {0.7}
    chains = in_chains([one.request for one in found])
    assert [[one.sample_index for one in chain] for chain in chains] == [[0] * 3, [1] * 3, [2] * 3]


def test_the_plan_has_the_keys_and_lengths_of_what_is_sent(lake: Warehouse) -> None:
    conversations = asked_conversations(lake, POLICY)
    assert POLICY.server
    planned = plan(conversations, POLICY, POLICY.server, ROUND)
    found = asked(conversations)
    assert planned["request_key"].to_list() == [one.request.key() for one in found]
    assert planned["estimated_tokens"].to_list() == [prompt_tokens(one.request) for one in found]
    cases = lake.read("dataset.cases").select("session_id", "step").sort("session_id", "step")
    assert planned.select("session_id", "step").sort("session_id", "step").equals(cases)
    assert 0 < shared_tokens(conversations) < min(planned["estimated_tokens"].to_list())


def test_a_long_session_loses_its_oldest_pages_and_no_action(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MOST_TOKENS", 1_500)
    monkeypatch.setattr(requests, "ENOUGH_TOKENS", 1_100)
    found = asked(told(12, "<html>page {}" + " word" * 100 + "</html>"))
    for one in found:
        texts = [message.content for message in one.request.messages]
        pages = texts[0::2]
        assert (
            pages == [LEFT_OUT] * one.n_left_out + pages[one.n_left_out :] and LEFT_OUT not in pages[one.n_left_out :]
        )
        assert len(texts) == 2 * one.step - 1 and all('"click"' in text for text in texts[1::2])
        assert one.tokens == prompt_tokens(one.request) <= 1_500
    lost = [one.n_left_out for one in found]
    assert lost == sorted(lost) and lost[0] == 0 and 1 < len(set(lost)) < len(lost), "several pages go at once"


def test_the_last_page_stays_however_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MOST_TOKENS", 10)
    monkeypatch.setattr(requests, "ENOUGH_TOKENS", 5)
    *_, last = asked(told(5))
    assert last.n_left_out == 4 and last.request.messages[-1].content == "<html>page 5</html>"


def test_both_sides_leave_out_a_page_in_the_same_words() -> None:
    assert LEFT_OUT == LEFT_OUT_LOCALLY
