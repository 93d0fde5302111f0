"""Both adapters against real inference: llama.cpp's own server with SmolLM2-135M, which this project did not write."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.calls import Patience
from shopcart_assets.platform.llm.messages import MessagesLLM
from shopcart_assets.platform.llm.port import LLMRefusedError, LLMRequest, LLMUnusableError, Message
from tests.platform.llm import llama_server
from tests.platform.llm.llama_server import CONTEXT_TOKENS, KEY, MODEL

pytestmark = pytest.mark.slow

PATIENCE = Patience(max_retries=0)


@pytest.fixture(scope="module")
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = llama_server.binary(build=request.config.getoption("--build-llama"))
    with llama_server.serve(program, tmp_path_factory.mktemp("llama") / "log") as running:
        yield running


def generator(url: str) -> GeneratorConfig:
    return GeneratorConfig("g", "messages", MODEL, url, server="llama_cpp")


@pytest.fixture
def llm(url: str) -> MessagesLLM:
    return MessagesLLM(generator(url), KEY, patience=PATIENCE)


def ask(question: str, sample_index: int = 0) -> LLMRequest:
    system = "You are a shopper who thinks aloud, in the first person."
    return LLMRequest(MODEL, system, (Message("user", question),), 12, sample_index)


def test_an_answer_is_counted_in_real_tokens_and_asked_again_it_is_the_same(llm: MessagesLLM) -> None:
    request = ask("Why did you click the red mug?")
    (first,), (again,) = llm.generate([request]), llm.generate([request])

    assert first.text == again.text != ""
    assert (first.model, first.stop_reason, first.output_tokens) == (MODEL, "max_tokens", 12)
    assert again.cached_input_tokens > 0, "the server remembers what it has just read"
    n_tokens = first.input_tokens + first.cached_input_tokens
    assert n_tokens == again.input_tokens + again.cached_input_tokens == llm.count_tokens(request)
    assert '"cache_read_input_tokens"' in again.raw


def test_a_continued_prompt_is_read_from_the_cache(llm: MessagesLLM) -> None:
    first = ask("I looked for a kettle that pours slowly.")
    (answer,) = llm.generate([first])
    turns = (*first.messages, Message("assistant", answer.text), Message("user", "And then?"))
    (then,) = llm.generate([replace(first, messages=turns)])

    assert then.cached_input_tokens >= answer.input_tokens > 0


def test_further_samples_are_drawn(llm: MessagesLLM) -> None:
    answers = llm.generate([ask("Why did you buy it?", sample_index) for sample_index in range(1, 6)])

    assert len({answer.text for answer in answers}) > 1


def test_a_prompt_that_is_too_long_is_refused_in_one_line(llm: MessagesLLM) -> None:
    question = "canary " * CONTEXT_TOKENS
    with pytest.raises(LLMRefusedError, match="400 prompt_too_long") as caught:
        llm.generate([ask(question)])

    assert "canary " not in str(caught.value)


def test_a_wrong_key_is_refused(url: str) -> None:
    with pytest.raises(LLMRefusedError, match="401 authentication_error: check SHOPCART_SERVER_KEY"):
        MessagesLLM(generator(url), "sk-another", patience=PATIENCE).generate([ask("Why?")])


def test_a_name_that_the_server_does_not_serve_is_noticed(url: str) -> None:
    """The server answers to any name, with the one model that it has."""
    other = replace(generator(url), model="claude-haiku-5-5")
    with pytest.raises(LLMUnusableError, match="another model than claude-haiku-5-5"):
        MessagesLLM(other, KEY).generate([replace(ask("Why?"), model=other.model)])


def test_the_other_protocol_honours_seed_and_schema(url: str) -> None:
    pytest.importorskip("openai", reason="the optional client of /v1/chat/completions is not installed")
    from shopcart_assets.platform.llm.openai_chat import OpenAIChatLLM

    other = replace(generator(url), kind="openai", base_url=f"{url}/v1")
    llm = OpenAIChatLLM(other, KEY, patience=PATIENCE)
    drawn = [ask("Why did you buy it?", sample_index) for sample_index in (1, 2, 3, 4)]
    first, again = llm.generate(drawn), llm.generate(drawn)
    schema = '{"type":"object","properties":{"buy":{"type":"boolean"}},"required":["buy"],"additionalProperties":false}'
    (fits,) = llm.generate([replace(ask("Did you buy it?"), output_schema=schema, max_tokens=40)])

    assert [answer.text for answer in first] == [answer.text for answer in again]
    assert len({answer.text for answer in first}) > 1
    assert json.loads(fits.text).keys() == {"buy"}
    assert (fits.stop_reason, fits.model) == ("end_turn", MODEL)
