"""Which models a server lists at GET /v1/models: Anthropic's pages, and the one list of everybody else. Nothing is asked of a model."""

import re
import threading
from collections.abc import Callable

import anthropic
from pydantic import BaseModel, Field

from shopcart_assets.platform.generator import GeneratorConfig
from shopcart_assets.platform.llm.calls import Calls, Patience
from shopcart_assets.platform.llm.capabilities import key_name
from shopcart_assets.platform.llm.messages import ERRORS, open_client
from shopcart_assets.platform.llm.port import LLMUnusableError
from shopcart_assets.platform.llm.replies import Raw, host, parsed

_PATIENCE = Patience(max_retries=2, timeout_seconds=30.0, max_wait_seconds=30.0)
_PATH = "/v1/models"
_PAGE, _MOST_PAGES = 1_000, 20
# What cannot be an id is not one, whoever lists it.
_ID = re.compile(r"[!-~]{1,200}")


class _Model(BaseModel):
    id: str = Field(repr=False)


class _Page(BaseModel):
    """Servers other than Anthropic's say nothing of pages: they have one."""

    data: list[_Model]
    has_more: bool = False
    last_id: str | None = Field(default=None, repr=False)


def listed_models(generator: GeneratorConfig, api_key: str, log: Callable[[str], None] = print) -> list[str]:
    """The ids that the generator's server lists, sorted; the generator's own model is not looked at. Raises LLMError.

    Servers of either kind have the same list at the same place, below the address without its `/v1`.
    """
    client = open_client(generator, api_key, _PATIENCE.timeout_seconds)
    calls = Calls(host(generator), key_name(generator), ERRORS, _PATIENCE, log)
    base = str(client.base_url).rstrip("/").removesuffix("/v1")
    found: set[str] = set()
    after: str | None = None
    for _ in range(_MOST_PAGES):
        page = _page(client, calls, f"{base}{_PATH}", after, generator)
        found.update(one.id for one in page.data if _ID.fullmatch(one.id))
        if not page.has_more or page.last_id in (None, after):
            return sorted(found)
        after = page.last_id
    raise LLMUnusableError(f"{host(generator)} lists more than {_MOST_PAGES} pages of models: is it a {_PATH} server?")


def _page(client: anthropic.Anthropic, calls: Calls, url: str, after: str | None, generator: GeneratorConfig) -> _Page:
    more = {"after_id": after} if after else {}

    def send() -> Raw:
        return Raw(client.get(url, cast_to=str, options={"params": {"limit": _PAGE, **more}}))

    return parsed(calls.reply(send, threading.Event()), _Page, generator, _PATH)
