"""A model that says what the test wants, counts the questions and takes a cent for each answer."""

from collections.abc import Callable, Sequence

from shopcart_assets.platform.llm import LLMError, LLMRequest, LLMResponse
from shopcart_assets.platform.llm.port import Keep, forget


class InventedLLM:
    """Fails at the question after the first `breaks_after`. `says` may depend on the request."""

    def __init__(
        self,
        says: str | Callable[[LLMRequest], str] = "I want a mug.",
        breaks_after: int = 1_000,
        stops: str = "end_turn",
    ) -> None:
        self.says = says
        self.asked: list[LLMRequest] = []
        self.breaks_after = breaks_after
        self.stops = stops

    def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
        return [self._answer(request, keep) for request in requests]

    def _answer(self, request: LLMRequest, keep: Keep) -> LLMResponse:
        if len(self.asked) == self.breaks_after:
            raise LLMError("gone")
        self.asked.append(request)
        text = self.says if isinstance(self.says, str) else self.says(request)
        response = LLMResponse(text, request.model, 100, 10, self.stops, 0.01, text)
        keep(request, response)
        return response
