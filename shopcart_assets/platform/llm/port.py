"""The port: what is asked of a language model and what comes back. No client, no server's name, no file.

A request's key is its identity everywhere: equal requests have equal keys, whoever asks, whenever.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, Protocol


class LLMError(RuntimeError):
    """A model gave no usable answer, or its answers cannot be kept. One line: what happened and what to do; no secret, no prompt."""


class LLMRefusedError(LLMError):
    """The server will refuse the same request again: a wrong key, an unknown model, a request that it does not take."""


class LLMUnavailableError(LLMError):
    """The server did not answer in spite of retries: overloaded, rate limited or unreachable. Run again later."""


class LLMUnusableError(LLMError):
    """The server answered, but not with a whole message, or not from the model that was asked."""


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True)
class LLMRequest:
    """One question. `max_tokens` bounds the answer; a higher `sample_index` asks for another sample of the same answer."""

    model: str
    system: str
    messages: tuple[Message, ...]
    max_tokens: int
    sample_index: int = 0

    def key(self) -> str:
        """sha256 of the canonical JSON: hexadecimal, 64 characters.

        >>> LLMRequest("m", "s", (Message("user", "hi"),), 9).key()[:16]
        'd8377d34f7f1bbc8'
        """
        canonical = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True)
class LLMResponse:
    """One answer. `text` is untrusted; `raw` is the answer word for word as it came, `model` the one that gave it.

    `cost_usd` is 0 for a local model and None where nobody knows the price; the ledger keeps what an answer cost when bought.
    """

    text: str
    model: str
    input_tokens: int
    output_tokens: int
    stop_reason: str
    cost_usd: float | None
    raw: str


Keep = Callable[[LLMRequest, LLMResponse], None]


def forget(_request: LLMRequest, _response: LLMResponse) -> None:
    """The `keep` of callers who need no answer to outlive a failure."""


class LLM(Protocol):
    """A language model, wherever it runs."""

    def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
        """The answers, in the order of the requests.

        `keep` is called with each answer as soon as it is there, from any thread, so that what was paid for survives the
        failure of another request. Raises LLMError when any request has no usable answer.
        """
        ...
