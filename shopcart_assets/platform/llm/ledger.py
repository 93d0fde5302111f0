"""The ledger: every answer that was ever bought, found by its request's key. What is in it is never sent again.

One small JSON file for each answer, put in place atomically: any number of processes and machines may read and write at
once, and two that bought the same answer leave one. Prompts are not kept: the key is enough to find them again.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter, ValidationError

from shopcart_assets.platform.lake import Lake
from shopcart_assets.platform.llm.port import LLM, LLMError, LLMRequest, LLMResponse


class LedgerError(LLMError):
    """An entry is there but cannot be read. It may have been paid for, so it does not count as missing."""


@dataclass(frozen=True)
class Answer:
    """One answer and whether it was in the ledger before this run asked."""

    response: LLMResponse
    is_reused: bool


@dataclass(frozen=True)
class _Entry:
    """What a file holds; `key` again, so that a misplaced file is noticed."""

    key: str
    response: LLMResponse


_ENTRY = TypeAdapter(_Entry)


class Ledger:
    """The answers in one lake, under `ledger/<first two digits>/<key>.json`."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def get(self, key: str) -> LLMResponse | None:
        """The answer to the request with this key, or None where it was never bought. Raises LedgerError."""
        try:
            with self.lake.open(_path(key)) as file:
                entry = _ENTRY.validate_json(file.read())
        except FileNotFoundError:
            return None
        except ValidationError:
            entry = None
        if entry is None or entry.key != key:
            raise LedgerError(
                f"{self.lake.uri(_path(key))} is not the ledger entry that its name promises: restore it, or delete it to ask again"
            )
        return entry.response

    def put(self, request: LLMRequest, response: LLMResponse) -> None:
        """Keeps the answer, on the disk before this returns."""
        key = request.key()
        with self.lake.put(_path(key)) as path:
            path.write_text(json.dumps(asdict(_Entry(key, response)), ensure_ascii=False), encoding="utf-8")

    def generate(self, llm: LLM, requests: Sequence[LLMRequest]) -> list[Answer]:
        """The answers in the order of the requests; only what is missing is sent, equal requests once.

        Each answer is kept as soon as it arrives, so that a run that fails or is killed pays for no answer twice.
        Raises LLMError.
        """
        keyed = {request.key(): request for request in requests}
        found = {key: response for key in keyed if (response := self.get(key)) is not None}
        missing = [request for key, request in keyed.items() if key not in found]
        bought = (
            dict(zip([request.key() for request in missing], llm.generate(missing, self.put), strict=True))
            if missing
            else {}
        )
        return [Answer((found | bought)[key], key in found) for key in (request.key() for request in requests)]


def _path(key: str) -> str:
    return f"ledger/{key[:2]}/{key}.json"
