"""Hostile model text becomes an action, or a reason why it is none. No repair, no second question, no judgement of the page.

The policy is stated because it moves a model by several ranks: one JSON object is wanted, as the action itself or as the
paper's {"action": ..., "rationale": ...} (appendix A); thoughts, prose and code fences around it are passed over.
"""

from dataclasses import dataclass
from typing import Any, Literal

from shopcart_assets.platform.actions import Action, from_fields
from shopcart_assets.platform.json_text import ParseMode, is_storable_text, json_objects

Reason = Literal[
    "empty",
    "refusal",
    "context_too_long",
    "truncated",
    "no_json",
    "multiple_objects",
    "schema",
    "empty_text",
    "unknown_target",
    "wrong_target_kind",
]

_FIELDS = {"click": {"type", "name"}, "type_and_submit": {"type", "name", "text"}, "terminate": {"type"}}


@dataclass(frozen=True)
class Illegal:
    """Not an action, or not one that can be done here; counts as wrong and is never dropped."""

    reason: Reason


@dataclass(frozen=True)
class Parsed:
    """What a model's text says, and how it had to be read."""

    result: Action | Illegal
    mode: ParseMode | Literal["failed"]


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
    if stop_reason == "prompt_too_long":
        return _failed("context_too_long")
    if not output.strip():
        return _failed("truncated" if stop_reason == "max_tokens" else "empty")
    found = json_objects(output)
    if len(found.objects) > 1:
        return _failed("multiple_objects")
    if not found.objects:
        return _failed("truncated" if stop_reason == "max_tokens" else "no_json")
    [fields] = found.objects
    return Parsed(_action(fields), found.mode)


def _failed(reason: Reason) -> Parsed:
    return Parsed(Illegal(reason), "failed")


def _action(fields: dict[str, Any]) -> Action | Illegal:
    """The action that the fields are, bare or under `action`; exactly the fields of its type, all of them text."""
    if "action" in fields:
        if not fields.keys() <= {"action", "rationale"} or not isinstance(fields["action"], dict):
            return Illegal("schema")
        fields = fields["action"]
    kind = fields.get("type")
    if not all(is_storable_text(value) for value in fields.values()) or fields.keys() != _FIELDS.get(str(kind)):
        return Illegal("schema")
    if kind == "type_and_submit" and not fields["text"].strip():
        return Illegal("empty_text")
    return from_fields(fields["type"], fields.get("name"), fields.get("text"))
