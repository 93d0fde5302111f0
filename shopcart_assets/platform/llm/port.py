"""The port: what is asked of a language model and what comes back. No client, no server's name, no file.

A request's key is its identity everywhere: equal requests have equal keys, whoever asks, whenever.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Literal, Protocol

Route = Literal["online", "batch"]
"""How a request travels: it does not change the answer, only the price and the wait."""


class LLMError(RuntimeError):
    """A model gave no usable answer, or its answers cannot be kept. One line: what happened and what to do; no secret, no prompt."""


class LLMRefusedError(LLMError):
    """The server will refuse the same request again: a wrong key, an unknown model, a request that it does not take."""


class LLMRequestError(LLMRefusedError):
    """The server refuses this one request, which is not billed, and takes others. `key` is the request's, `reason` one word."""

    def __init__(self, line: str, key: str, reason: str) -> None:
        super().__init__(line)
        self.key = key
        self.reason = reason


class LLMUnavailableError(LLMError):
    """The server did not answer in spite of retries: overloaded, rate limited or unreachable. Run again later."""


class LLMBusyError(LLMUnavailableError):
    """The server said that it takes no request now: this one was certainly not executed."""


class LLMUnusableError(LLMError):
    """The server answered, but not with a whole message, or not from the model that was asked."""


class LLMSpendLimitError(LLMError):
    """The account's spending limit is reached (402, a 400 that says so, a 429 without retry-after). Stop: no retry helps."""


class LedgerError(LLMError):
    """An entry or a record is there but cannot be read. It may have been paid for, so it does not count as missing."""


class BudgetError(LLMError):
    """Our own budget does not suffice; the line says how many dollars are missing. Nothing was sent."""


@dataclass(frozen=True)
class Message:
    """One turn of a conversation. What is said stays out of its repr, as it does everywhere below: reprs get into logs."""

    role: Literal["user", "assistant"]
    content: str = field(repr=False)


@dataclass(frozen=True)
class LLMRequest:
    """One question. `max_tokens` bounds the answer; a higher `sample_index` asks for another sample of the same answer.

    `output_schema` is the canonical text of the JSON schema that the answer must fit, or None for free text. `temperature` None =
    greedy, and what is usual for further samples. `round` names when a server is asked anew, which drifts; None = once for all.
    """

    model: str
    system: str = field(repr=False)
    messages: tuple[Message, ...]
    max_tokens: int
    sample_index: int = 0
    output_schema: str | None = None
    temperature: float | None = None
    round: str | None = None

    def key(self) -> str:
        """sha256 of the canonical JSON of what changes the answer: hexadecimal, 64 characters.

        Route, cache and retries are not in it; nor are an absent schema, temperature and round: keys of before there were any hold.

        >>> LLMRequest("m", "s", (Message("user", "hi"),), 9).key()[:16]
        'd8377d34f7f1bbc8'
        """
        return self._key

    @cached_property
    def _key(self) -> str:
        """A batch asks for the key at each of its steps, and prompts are long."""
        return hashlib.sha256(canonical(self).encode()).hexdigest()


def canonical(request: LLMRequest) -> str:
    """The canonical JSON of what changes the answer."""
    parts = {name: value for name, value in asdict(request).items() if value is not None}
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class LLMResponse:
    """One answer. `text` is untrusted; `raw` is the answer word for word as it came, `model` the one that gave it.

    `cost_usd` is 0 for a local model and None where nobody knows the price; the ledger keeps what an answer cost when bought,
    and `price`, the price list by which (its date). Tokens read from the server's cache or written to it are not in
    `input_tokens`. `request_id` is the server's name of the call, or of the batch. Fields with a default are younger than the oldest ledgers.
    """

    text: str = field(repr=False)
    model: str
    input_tokens: int
    output_tokens: int
    stop_reason: str
    cost_usd: float | None
    raw: str = field(repr=False)
    request_id: str | None = None
    cached_input_tokens: int = 0
    written_input_tokens: int = 0
    route: Route = "online"
    price: str = ""


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


@dataclass(frozen=True)
class Batch:
    """What a server says of one batch. `created_at` is by the server's clock."""

    id: str
    created_at: dt.datetime
    n_requests: int
    has_ended: bool


@dataclass(frozen=True)
class BatchRow:
    """What became of one request of a batch: an answer, or for what `reason`, in a word, there is none.

    `is_again`: the server's fault, not billed, worth sending again. Else the request itself is at fault, or its answer was
    paid for and is useless (`cost_usd`): it is not sent again.
    """

    custom_id: str
    response: LLMResponse | None = None
    reason: str = ""
    is_again: bool = False
    cost_usd: float | None = None


class BatchLLM(Protocol):
    """A server that answers batches of requests within a day, at half the price. All methods raise LLMError.

    A row is known by its `custom_id`: the first CUSTOM_ID_LENGTH digits of the request's key.
    """

    address: str
    """Which server, without credentials: a batch is looked for only where it was sent."""

    lag_seconds: float
    """A batch that was accepted is in `list` after this time at the latest."""

    def size(self, request: LLMRequest) -> int:
        """How many bytes the request takes in a batch."""
        ...

    def create(self, requests: Sequence[LLMRequest]) -> str:
        """Sends a batch once, without any retry, and returns its id.

        Raises LLMUnavailableError where nobody knows whether it was accepted; after LLMBusyError or any other LLMError it was not.
        """
        ...

    def list(self, since: dt.datetime) -> Iterator[Batch]:
        """The batches created since then by the server's clock, the newest first."""
        ...

    def retrieve(self, batch_id: str) -> Batch | None:
        """How the batch is, or None where the server does not have it."""
        ...

    def results(self, batch_id: str, model: str) -> Iterator[BatchRow]:
        """What a batch of questions to `model` has come to, once it has ended: in any order, as a stream."""
        ...

    def delete(self, batch_id: str) -> None:
        """Deletes an ended batch and its results; nothing happens where there is none."""
        ...


CUSTOM_ID_LENGTH = 40


class Reservation(Protocol):
    """Dollars set aside for requests that are about to be sent. It outlives the process that made it."""

    id: str

    def settle(self, spent_usd: float) -> None:
        """What the requests cost in the end; the rest is free again. A second time changes nothing."""
        ...


class Budget(Protocol):
    """What one generator may spend."""

    def reserve(self, requests: Sequence[LLMRequest], route: Route) -> Reservation:
        """Sets the worst case of these requests aside. Raises BudgetError where it does not fit."""
        ...

    def reopen(self, reservation_id: str) -> Reservation:
        """A reservation that an earlier call made, perhaps on another machine: a batch is settled long after it was sent."""
        ...
