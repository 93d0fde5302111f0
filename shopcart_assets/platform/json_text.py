"""The JSON objects in a model's text, whatever stands around them. What they mean is the asking stage's business.

The text is hostile: nothing here raises on it, repairs it or takes more than linear time. Thoughts, prose and code fences are
passed over; what is not JSON to the letter is not there.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

ParseMode = Literal["strict", "think_stripped", "fenced", "embedded"]

_FENCE = re.compile(r"```(?:json)?(.*?)```", re.DOTALL)
_BRACE = re.compile(r"\{")
# A whole JSON string is one token, so that braces in it are passed over; a lone quote is a string that never closes.
_TOKEN = re.compile(r'[{}]|"(?:[^"\\]|\\.)*"|"', re.DOTALL)


@dataclass(frozen=True)
class Found:
    """The objects that are in no other object, in their order, and how they had to be read."""

    objects: tuple[dict[str, Any], ...]
    mode: ParseMode


def json_objects(output: str) -> Found:
    """All JSON objects of a model's text. One list of them is the same as its members.

    >>> json_objects('<think>{}</think> Here: [{"a": 1}, {"a": 2}]')
    Found(objects=({'a': 1}, {'a': 2}), mode='embedded')
    """
    said = without_thoughts(output)
    blocks = [(block, fields) for block in _top_level_blocks(said) if (fields := _load(block)) is not None]
    return Found(tuple(fields for _, fields in blocks), _mode([block for block, _ in blocks], said, output))


def without_thoughts(text: str) -> str:
    """What follows the last `</think>`; nothing where a `<think>` is not closed. A template may have opened it itself.

    >>> without_thoughts("<think>a</think>b"), without_thoughts("a</think>b"), without_thoughts("a<think>b")
    ('b', 'b', 'a')
    """
    return text.rpartition("</think>")[2].partition("<think>")[0]


def _top_level_blocks(text: str) -> Iterator[str]:
    """The brace-balanced stretches of the text, in order. A brace inside a JSON string of a stretch does not count.

    >>> list(_top_level_blocks('see {"a": "}"} or {"b": {}} and {'))
    ['{"a": "}"}', '{"b": {}}']
    """
    depth, start, position = 0, 0, 0
    while found := (_TOKEN if depth else _BRACE).search(text, position):
        position = found.end()
        if found[0] == '"':
            return
        if found[0] == "{":
            start = found.start() if depth == 0 else start
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if depth == 0:
                yield text[start:position]


def _load(block: str) -> dict[str, Any] | None:
    """The JSON object, or None: a repeated key, NaN, a comment or a trailing comma is not JSON."""
    try:
        loaded = json.loads(block, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a repeated key")
    return fields


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def is_storable_text(value: object) -> bool:
    """Text that can be stored: a lone half of a surrogate pair (JSON's \\ud800) is not."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mode(blocks: list[str], said: str, output: str) -> ParseMode:
    if blocks == [said.strip()]:
        return "strict" if blocks == [output.strip()] else "think_stripped"
    return "fenced" if [fenced.strip() for fenced in _FENCE.findall(said)] == blocks else "embedded"
