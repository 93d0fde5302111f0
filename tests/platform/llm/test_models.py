"""Model lists of real (fake) servers: pages, both protocols, nonsense, and a server that is away."""

from collections.abc import Iterator
from typing import Literal

import pytest

from shopcart_assets.platform.llm import LLMError
from shopcart_assets.platform.llm.models import listed_models
from shopcart_assets.platform.llm.port import LLMUnavailableError, LLMUnusableError
from shopcart_assets.platform.policy import ServerConfig
from tests.platform.llm.fake_server import FakeServer, serve


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serve() as running:
        yield running


def listed(url: str, kind: Literal["messages", "openai"] = "messages") -> list[str]:
    return listed_models(ServerConfig(kind, url).asked_for("watch", "any"), "key", lambda _: None)


def test_all_pages_are_read_and_the_key_is_sent(server: FakeServer) -> None:
    server.models = [["c", "b"], ["a"], ["d"]]
    assert listed(server.url) == ["a", "b", "c", "d"]
    assert len(server.gets) == 3 and server.headers[0]["authorization"] == "Bearer key"


def test_the_other_protocol_has_the_same_list_below_its_address(server: FakeServer) -> None:
    server.models = [["m", "with space", "x" * 300, "org/m"]]
    assert listed(f"{server.url}/v1", "openai") == ["m", "org/m"], "what cannot be an id is passed over"
    assert [path.split("?")[0] for path in server.gets] == ["/v1/models"]


def test_a_list_without_end_is_no_list(server: FakeServer) -> None:
    server.models = [[str(number)] for number in range(30)]
    with pytest.raises(LLMUnusableError, match="more than 20 pages"):
        listed(server.url)


def test_a_page_of_something_else_is_refused(server: FakeServer) -> None:
    with pytest.raises(LLMError, match="check base_url"):
        listed(f"{server.url}/proxy")


def test_a_server_that_is_away_is_said(server: FakeServer) -> None:
    url = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(LLMUnavailableError, match="gave no answer"):
        listed(url)
