"""A model that says what the test wants, counts the questions and takes a cent for each answer."""

from collections.abc import Sequence

from shopcart_assets.platform.llm import LLMError, LLMRequest, LLMResponse
from shopcart_assets.platform.llm.port import Keep, forget


class InventedLLM:
    """Fails at the question after the first `breaks_after`."""

    def __init__(self, says: str = "I want a mug.", breaks_after: int = 1_000) -> None:
        self.says = says
        self.asked = 0
        self.breaks_after = breaks_after

    def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
        return [self._answer(request, keep) for request in requests]

    def _answer(self, request: LLMRequest, keep: Keep) -> LLMResponse:
        if self.asked == self.breaks_after:
            raise LLMError("gone")
        self.asked += 1
        response = LLMResponse(self.says, request.model, 100, 10, "end_turn", 0.01, self.says)
        keep(request, response)
        return response
