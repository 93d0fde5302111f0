"""Models for the tests: one that finds what a rule finds, one that says what the test wants."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from shopcart_assets.platform.llm import LLMError, LLMRequest, LLMResponse
from shopcart_assets.platform.llm.port import Keep, forget


def snippet_of(request: LLMRequest) -> str:
    """The snippet that a request asks about."""
    return str(json.loads(request.messages[-1].content)["snippet"])


def said(*spans: tuple[str, str]) -> str:
    """An answer as it should be."""
    return json.dumps([{"text": text, "kind": kind} for text, kind in spans])


class RuleLLM:
    """Answers each snippet by a function; remembers the snippets. A cent each. Fails at the question after `breaks_after`."""

    def __init__(self, answer: Callable[[str], str], breaks_after: int = 10**9, stop_reason: str = "end_turn") -> None:
        self.answer, self.breaks_after, self.stop_reason = answer, breaks_after, stop_reason
        self.asked: list[str] = []

    def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
        return [self._answer(request, keep) for request in requests]

    def _answer(self, request: LLMRequest, keep: Keep) -> LLMResponse:
        if len(self.asked) == self.breaks_after:
            raise LLMError("gone")
        snippet = snippet_of(request)
        self.asked.append(snippet)
        text = self.answer(snippet)
        response = LLMResponse(text, request.model, 100, 10, self.stop_reason, 0.01, f"raw {text} {snippet}")
        keep(request, response)
        return response


def finding(*people: str) -> RuleLLM:
    """A model that knows these names, in any case, and nothing else."""

    def answer(snippet: str) -> str:
        found = (match[0] for name in people for match in re.finditer(re.escape(name), snippet, re.IGNORECASE))
        return said(*((name, "name") for name in dict.fromkeys(found)))

    return RuleLLM(answer)


def saying(answer: Any) -> RuleLLM:
    """A model that gives everything the same answer."""
    return RuleLLM(lambda _: answer if isinstance(answer, str) else json.dumps(answer))
