"""What a model server can do, by its kind, and how its models are kept from thinking long. No client, nothing is sent.

The kind is guessed from the address or declared as the generator's `server`. What is not known to work is not asked for: some
servers ignore what they do not know, and a schema that was silently ignored would look as if it had been honoured.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.port import LLMRefusedError

ANTHROPIC_URL = "https://api.anthropic.com"
OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Capabilities:
    """What a server does beyond answering one request with free text.

    `batches`: answers within a day at a lower price, at /v1/messages/batches. `cache_control`: keeps a prompt that is marked,
    for its continuation. `json_schema`: writes what fits a schema, and nothing else. `count_tokens`: counts a prompt without
    answering it. `sampling`: takes a temperature and a seed.
    """

    batches: bool = False
    cache_control: bool = False
    json_schema: bool = False
    count_tokens: bool = False
    sampling: bool = False


UNKNOWN = "unknown"

# At /v1/messages, or as a part of this program.
SERVERS: Mapping[str, Capabilities] = {
    "anthropic": Capabilities(batches=True, cache_control=True, json_schema=True, count_tokens=True),
    "openai": Capabilities(),
    "vllm": Capabilities(json_schema=True, count_tokens=True, sampling=True),
    "sglang": Capabilities(sampling=True),
    # It ignores a schema here without a word, and the seed of a temperature.
    "llama_cpp": Capabilities(count_tokens=True, sampling=True),
    "ollama": Capabilities(sampling=True),
    "lm_studio": Capabilities(sampling=True),
    "deepseek": Capabilities(sampling=True),
    # Proxies take what the model behind them takes, and Claude takes no temperature.
    "openrouter": Capabilities(),
    "litellm": Capabilities(),
    "local": Capabilities(sampling=True),
    UNKNOWN: Capabilities(),
}

# At /v1/chat/completions, where it differs.
_CHAT_SERVERS: Mapping[str, Capabilities] = {
    "openai": Capabilities(json_schema=True, sampling=True),
    "vllm": Capabilities(json_schema=True, sampling=True),
    "sglang": Capabilities(json_schema=True, sampling=True),
    "llama_cpp": Capabilities(json_schema=True, sampling=True),
    "anthropic": Capabilities(),
}

_KEY_NAMES = {"api.anthropic.com": "ANTHROPIC_API_KEY", "api.openai.com": "OPENAI_API_KEY"}

_HOSTS = {
    "api.anthropic.com": "anthropic",
    "api.openai.com": "openai",
    "api.deepseek.com": "deepseek",
    "openrouter.ai": "openrouter",
}


def address(generator: GeneratorConfig) -> str:
    """The generator's base_url, or that of its kind's own service. Raises LLMRefusedError where it is none or tells a secret.

    Addresses are logged, by us and by the clients, so a key in one would be, too.
    """
    url = generator.base_url or (OPENAI_URL if generator.kind == "openai" else ANTHROPIC_URL)
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_address = False
    if not is_address or parts.query or "@" in parts.netloc:
        raise LLMRefusedError(
            f"base_url of the generator {generator.name} must be like http://localhost:8000, without a user, a password or a query"
        )
    return url


def key_name(generator: GeneratorConfig) -> str:
    """The environment variable whose key goes to the generator's server: a vendor's key goes to that vendor alone.

    >>> key_name(GeneratorConfig("g", "messages", "m")), key_name(GeneratorConfig("g", "messages", "m", "http://gpu:8000"))
    ('ANTHROPIC_API_KEY', 'SHOPCART_SERVER_KEY')
    """
    return _KEY_NAMES.get(urlsplit(address(generator)).hostname or "", "SHOPCART_SERVER_KEY")


def server_of(generator: GeneratorConfig) -> str:
    """The kind of server that answers for the generator, a key of SERVERS. Raises LLMRefusedError for a kind that is none.

    >>> server_of(GeneratorConfig("g", "messages", "m")), server_of(GeneratorConfig("g", "messages", "m", "http://gpu:8000"))
    ('anthropic', 'unknown')
    >>> server_of(GeneratorConfig("g", "messages", "m", "http://gpu:8000", server="vllm"))
    'vllm'
    """
    if generator.kind in ("local", "human"):  # no server
        return "local"
    if generator.server is None:
        return _HOSTS.get(urlsplit(address(generator)).hostname or "", UNKNOWN)
    if generator.server not in SERVERS or generator.server == "local":
        known = ", ".join(name for name in SERVERS if name != "local")
        raise LLMRefusedError(
            f"no server {generator.server!r} for the generator {generator.name}: choose one of {known}"
        )
    return generator.server


def capabilities(generator: GeneratorConfig) -> Capabilities:
    """What the generator's server can do in the protocol of its kind. Raises LLMRefusedError."""
    server = server_of(generator)
    return _CHAT_SERVERS.get(server, SERVERS[server]) if generator.kind == "openai" else SERVERS[server]


@dataclass(frozen=True)
class Thinking:
    """What keeps a model from thinking long before its answer, which is paid as output.

    `mode` turns it off where the model can be asked to; `effort` keeps the rest short. A model that thinks all the same needs
    `head_room_tokens` more in a request's `max_tokens` than its answer takes: thinking counts against them.
    """

    mode: Literal["disabled", "between_tools"] | None = None
    effort: Literal["low"] | None = None
    head_room_tokens: int = 0


_ALWAYS = Thinking(effort="low", head_room_tokens=2_048)

# The first that matches a model's whole name, its date aside. Claude of before 5 does not think unless it is asked to.
_THINKING: tuple[tuple[str, str, Thinking], ...] = (
    ("anthropic", r"claude-(haiku-5-5|opus-5|sonnet-5)", Thinking("disabled", "low")),
    ("anthropic", r"claude-sonnet-5-5", Thinking("between_tools", "low")),
    ("anthropic", r"claude-(3|haiku-4|sonnet-4|opus-4)\b.*", Thinking()),
    ("anthropic", r"claude-.*", _ALWAYS),
    ("openai", r"(o\d|gpt-5).*", _ALWAYS),
)


def thinking_of(generator: GeneratorConfig) -> Thinking:
    """How the generator's model is kept short. Raises LLMRefusedError.

    >>> thinking_of(GeneratorConfig("g", "messages", "claude-opus-5-5")).head_room_tokens
    2048
    >>> thinking_of(GeneratorConfig("g", "messages", "claude-haiku-5-5-20261001")).mode
    'disabled'
    """
    server, model = server_of(generator), re.sub(r"-\d{8}$", "", generator.model)
    fits = (how for where, names, how in _THINKING if where == server and re.fullmatch(names, model))
    return next(fits, Thinking())
