"""Language models behind one port: what a request and an answer are, three adapters, and the ledger of bought answers.

What is asked, and what an answer must look like, is the asking stage's business. The adapters are imported when opened.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from shopcart_assets.platform.llm.capabilities import UNKNOWN, address, key_name, server_of
from shopcart_assets.platform.llm.ledger import Answer, Batched, Ledger, LedgerError
from shopcart_assets.platform.llm.port import (
    LLM,
    Batch,
    BatchLLM,
    Budget,
    BudgetError,
    LLMError,
    LLMRefusedError,
    LLMRequest,
    LLMRequestError,
    LLMResponse,
    LLMSpendLimitError,
    Message,
    Reservation,
    Route,
)
from shopcart_assets.platform.profiles import GeneratorConfig

if TYPE_CHECKING:
    from shopcart_assets.platform.settings import Settings  # which knows the price list of this package


def open_llm(generator: GeneratorConfig, settings: "Settings", log: Callable[[str], None] = print) -> LLM:
    """The adapter that the generator's `kind` names; nothing is sent or loaded yet.

    Where each step is asked with the steps before it, prompts are kept in the server's cache for the next, if it has one that
    is paid for (Capabilities.cache_control). Raises LLMError where a key or a package is missing, or nobody is to be asked.
    """
    if generator.kind == "human":
        raise LLMRefusedError(f"{generator.name} is what people said themselves: nobody can be asked for more of it")
    if generator.kind == "local":
        from shopcart_assets.platform.llm.local import LocalLLM

        return LocalLLM(generator, settings, log)
    log(_announced(generator))
    if generator.kind == "openai":
        from shopcart_assets.platform.llm.openai_chat import OpenAIChatLLM

        return OpenAIChatLLM(generator, _key(generator, settings), prices=settings.prices, log=log)
    from shopcart_assets.platform.llm.messages import MessagesLLM

    return MessagesLLM(
        generator,
        _key(generator, settings),
        prices=settings.prices,
        cache=generator.mode == "per_action",
        log=log,
    )


def open_batches(generator: GeneratorConfig, settings: "Settings", log: Callable[[str], None] = print) -> BatchLLM:
    """The batches of the generator's server; nothing is sent yet. Raises LLMError where it has none, or a key is missing."""
    if generator.kind != "messages":
        raise LLMRefusedError(f"{generator.name} is {generator.kind}, which has no batches: use route: online")
    from shopcart_assets.platform.llm.batch_server import BatchServer

    return BatchServer(generator, _key(generator, settings), prices=settings.prices, log=log)


def list_models(generator: GeneratorConfig, settings: "Settings", log: Callable[[str], None] = print) -> list[str]:
    """The model ids that the generator's server lists, sorted. Raises LLMError."""
    from shopcart_assets.platform.llm.models import listed_models

    return listed_models(generator, _key(generator, settings), log)


def _announced(generator: GeneratorConfig) -> str:
    """Which server answers: an address in a file is easily not the one that was meant."""
    server = server_of(generator)
    hint = ", of which only free text is expected: name it as the generator's `server`" if server == UNKNOWN else ""
    return f"{generator.name}: {generator.model} is asked at {address(generator)}, a server of kind {server}{hint}"


def _key(generator: GeneratorConfig, settings: "Settings") -> str:
    keys = {"ANTHROPIC_API_KEY": settings.api_key, "OPENAI_API_KEY": settings.openai_key}
    return keys.get(key_name(generator), settings.server_key).get_secret_value()


__all__ = [
    "LLM",
    "Answer",
    "Batch",
    "BatchLLM",
    "Batched",
    "Budget",
    "BudgetError",
    "LLMError",
    "LLMRequest",
    "LLMRequestError",
    "LLMResponse",
    "LLMSpendLimitError",
    "Ledger",
    "LedgerError",
    "Message",
    "Reservation",
    "Route",
    "list_models",
    "open_batches",
    "open_llm",
]
