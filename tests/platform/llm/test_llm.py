"""No key, header or prompt in any log or error, whatever a server answers: not even in what an error keeps behind it."""

import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

import shopcart_assets
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm import open_llm
from shopcart_assets.platform.llm.calls import Patience
from shopcart_assets.platform.llm.messages import MessagesLLM
from shopcart_assets.platform.llm.port import LLM, LLMError, LLMRefusedError, LLMRequest, Message
from tests.platform.llm.fake_server import FakeServer, Reply, completion, failure, message, serve

KEY = "sk-canary-key"
SYSTEM = "canary-system of the study"
PROMPT = "canary-prompt of a shopper"
COOKIE = "canary-cookie"
OURS = str(Path(shopcart_assets.__file__).parent)

# Whoever wants to see everything: the root, and each logger of the clients and their transports by name.
LOGGERS = (
    "",
    "anthropic",
    "anthropic._base_client",
    "openai",
    "openai._base_client",
    "httpx2",
    "httpcore2",
    "httpcore2.http11",
    "httpcore2.connection",
)

Opened = Callable[[str], LLM]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serve() as running:
        yield running


@pytest.fixture(params=["messages", "openai"])
def opened(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Opened:
    patience, log = Patience(max_retries=0, max_lost=1, first_wait_seconds=0.001), logging.getLogger("told").info

    def messages(url: str) -> LLM:
        return MessagesLLM(GeneratorConfig("g", "messages", "fake-1", url), KEY, patience=patience, log=log)

    def chat(url: str) -> LLM:
        from shopcart_assets.platform.llm.openai_chat import OpenAIChatLLM

        return OpenAIChatLLM(GeneratorConfig("g", "openai", "fake-1", f"{url}/v1"), KEY, patience=patience, log=log)

    if request.param == "openai":
        pytest.importorskip("openai", reason="the optional client of /v1/chat/completions is not installed")
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, name)
    return messages if request.param == "messages" else chat


def ask(number: int = 0) -> LLMRequest:
    return LLMRequest("fake-1", SYSTEM, (Message("user", f"{PROMPT} {number}"),), 40)


def told(error: BaseException) -> str:
    """All that an error says: its text, those behind it, and each variable of ours on the way, as crash reporters print them."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
    lines = "".join(traceback.format_exception(error))
    kept = [repr(frame.locals) for frame in frames.stack if frame.filename.startswith(OURS)]
    return lines + "".join(kept) + repr(error.__dict__)


SECRETS = (KEY, SYSTEM, PROMPT, COOKIE)


@pytest.mark.parametrize(
    "reply",
    [
        failure(400, "invalid_request_error", f"cannot read '{PROMPT} 0' of {KEY}", set_cookie=COOKIE),
        failure(400, f"{PROMPT}", KEY),
        failure(401, "authentication_error", f"bad key {KEY}"),
        failure(402, "billing_error", KEY),
        failure(429, KEY, PROMPT, request_id=f"{PROMPT}"),
        failure(500, f"<b>{PROMPT}</b>"),
        failure(307, "moved", location=f"http://127.0.0.1:9/{KEY}"),
        Reply(503, f"<html>{PROMPT} {KEY}</html>"),
        Reply(body=f"<html>{PROMPT} {KEY}</html>"),
        Reply(body=f'{{"content": "{PROMPT}"', promised=500),
        Reply(body=f'{{"{PROMPT}": "{KEY}", "content": [{{"{KEY}": 1}}], "choices": [{{"{KEY}": 1}}]}}'),
        message(PROMPT, model=KEY),
        completion(PROMPT, model=KEY),
    ],
)
def test_a_failure_tells_nothing(
    server: FakeServer, opened: Opened, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    server.script = [reply, reply]
    with pytest.raises(LLMError) as caught:
        opened(server.url).generate([ask()])

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert not [secret for secret in SECRETS if secret in told(caught.value) or secret in caplog.text]
    assert "\n" not in str(caught.value)


def test_no_server_at_all_tells_nothing_either(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(LLMError) as caught:
        opened("http://127.0.0.1:9").generate([ask()])

    assert not [secret for secret in SECRETS if secret in told(caught.value) or secret in caplog.text]


def test_answers_leave_no_trace_in_a_log(server: FakeServer, opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    llm = opened(server.url)
    server.otherwise = message(PROMPT) if isinstance(llm, MessagesLLM) else completion(PROMPT)
    server.otherwise.headers = {"set-cookie": COOKIE}
    answers = llm.generate([ask(number) for number in range(3)])

    assert len(server.bodies) == 3
    assert not [secret for secret in SECRETS if secret in caplog.text or secret in repr((answers, ask()))]


def test_an_error_of_our_own_making_tells_nothing(server: FakeServer, opened: Opened) -> None:
    """A full disk, say, while an answer is kept: reporters of crashes print the variables on the way."""

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    llm = opened(server.url)
    server.otherwise = message(PROMPT) if isinstance(llm, MessagesLLM) else completion(PROMPT)
    with pytest.raises(OSError, match="no space") as caught:
        llm.generate([ask()], full)

    assert not [secret for secret in SECRETS if secret in told(caught.value)]


@pytest.mark.parametrize("key", [f"{KEY}\nx", f"{KEY}é"])
def test_a_key_that_no_header_takes_is_named_without_it(key: str) -> None:
    with pytest.raises(LLMRefusedError, match="SHOPCART_SERVER_KEY holds characters that are in no key") as caught:
        MessagesLLM(GeneratorConfig("g", "messages", "fake-1", "http://127.0.0.1:9"), key)

    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url", [f"http://me:{KEY}@127.0.0.1:9", f"http://127.0.0.1:9/?key={KEY}", f"nowhere/{KEY}", f"http://[{KEY}"]
)
def test_an_address_with_a_secret_is_refused_before_anybody_logs_it(url: str) -> None:
    with pytest.raises(LLMRefusedError, match="base_url of the generator g must be like") as caught:
        MessagesLLM(GeneratorConfig("g", "messages", "fake-1", url), "")

    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.slow
def test_a_process_of_this_machine_that_fails_tells_nothing(platform: Platform) -> None:
    lines: list[str] = []
    local = open_llm(GeneratorConfig("x", "local", "no-such-model"), platform.settings, lines.append)
    with pytest.raises(LLMError, match="no base model") as caught:
        local.generate([LLMRequest("no-such-model", SYSTEM, (Message("user", PROMPT),), 6)])

    assert not [secret for secret in SECRETS if secret in told(caught.value) or secret in "".join(lines)]


@pytest.mark.parametrize(
    ("url", "key"),
    [(None, "sk-a"), ("http://127.0.0.1:9", "sk-other"), ("https://api.deepseek.com/anthropic", "sk-other")],
)
def test_a_vendors_key_goes_to_that_vendor_alone(url: str | None, key: str, platform: Platform) -> None:
    keys = {"api_key": SecretStr("sk-a"), "openai_key": SecretStr("sk-o"), "server_key": SecretStr("sk-other")}
    lines: list[str] = []
    opened = open_llm(
        GeneratorConfig("g", "messages", "fake-1", url), platform.settings.model_copy(update=keys), lines.append
    )

    assert isinstance(opened, MessagesLLM)
    assert opened.client.api_key == key
    assert "sk-" not in "".join(lines) + repr(platform.settings.model_copy(update=keys))
    assert ("name it as the generator's `server`" in lines[0]) == (url == "http://127.0.0.1:9")
