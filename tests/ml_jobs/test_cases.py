"""What of a session is asked, what is left when some of it is done, and where an answer ends."""

import json
from typing import Any

import pytest

from ml_jobs import cases
from ml_jobs.cases import AnswerConfig, Asker
from ml_jobs.program import ConfigError
from shopcart_assets.dataset.conversation import EMPTY_THOUGHT, THINK_CLOSE, THINK_OPEN
from tests.ml_jobs.conftest import byte_tokenizer, session


def test_what_is_done_is_not_asked_again(tokenizer: Any) -> None:
    asker = Asker(tokenizer, AnswerConfig(n_samples=2, temperature=1.0), 4_000)
    done = {("s1", 2, 0), ("s1", 2, 1), ("s1", 3, 1), ("s2", 4, 0)}
    [group] = asker.groups(session(1, 4), done)
    assert group.asked == [(3, 0), (4, 0), (4, 1)]
    assert len(group.trunk.ids) == group.trunk.rows[-1].n_prefix > group.trunk.rows[0].n_prefix
    assert list(asker.groups(session(1, 2), done)) == []


def test_a_group_stays_below_the_cache_and_its_rows_continue_its_trunk(tokenizer: Any) -> None:
    limits = AnswerConfig(max_rationale_tokens=8, max_action_tokens=8, max_cache_tokens=700)
    groups = list(Asker(tokenizer, limits, 4_000).groups(session(1, 5)))
    assert [step for group in groups for step, _ in group.asked] == [2, 3, 4, 5]
    assert 1 < len(groups) < 4
    assert all(group.n_tokens <= 700 for group in groups if len(group.asked) > 1)


def test_tags_are_the_tokens_that_they_are_inside_a_reply(tokenizer: Any) -> None:
    think = Asker(tokenizer, AnswerConfig(opening=THINK_OPEN, closing=THINK_CLOSE), 4_000)
    assert (tokenizer.decode(think.opening), tokenizer.decode(think.closing)) == (THINK_OPEN, THINK_CLOSE)
    at_once = Asker(tokenizer, AnswerConfig(opening=EMPTY_THOUGHT), 4_000)
    assert tokenizer.decode(at_once.opening) == EMPTY_THOUGHT and at_once.closing == []
    assert at_once.room < Asker(tokenizer, AnswerConfig(), 4_000).room


def test_a_tag_that_lies_across_tokens_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fives = byte_tokenizer()
    decode = fives.decode
    monkeypatch.setattr(fives, "decode", lambda ids: decode(ids[: len(ids) // 5 * 5]))
    with pytest.raises(ConfigError, match="no whole tokens for '<think>"):
        Asker(fives, AnswerConfig(opening=THINK_OPEN, closing=THINK_CLOSE), 4_000)


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ('{"type": "terminate"}', True),
        ('I think {"a": {"b": "}"}} yes', True),
        ('{"a": "}"', False),
        ("}{", False),
        ('{"a": ' + "[" * 100_000 + "}", False),
        ("", False),
    ],
)
def test_closes_object(text: str, is_whole: bool) -> None:
    assert cases.closes_object(text) is is_whole


def test_an_action_stops_at_its_closing_brace() -> None:
    written = json.dumps({"type": "terminate"})
    assert not any(cases.closes_object(written[:end]) for end in range(len(written)))
    assert cases.closes_object(written)
