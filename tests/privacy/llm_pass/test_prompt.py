"""The request: a function of the snippet and the model alone, with the snippet as data that cannot end itself."""

import json

from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.privacy.llm_pass.prompt import fingerprint, instructions, quoted, request
from shopcart_assets.privacy.llm_pass.spans import KINDS, verified
from tests.privacy.llm_pass.models import snippet_of


@given(st.text())
def test_a_snippet_is_one_line_of_json_and_comes_out_as_it_went_in(snippet: str) -> None:
    asked = request(snippet, "m")
    assert snippet_of(asked) == snippet and "\n" not in quoted(snippet).replace("\u2028", "")
    assert asked.system == instructions() and asked.messages[:-1] == request("", "m").messages[:-1]
    assert [one.role for one in asked.messages] == ["user", "assistant"] * 3 + ["user"]


def test_the_examples_are_answers_that_would_be_accepted_and_the_kinds_are_told() -> None:
    turns = request("x", "m").messages
    for asked, answered in zip(turns[:-1:2], turns[1:-1:2], strict=True):
        snippet = json.loads(asked.content)["snippet"]
        verdict = verified(answered.content, "end_turn", snippet)
        assert not verdict.refused and len(verdict.marks) == len(json.loads(answered.content))
    assert all(kind in instructions() for kind in KINDS) and len(fingerprint()) == 64
