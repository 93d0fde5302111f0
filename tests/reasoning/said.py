"""What a well-behaved model would answer, for the fake server of batches: `--answer tests.reasoning.said:rationales`."""

import re
from collections.abc import Mapping
from typing import Any

from shopcart_assets.reasoning.prompt import answer
from tests.platform.llm.fake_state import sha

_STEP = re.compile(r"Step (\d+)\n")


def rationales(params: Mapping[str, Any]) -> str:
    """A sentence for each step that the request asks for, other words for other requests; plain text where no JSON is wanted."""
    sentence = f"I want to look closer at offer {sha(params)[:6]} because the price suits me."
    messages = [one["content"] for one in params["messages"]]
    steps = [int(found[1]) for text in messages if isinstance(text, str) and (found := _STEP.match(text))]
    if not steps:
        return sentence
    asked = steps if "one rationale for each step" in params["system"] else steps[-1:]
    return answer([(step, sentence) for step in asked])
