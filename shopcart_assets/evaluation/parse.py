"""Hostile model text becomes an action, or a reason why it is none. No repair, no second question, no judgement of the page.

The policy is stated because it moves a model by several ranks: one JSON object is wanted, as the action itself or as the
paper's {"action": ..., "rationale": ...} (appendix A); thoughts, prose and code fences around it are passed over.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from shopcart_assets.platform.actions import Action, from_fields

ParseMode = Literal["strict", "think_stripped", "fenced", "embedded", "failed"]
Reason = Literal[
    "empty",
    "refusal",
    "truncated",
    "no_json",
    "multiple_objects",
    "schema",
    "empty_text",
    "unknown_target",
    "wrong_target_kind",
]

_FIELDS = {"click": {"type", "name"}, "type_and_submit": {"type", "name", "text"}, "terminate": {"type"}}
_FENCE = re.compile(r"```(?:json)?(.*?)```", re.DOTALL)
_BRACE = re.compile(r"\{")
# A whole JSON string is one token, so that braces in it are passed over; a lone quote is a string that never closes.
_TOKEN = re.compile(r'[{}]|"(?:[^"\\]|\\.)*"|"', re.DOTALL)


@dataclass(frozen=True)
class Illegal:
    """Not an action, or not one that can be done here; counts as wrong and is never dropped."""

    reason: Reason


@dataclass(frozen=True)
class Parsed:
    """What a model's text says, and how it had to be read."""

    result: Action | Illegal
    mode: ParseMode


def parse(output: str, stop_reason: str | None = None) -> Parsed:
    """The one action in a model's text. Never raises, whatever the text; linear in its length.

    >>> parse('{"type": "terminate"}')
    Parsed(result=Terminate(type='terminate'), mode='strict')
    >>> parse('<think>hm</think> I leave: {"action": {"type": "terminate"}, "rationale": "Too dear."}')
    Parsed(result=Terminate(type='terminate'), mode='embedded')
    >>> parse('{"type": "buy"}')
    Parsed(result=Illegal(reason='schema'), mode='strict')
    """
    if stop_reason == "refusal":
        return _failed("refusal")
    if not output.strip():
        return _failed("truncated" if stop_reason == "max_tokens" else "empty")
    said = _without_thoughts(output)
    objects = [(block, fields) for block in _top_level_blocks(said) if (fields := _load(block)) is not None]
    if len(objects) > 1:
        return _failed("multiple_objects")
    if not objects:
        return _failed("truncated" if stop_reason == "max_tokens" else "no_json")
    [(block, fields)] = objects
    return Parsed(_action(fields), _mode(block, said, output))


def _failed(reason: Reason) -> Parsed:
    return Parsed(Illegal(reason), "failed")


def _without_thoughts(text: str) -> str:
    """What follows the last `</think>`; nothing where a `<think>` is not closed. A template may have opened it itself.

    >>> _without_thoughts("<think>a</think>b"), _without_thoughts("a</think>b"), _without_thoughts("a<think>b")
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


def _action(fields: dict[str, Any]) -> Action | Illegal:
    """The action that the fields are, bare or under `action`; exactly the fields of its type, all of them text."""
    if "action" in fields:
        if not fields.keys() <= {"action", "rationale"} or not isinstance(fields["action"], dict):
            return Illegal("schema")
        fields = fields["action"]
    kind = fields.get("type")
    if not all(_is_text(value) for value in fields.values()) or fields.keys() != _FIELDS.get(str(kind)):
        return Illegal("schema")
    if kind == "type_and_submit" and not fields["text"].strip():
        return Illegal("empty_text")
    return from_fields(fields["type"], fields.get("name"), fields.get("text"))


def _is_text(value: object) -> bool:
    """Text that can be stored: a lone half of a surrogate pair (JSON's \\ud800) is not."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mode(block: str, said: str, output: str) -> ParseMode:
    if block == said.strip():
        return "strict" if block == output.strip() else "think_stripped"
    return "fenced" if [fenced.strip() for fenced in _FENCE.findall(said)] == [block] else "embedded"
