"""Language models behind one port: what a request and an answer are, two adapters, and the ledger of bought answers.

What is asked, and what an answer must look like, is the asking stage's business. The adapters are imported when opened.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from shopcart_assets.platform.llm.ledger import Answer, Ledger, LedgerError
from shopcart_assets.platform.llm.port import (
    LLM,
    Batch,
    BatchLLM,
    Budget,
    BudgetError,
    LLMError,
    LLMRequest,
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
    """The adapter that the generator's `kind` names; nothing is sent or loaded yet. Raises LLMError where a key is missing."""
    if generator.kind == "messages":
        from shopcart_assets.platform.llm.messages import MessagesLLM

        return MessagesLLM(generator.base_url, settings.api_key.get_secret_value())
    from shopcart_assets.platform.llm.local import LocalLLM

    return LocalLLM(generator, settings, log)


__all__ = [
    "LLM",
    "Answer",
    "Batch",
    "BatchLLM",
    "Budget",
    "BudgetError",
    "LLMError",
    "LLMRequest",
    "LLMResponse",
    "LLMSpendLimitError",
    "Ledger",
    "LedgerError",
    "Message",
    "Reservation",
    "Route",
    "open_llm",
]
