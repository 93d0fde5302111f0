"""Messages as turns that alternate: chat templates of many models refuse two messages of one speaker in a row.

A request may have several messages of one speaker, so that the next one can begin with the very same; on the wire they are parts
of one turn.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from shopcart_assets.platform.llm.port import Message


def in_blocks(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """For servers that know content blocks, and whose cache goes by them: a block for each message.

    >>> in_blocks([Message("user", "a"), Message("user", "b"), Message("assistant", "c")])[0]["content"]
    [{'type': 'text', 'text': 'a'}, {'type': 'text', 'text': 'b'}]
    """
    return [
        {"role": role, "content": texts[0] if len(texts) == 1 else [{"type": "text", "text": text} for text in texts]}
        for role, texts in _turns(messages)
    ]


def as_text(messages: Sequence[Message]) -> list[dict[str, str]]:
    """For those that know plain text only: paragraphs.

    >>> as_text([Message("user", "a"), Message("user", "b"), Message("assistant", "c")])
    [{'role': 'user', 'content': 'a\\n\\nb'}, {'role': 'assistant', 'content': 'c'}]
    """
    return [{"role": role, "content": "\n\n".join(texts)} for role, texts in _turns(messages)]


def _turns(messages: Sequence[Message]) -> list[tuple[str, list[str]]]:
    return [(role, [one.content for one in group]) for role, group in groupby(messages, key=attrgetter("role"))]
