"""The keys of many requests, one after the other: what a request has in common with the one before it is hashed once.

A step's request repeats the steps before it, so hashing each from its start costs the square of a session's length. Only speed:
the keys are those of LLMRequest.key.
"""

import hashlib
import json
from dataclasses import asdict, replace

from shopcart_assets.platform.llm.port import LLMRequest, Message, canonical

_NO_MESSAGES = '"messages":[]'


class Keys:
    """Call it with one request after the other."""

    def __init__(self) -> None:
        self._frame: LLMRequest | None = None
        self._fed: tuple[Message, ...] = ()
        self._hash = hashlib.sha256()
        self._head = self._tail = ""

    def __call__(self, request: LLMRequest) -> str:
        """The same as `request.key()`.

        >>> one = LLMRequest("m", "s", (Message("user", "hi"),), 9)
        >>> keys = Keys()
        >>> two = replace(one, messages=(*one.messages, Message("user", "ho")))
        >>> [keys(one), keys(two)] == [one.key(), two.key()]
        True
        """
        self._enter(replace(request, messages=()))
        if request.messages[: len(self._fed)] != self._fed:
            self._restart()
        for message in request.messages[len(self._fed) :]:
            text = json.dumps(asdict(message), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            self._hash.update(("," + text if self._fed else text).encode())
            self._fed = (*self._fed, message)
        whole = self._hash.copy()
        whole.update(self._tail.encode())
        return whole.hexdigest()

    def _enter(self, frame: LLMRequest) -> None:
        """`frame`: all of a request but its messages. In JSON a quotation mark inside a text is escaped: the first match is the field."""
        if frame == self._frame:
            return
        self._frame = frame
        before, _, after = canonical(frame).partition(_NO_MESSAGES)
        self._head, self._tail = f'{before}"messages":[', f"]{after}"
        self._restart()

    def _restart(self) -> None:
        self._fed = ()
        self._hash = hashlib.sha256(self._head.encode())
