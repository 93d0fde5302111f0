"""What a well-behaved model would answer, for the fake server of batches: `--answer tests.reasoning.said:rationales`."""

import re
from collections.abc import Mapping
from typing import Any

from shopcart_assets.reasoning.prompt import answer
from tests.platform.llm.fake_state import said, sha

_STEP = re.compile(r"Step (\d+)\n")


def rationales(params: Mapping[str, Any]) -> str:
    """A sentence for each step that the request asks for, other words for other requests; plain text where no JSON is wanted."""
    sentence = f"I want to look closer at offer {sha(params)[:6]} because the price suits me."
    steps = [int(found[1]) for text in said(params) if (found := _STEP.match(text))]
    if not steps:
        return sentence
    asked = steps if "one rationale for each step" in params["system"] else steps[-1:]
    return answer([(step, sentence) for step in asked])
