"""A model server that goes in the middle of a run: one clear error, what was answered is kept, and only the rest is asked again."""

from pathlib import Path

import pytest

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.llm.calls import Patience
from shopcart_assets.platform.llm.ledger import Ledger
from shopcart_assets.platform.llm.messages import MessagesLLM
from shopcart_assets.platform.llm.port import LLMRequest, LLMUnavailableError, Message
from tests.platform.llm.fake_server import message, serve

_N_REQUESTS, _N_ANSWERED = 12, 5


def ask(number: int) -> LLMRequest:
    return LLMRequest("fake-1", "Say why.", (Message("user", f"step {number}"),), 40)


def client(url: str) -> MessagesLLM:
    patience = Patience(max_concurrency=1, max_retries=2, max_lost=1, first_wait_seconds=0.001)
    return MessagesLLM(GeneratorConfig("g", "messages", "fake-1", url), "key", patience=patience)


def test_a_server_that_is_gone_costs_nothing_twice(tmp_path: Path) -> None:
    ledger, requests = (
        Ledger(open_lake(str(tmp_path / "lake"), tmp_path)),
        [ask(number) for number in range(_N_REQUESTS)],
    )
    with serve() as server:
        server.script = [message(f"answer {number}") for number in range(_N_ANSWERED)]
        server.otherwise.promised = 10
        llm = client(server.url)
        with pytest.raises(LLMUnavailableError, match=f"{server.url.removeprefix('http://')} gave no answer"):
            ledger.generate(llm, requests)
        address = server.url
    assert len(ledger.keys()) == _N_ANSWERED
    with pytest.raises(LLMUnavailableError, match=f"{address.removeprefix('http://')} gave no answer"):
        ledger.generate(client(address), requests)
    assert len(ledger.keys()) == _N_ANSWERED
    with serve() as server:
        answers = ledger.generate(client(server.url), requests)
    assert [one.is_reused for one in answers] == [True] * _N_ANSWERED + [False] * (_N_REQUESTS - _N_ANSWERED)
    assert len(server.bodies) == _N_REQUESTS - _N_ANSWERED
