"""The ledger: every answer that was ever bought, found by its request's key. What is in it is never sent again.

One small JSON file for each answer, put in place atomically: any number of processes and machines may read and write at
once, and two that bought the same answer leave one. Prompts are not kept: the key is enough to find them again. An entry
says for which sessions it was bought, so that it goes when the last of them is erased.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace

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
    """What a file holds; `key` again, so that a misplaced file is noticed. `about`: session ids; none in older entries."""

    key: str
    response: LLMResponse
    about: tuple[str, ...] = ()


_ENTRY = TypeAdapter(_Entry)


class Ledger:
    """The answers in one lake, under `ledger/<first two digits>/<key>.json`."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def get(self, key: str) -> LLMResponse | None:
        """The answer to the request with this key, or None where it was never bought. Raises LedgerError."""
        entry = self._entry(key)
        return entry.response if entry else None

    def put(self, request: LLMRequest, response: LLMResponse, about: Collection[str] = ()) -> None:
        """Keeps the answer, on the disk before this returns."""
        self._write(_Entry(request.key(), response, tuple(sorted(about))))

    def keys(self) -> list[str]:
        """The keys of all answers, sorted."""
        return [path.rsplit("/", 1)[1].removesuffix(".json") for path in self.lake.keys("ledger/")]

    def forget(
        self, sessions: Collection[str], theirs: Collection[str], used: Collection[str], *, do: bool = True
    ) -> int:
        """Deletes what was bought for these sessions, and returns how many entries; `do=False` only counts.

        `theirs` are keys that the sessions' rationales name, `used` those that the rationales of others name: what both name
        stays, as both asked for it, but does not name the sessions any more. What nobody names goes where it was bought for
        the sessions, or where it does not say for whom. Raises LedgerError.
        """
        n_gone = 0
        for key in self.keys():
            entry = self._entry(key) if key in theirs or key not in used else None
            if entry is None:
                continue
            others = tuple(one for one in entry.about if one not in sessions)
            if key in used or (others and key not in theirs):
                if do and others != entry.about:
                    self._write(replace(entry, about=others))
            else:
                n_gone += 1
                if do:
                    self.lake.delete(_path(key))
        return n_gone

    def generate(self, llm: LLM, requests: Sequence[LLMRequest], about: Sequence[str] = ()) -> list[Answer]:
        """The answers in the order of the requests; only what is missing is sent, equal requests once.

        `about` says for each request, in their order, for which session it is asked. Each answer is kept as soon as it arrives, so that a run that fails or is killed pays for no answer twice.
        Raises LLMError.
        """
        keyed = {request.key(): request for request in requests}
        found = {key: response for key in keyed if (response := self.get(key)) is not None}
        asked_for: dict[str, set[str]] = {}
        for request, session in zip(requests, about, strict=False):
            asked_for.setdefault(request.key(), set()).add(session)

        def keep(request: LLMRequest, response: LLMResponse) -> None:
            self.put(request, response, asked_for.get(request.key(), ()))

        missing = [request for key, request in keyed.items() if key not in found]
        bought = (
            dict(zip([request.key() for request in missing], llm.generate(missing, keep), strict=True))
            if missing
            else {}
        )
        return [Answer((found | bought)[key], key in found) for key in (request.key() for request in requests)]

    def _entry(self, key: str) -> _Entry | None:
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
        return entry

    def _write(self, entry: _Entry) -> None:
        with self.lake.put(_path(entry.key)) as path:
            path.write_text(json.dumps(asdict(entry), ensure_ascii=False), encoding="utf-8")


def _path(key: str) -> str:
    return f"ledger/{key[:2]}/{key}.json"
