"""Model text is hostile: whatever it is, it becomes an action or a reason, and nothing else happens."""

import json
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shopcart_assets.evaluation.parse import Illegal, parse
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit, to_json

LEAVE = '{"type": "terminate"}'


@pytest.mark.parametrize(
    ("text", "action", "mode"),
    [
        (LEAVE, Terminate(), "strict"),
        ('  {"type":"click","name":"a.b"}\n', Click("a.b"), "strict"),
        ('{"action": {"type": "click", "name": "a"}, "rationale": "I like it."}', Click("a"), "strict"),
        ('{"action": {"type": "terminate"}}', Terminate(), "strict"),
        (f"<think>I could {{buy}} or {LEAVE}</think>\n{LEAVE}", Terminate(), "think_stripped"),
        (f"so I leave</think>{LEAVE}", Terminate(), "think_stripped"),
        (f"```json\n{LEAVE}\n```", Terminate(), "fenced"),
        (f"Here you are:\n```\n{LEAVE}\n```\nBye", Terminate(), "fenced"),
        (f"I leave now: {LEAVE}.", Terminate(), "embedded"),
        (
            '{not json} but {"type":"type_and_submit","name":"q","text":"käse {"}',
            TypeAndSubmit("q", "käse {"),
            "embedded",
        ),
        (f"{LEAVE} <think>unclosed {LEAVE}", Terminate(), "think_stripped"),
    ],
)
def test_what_is_read(text: str, action: Action, mode: str) -> None:
    parsed = parse(text)
    assert (parsed.result, parsed.mode) == (action, mode)


@pytest.mark.parametrize(
    ("text", "stop_reason", "reason"),
    [
        ("", None, "empty"),
        (" \n", "end_turn", "empty"),
        ("", "max_tokens", "truncated"),
        ("anything", "refusal", "refusal"),
        ("I would click the mug.", None, "no_json"),
        ('{"type": "click", "name": "sea', "max_tokens", "truncated"),
        ('{"type": "click", "name": "sea', "end_turn", "no_json"),
        (f"<think>for ever {LEAVE}", None, "no_json"),
        (f"{LEAVE}\n{LEAVE}", None, "multiple_objects"),
        (f"```json\n{LEAVE}\n``` and {LEAVE}", None, "multiple_objects"),
        ('{"type": "terminate", "type": "terminate"}', None, "no_json"),
        ('{"type": "terminate",}', None, "no_json"),
        ('{// action goes here\n"type": "terminate"}', None, "no_json"),
        ('{"type": NaN}', None, "no_json"),
        (f"[{LEAVE[1:-1]}]", None, "no_json"),
        ("{}", None, "schema"),
        ('{"type": "buy"}', None, "schema"),
        ('{"type": "click"}', None, "schema"),
        ('{"type": "click", "name": 3}', None, "schema"),
        ('{"type": "click", "name": null}', None, "schema"),
        ('{"type": ["click"], "name": "a"}', None, "schema"),
        ('{"type": "click", "name": "a", "text": "b"}', None, "schema"),
        ('{"type": "terminate", "rationale": "x"}', None, "schema"),
        ('{"action": "terminate"}', None, "schema"),
        ('{"action": {"type": "terminate"}, "confidence": 1}', None, "schema"),
        ('{"type": "click", "name": "\\ud800"}', None, "schema"),
        ('{"type": "type_and_submit", "name": "q"}', None, "schema"),
        ('{"type": "type_and_submit", "name": "q", "text": " "}', None, "empty_text"),
    ],
)
def test_what_is_illegal_and_why(text: str, stop_reason: str | None, reason: str) -> None:
    assert parse(text, stop_reason).result == Illegal(reason)  # type: ignore[arg-type]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ACTIONS = st.one_of(
    st.builds(Click, NAMES),
    st.builds(TypeAndSubmit, NAMES, NAMES.filter(str.strip)),
    st.just(Terminate()),
)


@given(ACTIONS, st.booleans())
def test_every_action_survives_its_own_json(action: Action, is_wrapped: bool) -> None:
    text = to_json(action)
    assume("think>" not in text)
    wrapped = json.dumps({"action": json.loads(text), "rationale": "}{"}) if is_wrapped else text
    assert parse(wrapped).result == action


@given(
    st.text(st.sampled_from('{}"\\:,[]abtype`<think>/ \n\ud800é0')), st.sampled_from([None, "max_tokens", "end_turn"])
)
def test_it_never_raises(text: str, stop_reason: str | None) -> None:
    parse(text, stop_reason)


@pytest.mark.parametrize(
    "text",
    [
        "{" * 200_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        '{"' + '\\"' * 200_000,
        '{"type": "click", "name": ' + "9" * 100_000 + "}",
        "```" + " " * 200_000 + '{"type": "terminate"}',
        "<think>" * 100_000,
        '"{' * 100_000,
    ],
)
def test_it_is_linear_in_hostile_text(text: str) -> None:
    began = time.process_time()
    parse(text)
    assert time.process_time() - began < 2
