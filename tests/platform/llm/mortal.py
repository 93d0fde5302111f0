"""A client of the fake that dies at a chosen moment: before or after any write to the lake, any call of the server, any row of results.

`Life` counts the moments. At the fatal one it either raises, and from then on whoever goes on is stopped too, so that no cleanup
is done that a killed process would not do; or it ends the process by SIGKILL.
"""

import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.lake import Lake, LocalLake
from shopcart_assets.platform.llm.batch_server import BatchServer
from shopcart_assets.platform.llm.ledger import Ledger
from shopcart_assets.platform.llm.port import Batch, BatchRow, Budget, LLMRequest, LLMUnavailableError, Message

MODEL = "claude-haiku-5-5"


def generator(url: str) -> GeneratorConfig:
    return GeneratorConfig("g", "messages", MODEL, url, server="anthropic")


def ask(n: int, about: str = "") -> list[LLMRequest]:
    return [LLMRequest(MODEL, "Say why.", (Message("user", f"step {number} {about}"),), 60) for number in range(n)]


class Killed(BaseException):
    """Not an Exception: nothing may survive it."""


class Life:
    """Ends at moment `fatal` (the first is 1; 0 = never)."""

    def __init__(self, fatal: int = 0, *, by_signal: bool = False) -> None:
        self.fatal = fatal
        self.by_signal = by_signal
        self.n_moments = 0
        self.lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        return 0 < self.fatal <= self.n_moments

    def moment(self) -> None:
        with self.lock:
            self.n_moments += 1
        if self.is_over and self.by_signal:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.is_over:
            raise Killed


class MortalLake(LocalLake):
    def __init__(self, root: Path, life: Life) -> None:
        super().__init__(root)
        self.life = life

    @contextmanager
    def put(self, key: str) -> Iterator[Path]:
        self.life.moment()
        with super().put(key) as path:
            yield path
            self.life.moment()
        self.life.moment()

    def delete(self, key: str) -> None:
        self.life.moment()
        super().delete(key)
        self.life.moment()


class MortalClient(BatchServer):
    """It is slow to build, so one may have several lives."""

    life = Life()

    def create(self, requests: Sequence[LLMRequest]) -> str:
        self.life.moment()
        batch_id = super().create(requests)
        self.life.moment()
        return batch_id

    def list(self, since: dt.datetime) -> Iterator[Batch]:
        self.life.moment()
        yield from super().list(since)

    def results(self, batch_id: str, model: str) -> Iterator[BatchRow]:
        for row in super().results(batch_id, model):
            self.life.moment()
            yield row

    def delete(self, batch_id: str) -> None:
        self.life.moment()
        super().delete(batch_id)
        self.life.moment()


def work(
    lake: Path,
    client: MortalClient,
    n: int,
    life: Life,
    budget: Callable[[Lake], Budget] | None = None,
    timeout_seconds: float = 120.0,
) -> None:
    """Calls until `n` requests, others for each lake, are answered. Raises Killed, or TimeoutError."""
    ledger, client.life = Ledger(MortalLake(lake, life)), life
    purse = budget(ledger.lake) if budget else None
    requests, began = ask(n, lake.name), time.monotonic()
    while time.monotonic() - began < timeout_seconds:
        try:
            if len(ledger.generate_batch(client, requests, budget=purse).answers) == n:
                return
        except LLMUnavailableError:
            pass
        time.sleep(0.01)
    raise TimeoutError("not settled")


def main(lake: Path, url: str, n: int, fatal: int, lag_seconds: float) -> None:
    """The body of a process."""
    work(lake, MortalClient(generator(url), "key", lag_seconds=lag_seconds), n, Life(fatal, by_signal=True))
