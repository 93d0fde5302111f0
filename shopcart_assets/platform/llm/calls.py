"""Many calls to one model server: how many at once, in which order, which are tried again and when. No protocol, no client.

The clients' own retries are off: they would send a request again that was paid for, and one that meets the account's limit.
"""

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from shopcart_assets.platform.llm.failures import BUSY, Failure, explained, failure_of
from shopcart_assets.platform.llm.port import Keep, LLMRequest, LLMResponse, LLMUnavailableError

Reply = TypeVar("Reply")


@dataclass(frozen=True)
class Patience:
    """How long a server is put up with. Times are in seconds.

    A request that is answered with "later" is sent `max_retries` times more. One whose answer was lost may have been paid for,
    so it is sent only `max_lost` times more. A server that wants a longer break than `max_wait_seconds` ends the run instead.
    """

    max_concurrency: int = 4
    max_retries: int = 8
    max_lost: int = 1
    first_wait_seconds: float = 0.5
    max_wait_seconds: float = 120.0
    timeout_seconds: float = 600.0


class Gate:
    """Lets so many calls through at once: half as many when the server is too busy, one more after as many answers."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = float(most)
        self._inside = 0
        self._epoch = 0
        self._changed = threading.Condition()

    @contextmanager
    def passed(self) -> Iterator[int]:
        """Waits until there is room. Gives the epoch in which the call left, for `narrow`."""
        with self._changed:
            self._changed.wait_for(lambda: self._inside < int(self.limit))
            self._inside += 1
            epoch = self._epoch
        try:
            yield epoch
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def narrow(self, epoch: int) -> None:
        """The server was too busy for a call of that epoch. All that left in one epoch halve the limit only once."""
        with self._changed:
            if epoch == self._epoch:
                self._epoch += 1
                self.limit = max(1.0, self.limit / 2)

    def widen(self) -> None:
        """An answer came."""
        with self._changed:
            self.limit = min(float(self.most), self.limit + 1 / self.limit)
            self._changed.notify_all()


class Calls:
    """The calls to one server. `errors` are what its client raises, `key_name` is where its key is set."""

    def __init__(
        self,
        host: str,
        key_name: str,
        errors: tuple[type[Exception], ...],
        patience: Patience,
        log: Callable[[str], None],
    ) -> None:
        self.host = host
        self.key_name = key_name
        self.errors = errors
        self.patience = patience
        self.log = log
        self.gate = Gate(patience.max_concurrency)
        self.n_lost = 0
        self._lock = threading.Lock()

    def answers(
        self,
        chains: Iterable[Sequence[LLMRequest]],
        ask: Callable[[LLMRequest], Reply],
        read: Callable[[LLMRequest, Reply], LLMResponse],
        keep: Keep,
    ) -> list[LLMResponse]:
        """An answer for each request: those of a chain one after the other, chains at the same time.

        The first failure stops what has not been sent yet; answers under way are still awaited and kept. Raises LLMError.
        """
        stop = threading.Event()
        failed: list[BaseException] = []

        def work(chain: Sequence[LLMRequest]) -> list[LLMResponse]:
            try:
                return [self._kept(request, ask, read, keep, stop) for request in chain]
            except BaseException as error:
                failed.append(error)
                stop.set()
                raise

        with ThreadPoolExecutor(self.patience.max_concurrency, thread_name_prefix="llm") as pool:
            futures = [pool.submit(work, chain) for chain in chains]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
        if failed:
            raise failed[0]
        return [answer for future in futures for answer in future.result()]

    def _kept(
        self,
        request: LLMRequest,
        ask: Callable[[LLMRequest], Reply],
        read: Callable[[LLMRequest, Reply], LLMResponse],
        keep: Keep,
        stop: threading.Event,
    ) -> LLMResponse:
        response = read(request, self.reply(lambda: ask(request), stop, request.key()))
        keep(request, response)
        return response

    def reply(self, send: Callable[[], Reply], stop: threading.Event, request_key: str | None = None) -> Reply:
        """What `send` returns, as often as patience allows. Raises LLMError, which holds nothing of the client's error."""
        n_later = n_lost = 0
        while True:
            failure: Failure | None = None
            with self.gate.passed() as epoch:
                if stop.is_set():
                    raise LLMUnavailableError(f"{self.host} was not asked: another request failed")
                try:
                    reply = send()
                except self.errors as error:
                    failure = failure_of(error)
            # Outside of the handler, so that no error of ours has the client's, with key and prompt, behind it.
            if failure is None:
                self.gate.widen()
                return reply
            if failure.status in BUSY:
                self.gate.narrow(epoch)
            pause = self._pause(failure, n_later, n_lost)
            if pause is None:
                raise explained(failure, self.host, self.key_name, request_key)
            if failure.is_lost:
                n_lost += 1
                self._tell_lost()
            else:
                n_later += 1
            stop.wait(pause)

    def _pause(self, failure: Failure, n_later: int, n_lost: int) -> float | None:
        """Seconds until the request is sent again; None = not any more. What a server names is never cut short."""
        patience = self.patience
        is_over = n_lost >= patience.max_lost if failure.is_lost else n_later >= patience.max_retries
        if is_over or not failure.may_pass:
            return None
        if failure.retry_after is not None:
            named = failure.retry_after
            return None if named > patience.max_wait_seconds else named * random.uniform(1, 1.1)
        longest = min(patience.first_wait_seconds * 2.0 ** (n_later + n_lost), patience.max_wait_seconds)
        return longest * random.uniform(0.5, 1)

    def _tell_lost(self) -> None:
        with self._lock:
            self.n_lost += 1
            n_lost = self.n_lost
        self.log(
            f"{self.host}: an answer was lost ({n_lost} so far); its request is sent again and may be paid for twice"
        )


def in_chains(requests: Sequence[LLMRequest]) -> list[list[LLMRequest]]:
    """The requests in their order, each with those right after it that continue its messages: steps of one session.

    One after the other, each finds what the one before it left in the server's cache.

    >>> from dataclasses import replace
    >>> from shopcart_assets.platform.llm.port import Message
    >>> one = LLMRequest("m", "", (Message("user", "a"),), 9)
    >>> two = replace(one, messages=(*one.messages, Message("user", "b")))
    >>> [len(chain) for chain in in_chains([one, two, one])]
    [2, 1]
    """
    chains: list[list[LLMRequest]] = []
    for request in requests:
        if chains and _continues(request, chains[-1][-1]):
            chains[-1].append(request)
        else:
            chains.append([request])
    return chains


def _continues(request: LLMRequest, before: LLMRequest) -> bool:
    is_longer = len(request.messages) > len(before.messages)
    is_same = (request.model, request.system) == (before.model, before.system)
    return is_longer and is_same and request.messages[: len(before.messages)] == before.messages
