import pytest

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.capabilities import SERVERS, Capabilities, capabilities, server_of, thinking_of
from shopcart_assets.platform.llm.port import LLMRefusedError


def generator(url: str | None = None, server: str | None = None, model: str = "m", **more: str) -> GeneratorConfig:
    return GeneratorConfig("g", more.get("kind", "messages"), model, url, server=server)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (None, "anthropic"),
        ("https://API.anthropic.com/", "anthropic"),
        ("https://api.deepseek.com/anthropic", "deepseek"),
        ("https://openrouter.ai/api", "openrouter"),
        ("https://api.anthropic.com.example.org", "unknown"),
        ("http://127.0.0.1:8080", "unknown"),
    ],
)
def test_a_server_is_known_by_its_whole_host(url: str | None, server: str) -> None:
    assert server_of(generator(url)) == server


def test_of_an_unknown_server_nothing_is_expected() -> None:
    assert capabilities(generator("http://gpu:8000")) == Capabilities()


def test_what_is_declared_goes_before_what_is_guessed() -> None:
    assert capabilities(generator("http://gpu:8000", "vllm")) == SERVERS["vllm"]
    assert capabilities(generator(None, "litellm")) == Capabilities()


def test_the_same_server_does_other_things_in_another_protocol() -> None:
    """Both seen at llama.cpp's own server: test_llama_server."""
    assert not capabilities(generator("http://gpu:8080", "llama_cpp")).json_schema
    assert capabilities(generator("http://gpu:8080/v1", "llama_cpp", kind="openai")).json_schema


@pytest.mark.parametrize("server", ["vlm", "local", ""])
def test_a_kind_that_is_none_is_named_with_those_that_are(server: str) -> None:
    with pytest.raises(LLMRefusedError, match="choose one of anthropic, openai, vllm"):
        server_of(generator("http://gpu:8000", server))


@pytest.mark.parametrize(
    "url", ["gpu:8000", "ftp://gpu", "http://", "http://gpu:x", "http://gpu:99999", "http://[::1", "https://me@gpu"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(LLMRefusedError, match="base_url of the generator g must be like"):
        server_of(generator(url))


@pytest.mark.parametrize(
    ("model", "mode", "effort", "has_room"),
    [
        ("claude-haiku-5-5", "disabled", "low", False),
        ("claude-haiku-5-5-20261001", "disabled", "low", False),
        ("claude-opus-5", "disabled", "low", False),
        ("claude-sonnet-5-5", "between_tools", "low", False),
        ("claude-opus-5-5", None, "low", True),
        ("claude-fable-5-1", None, "low", True),
        ("claude-haiku-4-5", None, None, False),
        ("claude-sonnet-4-6", None, None, False),
        ("claude-of-next-year-6", None, "low", True),
        ("gpt-4.1", None, None, False),
    ],
)
def test_claude_is_kept_from_thinking_long(model: str, mode: str | None, effort: str | None, has_room: bool) -> None:
    how = thinking_of(generator(model=model))

    assert (how.mode, how.effort, how.head_room_tokens > 0) == (mode, effort, has_room)


def test_a_model_behind_somebody_elses_server_is_told_nothing() -> None:
    assert thinking_of(generator("https://openrouter.ai/api", model="claude-opus-5-5")).effort is None


def test_openais_models_that_think_have_head_room() -> None:
    assert thinking_of(generator(kind="openai", model="o3")).head_room_tokens > 0
    assert thinking_of(generator(kind="openai", model="gpt-4.1")).head_room_tokens == 0
